// Did-you-mean: the similarity of words as Python's difflib measures it, because users know its suggestions.
//
// similarity() is SequenceMatcher(None, candidate, word).ratio(): twice the characters in common blocks over all
// characters, from 0 to 1. Works on code points. Quadratic to cubic in the lengths: for names, not for texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sky {

inline constexpr double kCloseMatchCutoff = 0.6;  // difflib's default

auto similarity(std::string_view candidate, std::string_view word) -> double;

// The most similar candidate, if any reaches the cutoff; of equal ones the greatest text, as difflib picks it.
auto close_match(std::string_view word, const std::vector<std::string_view>& candidates,
                 double cutoff = kCloseMatchCutoff) -> std::optional<std::string_view>;

}  // namespace sky
