#include "cli/help.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/strings.h"
#include "cli/markdown.h"
#include "cli/wrap.h"
#include "term/width.h"

namespace sky::cli {
namespace {

constexpr size_t kColumnsMax = 80;
constexpr size_t kWidthMin = 50;
constexpr size_t kMargin = 2;
constexpr size_t kIndent = 2;
constexpr size_t kGap = 2;
constexpr size_t kLeftColumnMax = 30;

using Definition = std::pair<std::string, std::string>;  // left column, text

// Two columns; a left part that is too long has its text on the next line.
void append_definitions(std::string& out, const std::vector<Definition>& rows, size_t width) {
  size_t left = 0;
  for (const auto& [term, text] : rows) left = std::max(left, term::display_width(term));
  left = std::min(left, kLeftColumnMax);
  const std::string indent(kIndent + left + kGap, ' ');
  for (const auto& [term, text] : rows) {
    const bool fits = term::display_width(term) <= left;
    out += std::string(kIndent, ' ') + (fits ? term::pad_right(term, left + kGap) : term + "\n" + indent);
    const std::string wrapped = wrap(text, {.width = std::max<size_t>(width - left - kGap - kMargin, 10)});
    out += replace_all(wrapped, "\n", "\n" + indent) + "\n";
  }
}

void append_options(std::string& out, const Command& command, size_t width) {
  std::vector<Definition> rows;
  for (const Option* option : options_of(command)) {
    if (!option->hidden) rows.emplace_back(option_column(*option), option->help);
  }
  out += "\nOptions:\n";
  append_definitions(out, rows, width);
}

void append_commands(std::string& out, const Command& group, size_t width) {
  std::vector<Definition> rows;
  for (const Command* command : group.commands) {
    if (!command->hidden) rows.emplace_back(command->name, summary_of(*command));
  }
  out += "\nCommands:\n";
  append_definitions(out, rows, width);
}

}  // namespace

auto help_width(const TerminalFacts& terminal) -> size_t {
  const size_t columns = std::min(terminal.columns, kColumnsMax);
  return std::max(columns > kMargin ? columns - kMargin : 0, kWidthMin);
}

auto option_column(const Option& option) -> std::string {
  const auto shown = [](const std::vector<std::string_view>& names) {
    std::vector<std::string> short_first;
    for (const bool is_long : {false, true}) {
      for (const auto name : names) {
        if (name.starts_with("--") == is_long) short_first.emplace_back(name);
      }
    }
    return join(short_first, ", ");
  };
  const OptionNames names = names_of(option);
  std::string out = shown(names.on);
  if (!names.off.empty()) out += " / " + shown(names.off);
  if (const std::string metavar = metavar_of(option); !metavar.empty()) out += " " + metavar;
  return out;
}

auto render_help(const CommandPath& path, const TerminalFacts& terminal) -> std::string {
  const Command& command = *path.back();
  const size_t width = help_width(terminal);
  std::string out = usage_line(path, width) + "\n";
  if (const std::string text = render_markdown(command.page, width, kIndent); !text.empty()) out += "\n" + text;
  append_options(out, command, width);
  if (command.is_group()) append_commands(out, command, width);
  return out;
}

}  // namespace sky::cli
