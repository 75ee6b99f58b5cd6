// The small part of Markdown in which help pages are written, as plain text and as roff. Blocks are parted by empty
// lines: paragraphs; items (`- ` at the start of a line), which may follow one another directly; code (indented by four
// or more blanks), kept as it is. `**bold**` and `code` marks are kept in plain text, where they read well.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sky::cli {

enum class BlockKind { kParagraph, kItem, kCode };

struct Block {
  BlockKind kind = BlockKind::kParagraph;
  std::string text;  // a paragraph or item on one line, without `- `; code with its newlines, four blanks less
};

auto parse_markdown(std::string_view page) -> std::vector<Block>;

// Filled to `width` columns, everything indented by `indent`, a newline at the end; empty for an empty page.
auto render_markdown(std::string_view page, size_t width, size_t indent) -> std::string;

}  // namespace sky::cli
