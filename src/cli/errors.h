// How a handler's failures become output and an exit code.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/invocation.h"

namespace sky::cli {

// The command line itself is wrong: usage line and exit code 2.
auto usage_error(std::string message) -> Error;
// The user said no, or pressed Ctrl-C: `Aborted!` and exit code 1.
auto aborted() -> Error;
auto is_aborted(const Error& error) -> bool;

// Prints the error in the way that fits it and returns the exit code.
auto report(const Invocation& invocation, const Error& error) -> int;

}  // namespace sky::cli
