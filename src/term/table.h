// The one table style of the product: no borders, left aligned, every column (the last too) followed by two blanks. A
// cell may hold several lines and colours. Rows have as many cells as there are headers.
#pragma once

#include <string>
#include <vector>

namespace sky::term {

using Row = std::vector<std::string>;

class Table {
 public:
  explicit Table(Row headers) : headers_(std::move(headers)) {}

  // REQUIRES: as many cells as headers.
  void add(Row cells);
  auto empty() const -> bool { return rows_.empty(); }

  // Header and rows, one line each (more for cells of several lines), without a final newline.
  auto render() const -> std::string;

 private:
  Row headers_;
  std::vector<Row> rows_;
};

// Columns that each column of `rows` needs, without gaps.
auto column_widths(const Row& headers, const std::vector<Row>& rows) -> std::vector<size_t>;

// Adds the lines of one row to `out`: `indent`, then each cell padded to its width plus `gap` blanks, then a newline.
struct RowLayout {
  std::vector<size_t> widths;
  size_t indent = 0;
  size_t gap = 2;
};
void append_row(std::string& out, const Row& cells, const RowLayout& layout);

}  // namespace sky::term
