// Makes a task's `resources` canonical with what the catalogs know: devices asked for by memory become names, names get
// the catalog's spelling, regions and zones too.
#pragma once

#include "catalog/catalogs.h"
#include "task/task.h"

namespace sky::optimizer {

// Errors are kInvalidArgument with the original's sentences: an ambiguous accelerator, no device with that memory, an
// unknown region or zone of a named infra that has a catalog. Nothing else is refused here.
auto prepare(ResourceChoices& choices, const catalog::Catalogs& catalogs) -> Result<>;

}  // namespace sky::optimizer
