#include "term/width.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>

#include "term/style.h"

namespace sky::term {
namespace {

constexpr std::int32_t kZeroWidthJoiner = 0x200D;
constexpr std::int32_t kEmojiPresentation = 0xFE0F;

struct CodePoint {
  std::int32_t value = 0;  // -1 for a malformed byte
  size_t bytes = 1;
};

auto first_code_point(std::string_view text) -> CodePoint {
  if (static_cast<unsigned char>(text.front()) < 0x80) return {text.front(), 1};
  utf8proc_int32_t value = 0;
  const auto* data = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto bytes = utf8proc_iterate(data, static_cast<utf8proc_ssize_t>(text.size()), &value);
  if (bytes <= 0) return {-1, 1};
  return {value, static_cast<size_t>(bytes)};
}

// Length of the SGR sequence at the start of `text`, or 0.
auto sgr_length(std::string_view text) -> size_t {
  if (!text.starts_with("\033[")) return 0;
  const size_t end = text.find_first_not_of("0123456789;", 2);
  return (end != std::string_view::npos && text[end] == 'm') ? end + 1 : 0;
}

auto is_skin_tone(std::int32_t value) -> bool {
  return value >= 0x1F3FB && value <= 0x1F3FF;
}

// Byte offset behind the first `count` characters.
auto offset_of_character(std::string_view text, size_t count) -> size_t {
  size_t at = 0;
  while (count-- > 0 && at < text.size()) at += first_code_point(text.substr(at)).bytes;
  return at;
}

}  // namespace

auto display_width(std::string_view text) -> size_t {
  size_t width = 0;
  size_t previous = 0;  // width of the last visible character
  bool joined = false;
  while (!text.empty()) {
    if (const size_t sequence = sgr_length(text); sequence > 0) {
      text.remove_prefix(sequence);
      continue;
    }
    const CodePoint point = first_code_point(text);
    text.remove_prefix(point.bytes);
    if (point.value == kZeroWidthJoiner) {
      joined = true;
      continue;
    }
    if (point.value == kEmojiPresentation && previous == 1) {
      ++width;
      previous = 2;
      continue;
    }
    const bool absorbed = joined || (is_skin_tone(point.value) && previous == 2);
    joined = false;
    if (absorbed) continue;
    const size_t columns = point.value < 0 ? 1 : static_cast<size_t>(utf8proc_charwidth(point.value));
    width += columns;
    if (columns > 0) previous = columns;
  }
  return width;
}

auto pad_right(std::string_view text, size_t width) -> std::string {
  std::string out(text);
  if (const size_t present = display_width(text); present < width) out.append(width - present, ' ');
  return out;
}

auto character_count(std::string_view text) -> size_t {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(first_code_point(text).bytes);
  return count;
}

auto first_characters(std::string_view text, size_t count) -> std::string_view {
  return text.substr(0, offset_of_character(text, count));
}

auto truncate_middle(std::string_view text, size_t length_max) -> std::string {
  const size_t length = character_count(text);
  if (length <= length_max) return std::string(text);
  if (length_max <= 3) return "...";
  const size_t tail = (length_max - 3) / 2;
  const size_t head = length_max - 3 - tail;
  std::string out(text.substr(0, offset_of_character(text, head)));
  out += "...";
  out += text.substr(offset_of_character(text, length - tail));
  return out;
}

auto truncate_end(std::string_view text, size_t length_max) -> std::string {
  if (character_count(text) <= length_max) return std::string(text);
  size_t words_length = 0;
  size_t cut = 0;  // byte offset of the blank before the word that no longer fits
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    words_length += character_count(text.substr(at, end - at));
    cut = at == 0 ? 0 : at - 1;
    if (words_length >= length_max) break;
    at = end + 1;
  }
  const size_t least = offset_of_character(text, length_max);
  return std::string(text.substr(0, std::max(cut, least))) + "...";
}

auto truncate_columns(std::string_view text, size_t columns_max) -> std::string {
  if (display_width(text) <= columns_max) return std::string(text);
  const std::string plain = strip_colors(text);
  const size_t room = columns_max > 3 ? columns_max - 3 : 0;
  size_t keep = 0;
  for (size_t at = 0; at < plain.size() && display_width(std::string_view(plain).substr(0, at)) <= room;) {
    keep = at;
    at += first_code_point(std::string_view(plain).substr(at)).bytes;
  }
  return plain.substr(0, keep) + std::string("...").substr(0, columns_max);
}

}  // namespace sky::term
