#include "cli/complete.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/strings.h"
#include "cli/invocation.h"

namespace sky::cli {
namespace {

// Where the cursor is: the command it belongs to, the arguments before it, and the option whose value it is.
struct Position {
  const Command* command = nullptr;
  size_t arguments = 0;
  const Option* awaiting = nullptr;
  bool options_ended = false;
};

auto find_option(const Command& command, std::string_view name) -> const Option* {
  for (const Option* option : options_of(command)) {
    const OptionNames names = names_of(*option);
    if (std::ranges::count(names.on, name) + std::ranges::count(names.off, name) > 0) return option;
  }
  return nullptr;
}

// The option that takes its value from the next word, if `word` is one.
auto option_awaiting_value(const Command& command, std::string_view word) -> const Option* {
  const bool is_long = word.starts_with("--");
  if (is_long && word.find('=') != std::string_view::npos) return nullptr;
  const std::string name = is_long ? std::string(word) : fmt::format("-{}", word.substr(word.size() - 1));
  const Option* option = find_option(command, name);
  return option != nullptr && option->type != ValueType::kFlag ? option : nullptr;
}

void step_over(Position& at, std::string_view word) {
  if (at.awaiting != nullptr) {
    at.awaiting = nullptr;
  } else if (!at.options_ended && word == "--") {
    at.options_ended = true;
  } else if (!at.options_ended && word.size() > 1 && word.starts_with('-')) {
    at.awaiting = option_awaiting_value(*at.command, word);
  } else if (const Command* next = at.command->is_group() ? find_command(*at.command, word) : nullptr;
             next != nullptr) {
    at = {.command = next};
  } else {
    ++at.arguments;
  }
}

void add_matching(Candidates& out, std::string_view value, std::string_view description, std::string_view prefix) {
  if (value.starts_with(prefix)) out.values.push_back({std::string(value), std::string(description)});
}

void add_named(Candidates& out, Completion kind, std::string_view prefix, CliEnvironment& env) {
  if (kind == Completion::kNone) return;
  if (kind == Completion::kFile || kind == Completion::kDirectory) {
    out.paths = kind;
    return;
  }
  for (const std::string& name : env.completions(kind, prefix)) add_matching(out, name, "", prefix);
}

void add_value(Candidates& out, const Option& option, std::string_view prefix, CliEnvironment& env) {
  if (option.choices.empty()) {
    add_named(out, option.completion, prefix, env);
    return;
  }
  for (const auto choice : split(option.choices, '|')) add_matching(out, choice, "", prefix);
}

void add_options(Candidates& out, const Command& command, std::string_view prefix) {
  for (const Option* option : options_of(command)) {
    if (option->hidden) continue;
    const OptionNames names = names_of(*option);
    for (const auto name : names.on) add_matching(out, name, option->help, prefix);
    for (const auto name : names.off) add_matching(out, name, option->help, prefix);
  }
}

void add_argument(Candidates& out, const Position& at, std::string_view prefix, CliEnvironment& env) {
  if (at.command->arguments.empty()) return;
  const Argument& last = at.command->arguments.back();
  const bool repeats = last.arity == Arity::kAny || last.arity == Arity::kSome;
  if (at.arguments < at.command->arguments.size()) {
    add_named(out, at.command->arguments[at.arguments].completion, prefix, env);
  } else if (repeats) {
    add_named(out, last.completion, prefix, env);
  }
}

// bash cuts `--output=json` at the equals sign into three words; this undoes it.
auto rejoin_equals(std::span<const std::string> words) -> std::vector<std::string> {
  std::vector<std::string> out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "=" && !out.empty() && out.back().starts_with("--")) {
      out.back() += "=" + (i + 1 < words.size() ? words[i + 1] : "");
      ++i;
    } else {
      out.push_back(words[i]);
    }
  }
  return out;
}

auto shell_from_name(std::string_view name) -> Shell {
  if (name == "bash") return Shell::kBash;
  if (name == "zsh") return Shell::kZsh;
  SKY_ASSERT(name == "fish");
  return Shell::kFish;
}

// One line of the answer; descriptions end with their first sentence.
auto answer_line(const Candidate& candidate, Shell shell) -> std::string {
  const std::string description = candidate.description.substr(0, candidate.description.find(". "));
  switch (shell) {
    case Shell::kBash:
      return candidate.value;
    case Shell::kZsh:
      return replace_all(candidate.value, ":", "\\:") + (description.empty() ? "" : ":" + description);
    case Shell::kFish:
      return candidate.value + (description.empty() ? "" : "\t" + description);
  }
  return candidate.value;
}

}  // namespace

auto complete(const Command& root, std::span<const std::string> words, CliEnvironment& env) -> Candidates {
  Candidates out;
  const std::vector<std::string> joined = rejoin_equals(words);
  Position at{.command = &root};
  for (size_t i = 0; i + 1 < joined.size(); ++i) step_over(at, joined[i]);
  const std::string last = joined.empty() ? "" : joined.back();

  if (at.awaiting != nullptr) {
    add_value(out, *at.awaiting, last, env);
  } else if (const size_t equals = last.find('='); !at.options_ended && last.starts_with("--") && equals != last.npos) {
    const Option* option = find_option(*at.command, last.substr(0, equals));
    if (option != nullptr) add_value(out, *option, last.substr(equals + 1), env);
  } else if (!at.options_ended && last.starts_with('-')) {
    add_options(out, *at.command, last);
  } else if (at.command->is_group()) {
    for (const Command* command : at.command->commands) {
      if (!command->hidden) add_matching(out, command->name, summary_of(*command), last);
    }
  } else {
    add_argument(out, at, last, env);
  }
  return out;
}

auto run_complete(Invocation& invocation) -> int {
  const Shell shell = shell_from_name(*invocation.text("shell"));
  if (invocation.flag("script")) {
    invocation.env().write_out(completion_script(shell));
    return 0;
  }
  const auto words = invocation.arguments("words");
  const Candidates candidates = complete(*invocation.path().front(), words, invocation.env());
  if (candidates.paths != Completion::kNone) {
    invocation.print(candidates.paths == Completion::kDirectory ? ":dir" : ":file");
  }
  for (const Candidate& candidate : candidates.values) invocation.print(answer_line(candidate, shell));
  return 0;
}

}  // namespace sky::cli
