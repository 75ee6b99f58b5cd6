// The command line as a function: what main calls.
#pragma once

#include <span>
#include <string>

#include "cli/environment.h"

namespace sky::cli {

// Parses `args` (without the program's name), runs the command and returns the exit code of the process. Nothing but
// `env` is touched.
auto run_cli(std::span<const std::string> args, CliEnvironment& env) -> int;

}  // namespace sky::cli
