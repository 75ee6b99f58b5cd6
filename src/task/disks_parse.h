// The `volumes` list of resources: extra disks, completed with defaults.
#pragma once

#include "task/parse_scope.h"

namespace sky {

// What is not a known storage type, attach mode or tier falls back to network, read_write and best, as in the Python
// tool. A network disk needs a name; a local disk has none.
auto parse_disks(const YamlNode& list, const ParseScope& scope) -> Result<JsonArray>;

}  // namespace sky
