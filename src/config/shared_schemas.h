// Parts of the schemas that the configuration and the task file share. All are built once; any thread may call.
#pragma once

#include "format/schema.h"

namespace sky {

// Keys that only a plugin of a server can know, in job_recovery and in a task's `config`: a server refuses them; the
// original's client passes them on.
enum class PluginKeys { kRefused, kKept };

// The `resources` mapping with any_of and ordered.
auto resources_schema(PluginKeys keys = PluginKeys::kRefused) -> const Schema&;
auto autostop_schema() -> const Schema&;
// The `config.hooks` list of a task.
auto hooks_schema() -> const Schema&;
auto all_infra_words() -> std::vector<std::string_view>;

}  // namespace sky
