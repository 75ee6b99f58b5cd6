// The schema of the state file, as numbered steps. PRAGMA user_version holds how many were applied. A released step is
// never edited; a new one goes to the end of the list.
//
// What is not here: the journal's tables, (key, value) each, which SqliteStore makes on demand.
#pragma once

#include "base/result.h"
#include "store/sqlite/database.h"

namespace sky::store {

// Each missing step in one transaction of its own. kVersionMismatch when the file is newer than this program.
auto migrate(Database& db) -> Result<>;

}  // namespace sky::store
