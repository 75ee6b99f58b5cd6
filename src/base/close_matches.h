// Did-you-mean in the original's way: Python's difflib.get_close_matches, so that suggestions are the same ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sky {

// Twice the length of the matching blocks over the length of both texts: 1 for equal texts, 0 for nothing in common
// (difflib.SequenceMatcher(None, a, b).ratio(), bytes instead of characters). Of two empty texts 1.
auto byte_similarity(std::string_view a, std::string_view b) -> double;

// The up to three of `candidates` that are most like `word` with a similarity of at least 0.6, best first.
auto close_matches(std::string_view word, const std::vector<std::string_view>& candidates)
    -> std::vector<std::string_view>;

}  // namespace sky
