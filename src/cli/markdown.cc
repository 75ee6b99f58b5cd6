#include "cli/markdown.h"

#include "base/strings.h"
#include "cli/wrap.h"

namespace sky::cli {
namespace {

constexpr std::string_view kCodeIndent = "    ";
constexpr std::string_view kItemMark = "- ";

// Takes lines one by one and closes a block where the next one begins.
class BlockReader {
 public:
  void line(std::string_view text) {
    if (trim(text).empty()) {
      if (in_code()) ++empty_lines_;
      open_ = in_code();
      return;
    }
    if (text.starts_with(kCodeIndent) && (!open_ || in_code())) {
      code_line(text.substr(kCodeIndent.size()));
    } else if (text.starts_with(kItemMark)) {
      start(BlockKind::kItem, text.substr(kItemMark.size()));
    } else if (open_ && !in_code()) {
      blocks_.back().text.append(" ").append(trim(text));
    } else {
      start(BlockKind::kParagraph, trim(text));
    }
  }
  auto take() -> std::vector<Block> { return std::move(blocks_); }

 private:
  auto in_code() const -> bool { return !blocks_.empty() && open_ && blocks_.back().kind == BlockKind::kCode; }

  void code_line(std::string_view text) {
    if (!in_code()) {
      start(BlockKind::kCode, text);
      return;
    }
    blocks_.back().text.append(empty_lines_ + 1, '\n').append(text);
    empty_lines_ = 0;
  }
  void start(BlockKind kind, std::string_view text) {
    blocks_.push_back({kind, std::string(text)});
    open_ = true;
    empty_lines_ = 0;
  }

  std::vector<Block> blocks_;
  bool open_ = false;
  size_t empty_lines_ = 0;
};

}  // namespace

auto parse_markdown(std::string_view page) -> std::vector<Block> {
  BlockReader reader;
  for (const auto line : split(page, '\n')) reader.line(line);
  return reader.take();
}

auto render_markdown(std::string_view page, size_t width, size_t indent) -> std::string {
  const std::string margin(indent, ' ');
  std::string out;
  const Block* previous = nullptr;
  const auto blocks = parse_markdown(page);
  for (const Block& block : blocks) {
    const bool follows_item = previous != nullptr && previous->kind == BlockKind::kItem;
    if (previous != nullptr && !(follows_item && block.kind == BlockKind::kItem)) out += '\n';
    if (block.kind == BlockKind::kCode) {
      for (const auto line : split(block.text, '\n')) {
        out += line.empty() ? std::string("\n") : margin + "  " + std::string(line) + "\n";
      }
    } else {
      const std::string mark(block.kind == BlockKind::kItem ? kItemMark : "");
      const std::string hanging = margin + std::string(mark.size(), ' ');
      out += wrap(block.text, {.width = width, .first_indent = margin + mark, .indent = hanging}) + "\n";
    }
    previous = &block;
  }
  return out;
}

}  // namespace sky::cli
