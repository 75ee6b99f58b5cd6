// Did-you-mean in the original's way: Python's difflib.get_close_matches, so that suggestions are the same ones.
// Quadratic to cubic in the lengths: for names, not for texts.
#pragma once

#include <string_view>
#include <vector>

namespace sky {

// Twice the characters (code points) in common blocks over those of both texts: 1 for equal texts, 0 for nothing in
// common; what difflib.SequenceMatcher(None, a, b).ratio() gives. Not symmetric. Of two empty texts 1; of a text
// longer than any name 0.
auto similarity(std::string_view a, std::string_view b) -> double;

// The up to `count_max` of `candidates` that are most like `word`, with a similarity of at least 0.6, best first; of
// equally similar ones the greater text, as difflib picks it.
auto close_matches(std::string_view word, const std::vector<std::string_view>& candidates, size_t count_max = 3)
    -> std::vector<std::string_view>;

}  // namespace sky
