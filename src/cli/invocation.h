// One parsed command line: what a handler is given. Options are asked for by key (the first long name without dashes),
// arguments by name; asking for one that the command does not have is a bug and aborts. Values are checked already:
// numbers are numbers, choices are among the choices, directories exist.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/environment.h"
#include "term/style.h"

namespace sky::cli {

// What the command line says about one option or argument.
struct GivenValue {
  bool given = false;              // on the command line, not by default
  bool on = false;                 // of a flag
  std::vector<std::string> texts;  // of anything else; of an option that may not be repeated the last one only
};

class Invocation {
 public:
  Invocation(CommandPath path, CliEnvironment& env) : path_(std::move(path)), env_(&env) {}

  auto command() const -> const Command& { return *path_.back(); }
  auto path() const -> const CommandPath& { return path_; }
  // Key of the eager option that was given ("help", "version"); then nothing else was checked. Empty: run the command.
  auto eager() const -> std::string_view { return eager_; }

  auto given(std::string_view option) const -> bool;
  auto flag(std::string_view option) const -> bool;
  // nullopt when neither the on nor the off form was given.
  auto tristate(std::string_view option) const -> std::optional<bool>;
  auto text(std::string_view option) const -> std::optional<std::string>;
  auto texts(std::string_view option) const -> std::vector<std::string>;
  // nullopt when absent, and for a limit of `none` or `all`.
  auto integer(std::string_view option) const -> std::optional<std::int64_t>;
  auto number(std::string_view option) const -> std::optional<double>;

  auto argument(std::string_view name) const -> std::optional<std::string>;
  auto arguments(std::string_view name) const -> std::vector<std::string>;

  // Whether the command has such an option, given or not.
  auto accepts(std::string_view option) const -> bool;

  // The whole command line as it was typed, without the program's name.
  auto words() const -> const std::vector<std::string>& { return words_; }
  void set_words(std::vector<std::string> words) { words_ = std::move(words); }

  auto env() const -> CliEnvironment& { return *env_; }
  // Colours of standard output and of standard error.
  auto out_paint() const -> term::Paint;
  auto err_paint() const -> term::Paint;
  // One line, newline added.
  void print(std::string_view line) const;
  void print_error(std::string_view line) const;
  // Usage line, the help hint and `Error: message` on standard error; returns the exit code of a usage error.
  auto fail_usage(std::string_view message) const -> int;
  // The message of an error and its hint on standard error; returns exit code 1.
  auto fail(const Error& error) const -> int;

 private:
  friend class Parser;
  auto value_of(std::string_view option) const -> const GivenValue*;
  auto option_of(std::string_view key) const -> const Option&;

  CommandPath path_;
  CliEnvironment* env_;
  std::vector<std::string> words_;
  std::string_view eager_;
  std::map<std::string_view, GivenValue, std::less<>> options_;
  std::map<std::string_view, GivenValue, std::less<>> arguments_;
};

// Usage line, the help hint and `Error: message`, as the original prints it; with a newline at the end.
auto usage_error_text(const CommandPath& path, std::string_view message, const TerminalFacts& terminal) -> std::string;

}  // namespace sky::cli
