// Questions to the user on standard output, as the original (click) asks them.
#pragma once

#include <string>
#include <string_view>

#include "cli/environment.h"

namespace sky::cli {

enum class Answer {
  kYes,
  kNo,
  kAborted,  // the input ended; the caller exits with kExitError after report_abort()
};

// `question [Y/n]: `; an empty line takes the default, anything but y, yes, n, no (in any case) is asked again.
auto confirm(CliEnvironment& env, std::string_view question, bool default_yes) -> Answer;

// `question: `, for confirmations that have to be typed out (`delete`). True when the answer is `expected`.
auto confirm_by_typing(CliEnvironment& env, std::string_view question, std::string_view expected) -> Answer;

// Prints `Aborted!` on standard error and returns exit code 1: what a refused or aborted prompt ends with.
auto report_abort(CliEnvironment& env) -> int;

}  // namespace sky::cli
