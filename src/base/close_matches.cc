#include "base/close_matches.h"

#include <algorithm>
#include <utility>

namespace sky {
namespace {

constexpr double kSimilarityMin = 0.6;
constexpr size_t kMatchesMax = 3;

struct Block {
  size_t a = 0;
  size_t b = 0;
  size_t size = 0;
};

// The longest common run; of several the one that starts earliest in `a`, then in `b`.
auto longest_block(std::string_view a, std::string_view b) -> Block {
  Block best;
  std::vector<size_t> lengths(b.size() + 1, 0);  // lengths[j + 1]: common run ending at a[i], b[j]
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = b.size(); j-- > 0;) {
      lengths[j + 1] = a[i] == b[j] ? lengths[j] + 1 : 0;
    }
    for (size_t j = 0; j < b.size(); ++j) {
      if (const size_t size = lengths[j + 1]; size > best.size) best = {i + 1 - size, j + 1 - size, size};
    }
  }
  return best;
}

auto matching_length(std::string_view a, std::string_view b) -> size_t {
  const Block block = longest_block(a, b);
  if (block.size == 0) return 0;
  return matching_length(a.substr(0, block.a), b.substr(0, block.b)) + block.size +
         matching_length(a.substr(block.a + block.size), b.substr(block.b + block.size));
}

}  // namespace

auto byte_similarity(std::string_view a, std::string_view b) -> double {
  const size_t length = a.size() + b.size();
  if (length == 0) return 1;
  return 2.0 * static_cast<double>(matching_length(a, b)) / static_cast<double>(length);
}

auto close_matches(std::string_view word, const std::vector<std::string_view>& candidates)
    -> std::vector<std::string_view> {
  std::vector<std::pair<double, std::string_view>> scored;
  for (const auto candidate : candidates) {
    // difflib compares the candidate with the word, in this order; the ratio is not symmetric.
    if (const double score = byte_similarity(candidate, word); score >= kSimilarityMin)
      scored.emplace_back(score, candidate);
  }
  std::ranges::sort(scored, std::greater{});
  if (scored.size() > kMatchesMax) scored.resize(kMatchesMax);
  std::vector<std::string_view> matches;
  for (const auto& [score, candidate] : scored) matches.push_back(candidate);
  return matches;
}

}  // namespace sky
