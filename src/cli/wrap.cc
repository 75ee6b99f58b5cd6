#include "cli/wrap.h"

#include <algorithm>
#include <vector>

#include "base/strings.h"
#include "term/width.h"

namespace sky::cli {
namespace {

auto letter_at(std::string_view text, size_t at) -> bool {
  return at < text.size() && (is_alpha(text[at]) || static_cast<unsigned char>(text[at]) >= 0x80);
}

// May a line end behind the hyphen at `at`? Two letters before it (or a letter, a hyphen, a letter), and behind it two
// letters, which a hyphen may part.
auto breaks_behind(std::string_view word, size_t at) -> bool {
  const bool before = at >= 2 && letter_at(word, at - 1) &&
                      (letter_at(word, at - 2) || (at >= 3 && word[at - 2] == '-' && letter_at(word, at - 3)));
  if (!before || !letter_at(word, at + 1)) return false;
  const size_t next = at + 2 < word.size() && word[at + 2] == '-' ? at + 3 : at + 2;
  return letter_at(word, next);
}

// Runs of blanks and pieces of words, in order.
auto chunks_of(std::string_view text) -> std::vector<std::string> {
  std::vector<std::string> chunks;
  for (size_t at = 0; at < text.size();) {
    const bool blank = is_space(text[at]);
    size_t end = at;
    while (end < text.size() && is_space(text[end]) == blank) {
      ++end;
      if (!blank && text[end - 1] == '-' && breaks_behind(text.substr(at), end - 1 - at)) break;
    }
    chunks.emplace_back(blank ? std::string(end - at, ' ') : std::string(text.substr(at, end - at)));
    at = end;
  }
  return chunks;
}

auto is_blank(const std::string& chunk) -> bool {
  return chunk.starts_with(' ');
}

}  // namespace

auto wrap(std::string_view text, const WrapOptions& options) -> std::string {
  std::vector<std::string> chunks = chunks_of(trim(text));
  std::ranges::reverse(chunks);
  std::string out;
  while (!chunks.empty()) {
    const std::string& indent = out.empty() ? options.first_indent : options.indent;
    const size_t taken = term::display_width(indent);
    const size_t room = options.width > taken ? options.width - taken : 1;
    std::string line;
    size_t width = 0;
    while (!chunks.empty()) {
      const std::string& chunk = chunks.back();
      const size_t chunk_width = term::display_width(chunk);
      if (line.empty() && is_blank(chunk)) {
        chunks.pop_back();
        continue;
      }
      if (width + chunk_width > room && !line.empty()) break;
      line += chunk;
      width += chunk_width;
      chunks.pop_back();
    }
    while (line.ends_with(' ')) line.pop_back();
    if (!out.empty()) out += '\n';
    out += indent + line;
  }
  return out;
}

}  // namespace sky::cli
