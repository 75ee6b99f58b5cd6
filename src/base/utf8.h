// UTF-8, one code point at a time. Bytes that are not UTF-8 read as U+FFFD, one byte each, so that no text is ever
// refused while it is being written.
#pragma once

#include <string>
#include <string_view>

namespace sky {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;

struct DecodedPoint {
  char32_t point = 0;
  size_t size = 1;    // bytes consumed, at least 1
  bool valid = true;  // false: `point` stands in for a byte that is not UTF-8
};

// The code point that starts at text[at]. Surrogates, overlong forms and values above U+10FFFF are not UTF-8.
// REQUIRES: at < text.size().
auto decode_utf8(std::string_view text, size_t at) -> DecodedPoint;
// REQUIRES: point is a Unicode scalar value.
void append_utf8(char32_t point, std::string& out);
auto is_utf8(std::string_view text) -> bool;

}  // namespace sky
