// The ruled table of the optimizer's plan: one blank before and three after each column, a dashed rule above and below
// the header and at the end.
#pragma once

#include <string>
#include <vector>

#include "term/table.h"

namespace sky::term {

// REQUIRES: every row has as many cells as `headers`. No final newline.
auto render_plan_table(const Row& headers, const std::vector<Row>& rows) -> std::string;

}  // namespace sky::term
