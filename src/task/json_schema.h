// The language of task files as one JSON Schema, for editors.
#pragma once

#include "format/json.h"

namespace sky {

// Draft 7, of one document: a task, or the header of a job group or pipeline. Made from the tables by which files are
// checked; it accepts what parse_dag() accepts. What has a form of its own beyond the type (quantities, ports, names of
// infrastructures) is not decided by it.
auto task_json_schema() -> JsonObject;

}  // namespace sky
