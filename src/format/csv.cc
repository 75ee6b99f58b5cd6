#include "format/csv.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace sky {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

auto is_line_end(char c) -> bool {
  return c == '\n' || c == '\r';
}

// Bytes that end a plain field or that need a second look.
constexpr auto kSpecial = [] {
  std::array<bool, 256> special{};
  for (const unsigned char c : {',', '\n', '\r', '\0'}) special[c] = true;
  for (size_t c = 0x80; c < special.size(); ++c) special[c] = true;
  return special;
}();

}  // namespace

CsvReader::CsvReader(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
}

auto CsvReader::fail(size_t line, std::string_view what) -> Error {
  at_ = text_.size();
  return make_error(ErrorCode::kInvalidArgument, fmt::format("{}:{}: {}", file_, line, what));
}

auto CsvReader::error(std::string_view what) const -> Error {
  return make_error(ErrorCode::kInvalidArgument, fmt::format("{}:{}: {}", file_, row_line_, what));
}

// At a line end: goes behind it.
void CsvReader::end_line() {
  if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
  ++at_;
  ++line_;
}

void CsvReader::skip_blank_lines() {
  size_t ahead = at_;
  while (ahead < text_.size()) {
    if (is_line_end(text_[ahead])) {
      at_ = ahead;
      end_line();
      ahead = at_;
    } else if (text_[ahead] == ' ' || text_[ahead] == '\t') {
      ++ahead;
    } else {
      return;
    }
  }
  at_ = ahead;
}

// A field whose first character is a quote; what stands between the closing quote and the next comma belongs to it.
auto CsvReader::read_quoted() -> Result<> {
  const size_t start_line = line_;
  const size_t offset = unquoted_.size();
  bool inside = true;
  for (++at_; at_ < text_.size();) {
    const char c = text_[at_];
    if (c == '\0') return fail(line_, "a NUL byte: this is no text file");
    if (unquoted_.size() - offset > kCsvFieldSizeMaxBytes) return fail(start_line, "a field is longer than 1 MiB");
    if (inside && c == '"') {
      inside = at_ + 1 < text_.size() && text_[at_ + 1] == '"';
      if (inside) unquoted_ += '"';
      at_ += inside ? 2 : 1;
      continue;
    }
    if (!inside && (c == ',' || is_line_end(c))) break;
    if (inside && (c == '\n' || (c == '\r' && !text_.substr(at_ + 1).starts_with('\n')))) ++line_;
    unquoted_ += c;
    ++at_;
  }
  if (inside) return fail(start_line, "a quoted field never ends");
  if (!is_utf8(std::string_view(unquoted_).substr(offset))) return fail(start_line, "bytes that are not UTF-8");
  pieces_.push_back({nullptr, offset, unquoted_.size() - offset});
  return {};
}

// True when another field follows in this row.
auto CsvReader::read_field() -> Result<bool> {
  if (at_ < text_.size() && text_[at_] == '"') {
    SKY_CHECK(read_quoted());
  } else {
    const size_t start = at_;
    bool ascii = true;
    for (; at_ < text_.size(); ++at_) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (!kSpecial[c]) continue;
      if (c == '\0') return fail(line_, "a NUL byte: this is no text file");
      if (c < 0x80) break;
      ascii = false;
    }
    const std::string_view field = text_.substr(start, at_ - start);
    if (field.size() > kCsvFieldSizeMaxBytes) return fail(line_, "a field is longer than 1 MiB");
    if (!ascii && !is_utf8(field)) return fail(line_, "bytes that are not UTF-8");
    pieces_.push_back({field.data(), 0, field.size()});
  }
  if (at_ == text_.size()) return false;
  if (text_[at_] == ',') {
    ++at_;
    return true;
  }
  end_line();
  return false;
}

auto CsvReader::next(std::vector<std::string_view>& fields) -> Result<bool> {
  fields.clear();
  pieces_.clear();
  unquoted_.clear();
  skip_blank_lines();
  row_line_ = line_;
  if (at_ == text_.size()) return false;
  for (bool more = true; more;) {
    if (pieces_.size() == kCsvFieldCountMax)
      return fail(row_line_, fmt::format("more than {} fields", kCsvFieldCountMax));
    SKY_TRY(more, read_field());
  }
  for (const Piece& piece : pieces_) {
    fields.emplace_back(piece.data != nullptr ? piece.data : unquoted_.data() + piece.offset, piece.size);
  }
  return true;
}

auto is_csv_missing(std::string_view field) -> bool {
  static constexpr auto kMissing =
      std::to_array<std::string_view>({"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND",
                                       "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"});
  return field.size() <= 8 && std::ranges::binary_search(kMissing, field);
}

}  // namespace sky
