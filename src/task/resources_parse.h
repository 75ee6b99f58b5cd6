// The `resources` mapping of a task: aliases, schema, candidates (any_of, ordered, several accelerators), fields.
#pragma once

#include <optional>

#include "task/parse_scope.h"
#include "task/task.h"

namespace sky {

struct ParsedResources {
  ResourceChoices choices;
  std::optional<Hook> autostop_hook = {};  // the old `autostop.hook`, now one of the task's hooks
};

// Errors: kInvalidTask for the schema (`Invalid resources YAML: …`), kInvalidArgument for values, with the place.
auto parse_resources(const YamlNode& mapping, const ParseScope& scope) -> Result<ParsedResources>;

}  // namespace sky
