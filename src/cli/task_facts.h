// What reading a task needs from catalogs, as the original's loader does: devices that are asked for by memory become
// candidates, and an instance type on a named infrastructure says how much memory it has.
#pragma once

#include "cli/environment.h"
#include "task/dag.h"

namespace sky::cli {

// Opens catalogs only when a task needs one. kInvalidArgument for an instance type that the catalog lacks, or when no
// device has the memory. An infrastructure without a catalog adds nothing.
auto complete_from_catalogs(const CliEnvironment& env, Dag& dag) -> Result<>;

}  // namespace sky::cli
