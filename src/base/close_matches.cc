#include "base/close_matches.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "base/utf8.h"

namespace sky {
namespace {

constexpr double kSimilarityMin = 0.6;
// Longer words are no names; difflib would treat frequent characters of theirs specially.
constexpr size_t kLengthMax = 200;

using Points = std::u32string_view;

struct Block {
  size_t a = 0;
  size_t b = 0;
  size_t size = 0;
};

auto code_points(std::string_view text) -> std::u32string {
  std::u32string out;
  for (size_t at = 0; at < text.size();) {
    const DecodedPoint decoded = decode_utf8(text, at);
    out += decoded.point;
    at += decoded.size;
  }
  return out;
}

// The longest common run; of several the one that starts earliest in `a`, then in `b`.
auto longest_block(Points a, Points b) -> Block {
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

auto matching_length(Points a, Points b) -> size_t {
  const Block block = longest_block(a, b);
  if (block.size == 0) return 0;
  return matching_length(a.substr(0, block.a), b.substr(0, block.b)) + block.size +
         matching_length(a.substr(block.a + block.size), b.substr(block.b + block.size));
}

}  // namespace

auto similarity(std::string_view a, std::string_view b) -> double {
  const std::u32string points_a = code_points(a);
  const std::u32string points_b = code_points(b);
  if (points_a.size() > kLengthMax || points_b.size() > kLengthMax) return 0;
  const size_t length = points_a.size() + points_b.size();
  if (length == 0) return 1;
  return 2.0 * static_cast<double>(matching_length(points_a, points_b)) / static_cast<double>(length);
}

auto close_matches(std::string_view word, const std::vector<std::string_view>& candidates, size_t count_max)
    -> std::vector<std::string_view> {
  std::vector<std::pair<double, std::string_view>> scored;
  for (const auto candidate : candidates) {
    // difflib compares the candidate with the word, in this order; the ratio is not symmetric.
    if (const double score = similarity(candidate, word); score >= kSimilarityMin)
      scored.emplace_back(score, candidate);
  }
  std::ranges::sort(scored, std::greater{});
  if (scored.size() > count_max) scored.resize(count_max);
  std::vector<std::string_view> matches;
  for (const auto& [score, candidate] : scored) matches.push_back(candidate);
  return matches;
}

}  // namespace sky
