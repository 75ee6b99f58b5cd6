#include "term/plan_table.h"

namespace sky::term {

auto render_plan_table(const Row& headers, const std::vector<Row>& rows) -> std::string {
  const RowLayout layout{.widths = column_widths(headers, rows), .indent = 1, .gap = 3};
  size_t width = layout.indent;
  for (const size_t column : layout.widths) width += column + layout.gap;
  const std::string rule(width, '-');

  std::string out = rule + "\n";
  append_row(out, headers, layout);
  out += rule + "\n";
  for (const Row& row : rows) append_row(out, row, layout);
  return out + rule;
}

}  // namespace sky::term
