// `$NAME` and `${NAME}` in a task's file_mounts, service, workdir and volumes, from its envs and secrets.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "format/yaml.h"

namespace sky {

using VariableValue = std::function<std::optional<std::string>(std::string_view name)>;

// Names without a value stay as they are written; there are no defaults (`${X:-y}` stays).
auto substitute_text(std::string_view text, const VariableValue& value_of) -> std::string;

// The tree with every text, keys included, substituted. Untouched nodes are shared, new ones live in `stream`.
auto substitute(const YamlNode& node, const VariableValue& value_of, YamlStream& stream) -> const YamlNode*;

}  // namespace sky
