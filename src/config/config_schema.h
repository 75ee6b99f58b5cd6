// What a configuration may say.
#pragma once

#include <span>
#include <string_view>

#include "config/shared_schemas.h"
#include "format/schema.h"

namespace sky {

// A whole file such as ~/.sky/config.yaml.
auto config_schema() -> const Schema&;
// The `config:` block of a task: the keys that one task may override, and its hooks.
auto task_config_schema(PluginKeys keys = PluginKeys::kRefused) -> const Schema&;
// The dotted paths of those keys, without the hooks.
auto task_overridable_paths() -> std::span<const std::string_view>;

}  // namespace sky
