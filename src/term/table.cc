#include "term/table.h"

#include <algorithm>

#include "base/assert.h"
#include "base/strings.h"
#include "term/width.h"

namespace sky::term {

void Table::add(Row cells) {
  SKY_ASSERT(cells.size() == headers_.size());
  rows_.push_back(std::move(cells));
}

auto Table::render() const -> std::string {
  const RowLayout layout{.widths = column_widths(headers_, rows_)};
  std::string out;
  append_row(out, headers_, layout);
  for (const Row& row : rows_) append_row(out, row, layout);
  out.pop_back();
  return out;
}

auto column_widths(const Row& headers, const std::vector<Row>& rows) -> std::vector<size_t> {
  std::vector<size_t> widths(headers.size(), 0);
  const auto widen = [&widths](const Row& row) {
    for (size_t i = 0; i < widths.size(); ++i) {
      for (const auto line : split(row[i], '\n')) widths[i] = std::max(widths[i], display_width(line));
    }
  };
  widen(headers);
  for (const Row& row : rows) widen(row);
  return widths;
}

void append_row(std::string& out, const Row& cells, const RowLayout& layout) {
  std::vector<std::vector<std::string_view>> lines;
  size_t height = 1;
  for (const auto& cell : cells) {
    lines.push_back(split(cell, '\n'));
    height = std::max(height, lines.back().size());
  }
  for (size_t y = 0; y < height; ++y) {
    out.append(layout.indent, ' ');
    for (size_t x = 0; x < lines.size(); ++x) {
      const std::string_view line = y < lines[x].size() ? lines[x][y] : "";
      out += pad_right(line, layout.widths[x] + layout.gap);
    }
    out += '\n';
  }
}

}  // namespace sky::term
