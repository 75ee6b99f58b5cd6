#include "format/close_match.h"

#include "format/utf8.h"

namespace sky {
namespace {

// Longer words are no names; difflib would treat frequent characters of theirs specially.
constexpr size_t kLengthMax = 200;

struct Range {
  size_t begin = 0;
  size_t end = 0;
};

struct Block {
  size_t a = 0;
  size_t b = 0;
  size_t size = 0;
};

auto code_points(std::string_view text) -> std::u32string {
  std::u32string out;
  for (size_t at = 0; at < text.size();) {
    const auto decoded = decode_utf8(text, at);
    out += decoded.point;
    at += decoded.size;
  }
  return out;
}

// The longest common block; of equal ones the first in a, then the first in b.
auto longest_block(const std::u32string& a, Range in_a, const std::u32string& b, Range in_b) -> Block {
  Block best = {in_a.begin, in_b.begin, 0};
  std::vector<size_t> previous(b.size() + 1, 0);  // [j + 1]: length of the common run that ends at b[j]
  for (size_t i = in_a.begin; i < in_a.end; ++i) {
    std::vector<size_t> current(b.size() + 1, 0);
    for (size_t j = in_b.begin; j < in_b.end; ++j) {
      if (a[i] != b[j]) continue;
      const size_t size = (j > in_b.begin ? previous[j] : 0) + 1;
      current[j + 1] = size;
      if (size > best.size) best = {i + 1 - size, j + 1 - size, size};
    }
    previous = std::move(current);
  }
  return best;
}

auto common_size(const std::u32string& a, Range in_a, const std::u32string& b, Range in_b) -> size_t {
  if (in_a.begin >= in_a.end || in_b.begin >= in_b.end) return 0;
  const Block block = longest_block(a, in_a, b, in_b);
  if (block.size == 0) return 0;
  return block.size + common_size(a, {in_a.begin, block.a}, b, {in_b.begin, block.b}) +
         common_size(a, {block.a + block.size, in_a.end}, b, {block.b + block.size, in_b.end});
}

}  // namespace

auto similarity(std::string_view candidate, std::string_view word) -> double {
  const std::u32string a = code_points(candidate);
  const std::u32string b = code_points(word);
  if (a.empty() && b.empty()) return 1;
  if (a.size() > kLengthMax || b.size() > kLengthMax) return 0;
  return 2.0 * static_cast<double>(common_size(a, {0, a.size()}, b, {0, b.size()})) /
         static_cast<double>(a.size() + b.size());
}

auto close_match(std::string_view word, const std::vector<std::string_view>& candidates, double cutoff)
    -> std::optional<std::string_view> {
  std::optional<std::string_view> best;
  double best_score = cutoff;
  for (const auto candidate : candidates) {
    const double score = similarity(candidate, word);
    if (score < best_score || (score == best_score && best && candidate <= *best)) continue;
    best = candidate;
    best_score = score;
  }
  return best;
}

}  // namespace sky
