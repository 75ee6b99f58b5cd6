// The regular expressions with which names of accelerators and regions are filtered: searched, not matched whole.
//
// Of Python's language what such filters use: literals, `.`, `[a-z]`, `[^…]`, `\d \w \s \.`, `( )`, `(?: )`, `|`, `* +
// ?`,
// `^` and `$`. Anything else is an error. Matching is linear in the text for any pattern. Pure.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sky::catalog {

inline constexpr size_t kPatternSizeMax = 1000;

class NamePattern {
 public:
  // kInvalidArgument for a pattern that is none, or that uses what is not in the list above.
  static auto compile(std::string_view pattern, bool case_sensitive) -> Result<NamePattern>;
  auto found_in(std::string_view text) const -> bool;

 private:
  friend class PatternCompiler;
  enum class Op : std::uint8_t { kSet, kSplit, kStart, kEnd, kMatch };
  struct Step {
    Op op = Op::kMatch;
    std::bitset<256> set = {};
    size_t next = 0;
    size_t other = 0;  // of kSplit
  };
  void follow(size_t step, size_t at, size_t size, std::vector<bool>& active) const;

  std::vector<Step> steps_;
  size_t start_ = 0;
};

}  // namespace sky::catalog
