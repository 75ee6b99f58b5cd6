#include "cli/man.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "base/version.h"
#include "cli/help.h"
#include "cli/invocation.h"
#include "cli/markdown.h"

namespace sky::cli {
namespace {

// Backslashes and hyphens are escaped (a bare hyphen may be shown as another character, which breaks copying), and so
// is a control character at the start of a line.
auto roff(std::string_view text) -> std::string {
  std::string out = replace_all(replace_all(text, "\\", "\\e"), "-", "\\-");
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return replace_all(replace_all(out, "\n.", "\n\\&."), "\n'", "\n\\&'");
}

void append_page(std::string& out, std::string_view page) {
  for (const Block& block : parse_markdown(page)) {
    switch (block.kind) {
      case BlockKind::kParagraph:
        out += fmt::format(".PP\n{}\n", roff(block.text));
        break;
      case BlockKind::kItem:
        out += fmt::format(".IP \\(bu 2\n{}\n", roff(block.text));
        break;
      case BlockKind::kCode:
        out += fmt::format(".PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n", roff(block.text));
        break;
    }
  }
}

void append_options(std::string& out, const Command& command) {
  for (const Option* option : options_of(command)) {
    if (option->hidden) continue;
    out += fmt::format(".TP\n.B {}\n{}\n", roff(option_column(*option)), roff(option->help));
  }
}

void append_command(std::string& out, const CommandPath& path) {
  const Command& command = *path.back();
  constexpr size_t kOneLine = 1000;
  const std::string usage = usage_line(path, kOneLine).substr(std::string_view("Usage: ").size());
  out += fmt::format(".SS \"{}\"\n.B {}\n", roff(to_string(path)), roff(usage));
  append_page(out, command.page);
  append_options(out, command);
  for (const Command* child : command.commands) {
    if (child->hidden) continue;
    CommandPath child_path = path;
    child_path.push_back(child);
    append_command(out, child_path);
  }
}

}  // namespace

auto render_man_page(const Command& root) -> std::string {
  std::string out = fmt::format(".TH SKY 1 \"\" \"sky {}\" \"User Commands\"\n", roff(kVersion));
  out += ".SH NAME\nsky \\- run jobs and services on any infrastructure\n";
  out += fmt::format(".SH SYNOPSIS\n.B sky\n{}\n", roff("[OPTIONS] COMMAND [ARGS]..."));
  out += ".SH OPTIONS\n";
  append_options(out, root);
  out += ".SH COMMANDS\n";
  for (const Command* command : root.commands) {
    if (!command->hidden) append_command(out, {&root, command});
  }
  out += ".SH EXIT STATUS\n";
  out += ".TP\n.B 0\nSuccess.\n.TP\n.B 1\nThe command failed, or was aborted at a prompt.\n";
  out += ".TP\n.B 2\nThe command line is wrong.\n.TP\n.B 100\nThe followed job failed.\n";
  out += ".TP\n.B 101\nThe job has not finished.\n.TP\n.B 102\nThere is no such job.\n";
  out += ".TP\n.B 103\nThe job was cancelled.\n";
  out += ".SH ENVIRONMENT\n";
  out += ".TP\n.B SKYPILOT_API_SERVER_LOCAL_PORT\nPort of the API server on this machine, instead of 46580.\n";
  out += ".TP\n.B NO_COLOR, FORCE_COLOR\nSwitch colours off, or on for pipes.\n";
  out += ".SH FILES\n.TP\n.I ~/.sky/config.yaml\nThe user's configuration.\n";
  out += ".TP\n.I .sky.yaml\nThe project's configuration, in the current directory.\n";
  return out;
}

auto run_man(Invocation& invocation) -> int {
  invocation.env().write_out(render_man_page(*invocation.path().front()));
  return 0;
}

}  // namespace sky::cli
