// Help pages in the original's form: usage, description indented by two, options and commands in two columns. Made from
// the command table; pure.
#pragma once

#include <string>

#include "cli/command.h"
#include "cli/environment.h"

namespace sky::cli {

// Columns of a help page: those of the terminal, at most 80 and at least 52, less a margin of two.
auto help_width(const TerminalFacts& terminal) -> size_t;

// The whole page of the last command of `path`, with a newline at the end. Hidden options and commands are left out.
auto render_help(const CommandPath& path, const TerminalFacts& terminal) -> std::string;

// What an option is called in the left column: "-d, --detach-run / -no-d", "-c, --cluster TEXT".
auto option_column(const Option& option) -> std::string;

}  // namespace sky::cli
