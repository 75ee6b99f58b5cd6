// `file_mounts`: plain copies, buckets, and GCP disks in disguise.
#pragma once

#include "task/parse_scope.h"
#include "task/task.h"

namespace sky {

// Fills file_mounts and storage_mounts. Returns the entries with `store: volume` as a `volumes` list for the resources,
// or nullptr when there is none.
auto parse_file_mounts(const YamlNode& mapping, const ParseScope& scope, Task& task) -> Result<const YamlNode*>;

}  // namespace sky
