#include "base/utf8.h"

namespace sky {
namespace {

constexpr auto kInvalid = DecodedPoint{kReplacementCharacter, 1, false};

}  // namespace

auto decode_utf8(std::string_view text, size_t at) -> DecodedPoint {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + size > text.size()) return kInvalid;
  char32_t point = first & (0xFFU >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return kInvalid;
    point = (point << 6U) | (byte(i) & 0x3FU);
  }
  const bool overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
  if (overlong || (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) return kInvalid;
  return {point, size, true};
}

void append_utf8(char32_t point, std::string& out) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((point >> shift) & 0x3FU)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0U | (point >> 6U));
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0U | (point >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | (point >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

auto is_utf8(std::string_view text) -> bool {
  for (size_t at = 0; at < text.size();) {
    const auto decoded = decode_utf8(text, at);
    if (!decoded.valid) return false;
    at += decoded.size;
  }
  return true;
}

}  // namespace sky
