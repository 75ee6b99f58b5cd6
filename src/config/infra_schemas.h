// The sections of the configuration that belong to one infrastructure each.
#pragma once

#include "format/schema.h"

namespace sky {

// {"aws", …}, {"gcp", …}, … in the order in which they are checked.
auto infra_section_members() -> std::vector<Schema::Member>;
// The value of `workspaces.<name>`.
auto workspace_schema() -> Schema;

}  // namespace sky
