#include "cli/prompt.h"

#include <fmt/format.h>

#include "base/status.h"
#include "base/strings.h"

namespace sky::cli {

auto confirm(CliEnvironment& env, std::string_view question, bool default_yes) -> Answer {
  for (;;) {
    env.write_out(fmt::format("{} [{}]: ", question, default_yes ? "Y/n" : "y/N"));
    const auto line = env.read_line();
    if (!line) return Answer::kAborted;
    const std::string word = to_lower(trim(*line));
    if (word.empty()) return default_yes ? Answer::kYes : Answer::kNo;
    if (word == "y" || word == "yes") return Answer::kYes;
    if (word == "n" || word == "no") return Answer::kNo;
    env.write_out("Error: invalid input\n");
  }
}

auto confirm_by_typing(CliEnvironment& env, std::string_view question, std::string_view expected) -> Answer {
  env.write_out(fmt::format("{}: ", question));
  const auto line = env.read_line();
  if (!line) return Answer::kAborted;
  return trim(*line) == expected ? Answer::kYes : Answer::kNo;
}

auto report_abort(CliEnvironment& env) -> int {
  env.write_err("Aborted!\n");
  return kExitError;
}

}  // namespace sky::cli
