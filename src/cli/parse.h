// The command line parser: click 8.1's rules over our own table (docs/adr/0003-command-line.md says why not a library).
//
// - Options and arguments may be mixed; after `--` everything is an argument. A group stops at the first argument,
// which
//   names the command.
// - `--opt value`, `--opt=value`, `-o value`, `-ovalue`, and clusters of short flags `-dc NAME`. An option given twice
//   has the last value, unless it may be repeated.
// - Checks run in the order of the command line, then of the table, and the first failure is reported; an eager option
//   (help, version) ends them.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "cli/invocation.h"

namespace sky::cli {

// `args` is without the program's name. A wrong command line is kInvalidArgument, whose message is the complete text
// for standard error (usage line, hint, `Error: …`, newline); exit with kExitUsage. A group without anything behind it
// is an invocation whose eager() is "help".
auto parse_command_line(const Command& root, std::span<const std::string> args, CliEnvironment& env)
    -> Result<Invocation>;

}  // namespace sky::cli
