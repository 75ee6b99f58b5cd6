// CSV as pandas reads it: RFC 4180, with commas, double quotes, and \n, \r\n or \r at line ends, also inside quotes.
//
// Lines that are empty or blank are skipped, a byte order mark too. A quote that is not the first character of its
// field is an ordinary character, and so is what follows a closing quote (`"a"b` is `ab`). Source: the defaults of
// pandas.read_csv 3.1, 2026-11.
//
// Bounded: memory is the text and one row; a field, a row's number of fields and the text have limits. Pure;
// thread-compatible.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sky {

inline constexpr size_t kCsvFieldCountMax = 1024;
inline constexpr size_t kCsvFieldSizeMaxBytes = size_t{1} << 20U;

class CsvReader {
 public:
  // `text` must outlive the reader. `file` is for messages alone.
  CsvReader(std::string_view text, std::string file);

  // The next row's fields, or false at the end. The fields are valid until the next call.
  // Errors, all kInvalidArgument with `FILE:LINE: ` in front: a quoted field that never ends, a NUL byte or bytes that
  // are not UTF-8, a limit. After an error the reader is at its end.
  auto next(std::vector<std::string_view>& fields) -> Result<bool>;

  // Where the row that next() returned starts, from 1.
  auto line() const -> size_t { return row_line_; }
  // An error at the row that next() returned.
  auto error(std::string_view what) const -> Error;

 private:
  struct Piece {
    const char* data;  // null: in unquoted_, at `offset`
    size_t offset;
    size_t size;
  };
  auto skip_blank_lines() -> void;
  auto read_field() -> Result<bool>;
  auto read_quoted() -> Result<>;
  auto end_line() -> void;
  auto fail(size_t line, std::string_view what) -> Error;

  std::string_view text_;
  std::string file_;
  size_t at_ = 0;
  size_t line_ = 1;
  size_t row_line_ = 1;
  std::vector<Piece> pieces_;
  std::string unquoted_;  // fields of this row that had to be copied
};

// The texts that pandas takes for a missing value: ``, `NA`, `N/A`, `NaN`, `nan`, `null`, `None` and their kind.
auto is_csv_missing(std::string_view field) -> bool;

}  // namespace sky
