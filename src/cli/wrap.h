// Filling of paragraphs as Python's textwrap does it: lines break at blanks and after hyphens between letters, blanks
// at the ends of lines are dropped. Unlike there, a word longer than the line is not cut but stands on a line of its
// own.
#pragma once

#include <string>
#include <string_view>

namespace sky::cli {

struct WrapOptions {
  size_t width = 78;         // columns, indents included
  std::string first_indent;  // in front of the first line
  std::string indent;        // in front of the others
};

// One paragraph (newlines in it count as blanks). No newline at the end.
auto wrap(std::string_view text, const WrapOptions& options) -> std::string;

}  // namespace sky::cli
