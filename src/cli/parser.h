// One level of the command line: the options and arguments of one command. An implementation detail of parse.cc.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "cli/invocation.h"

namespace sky::cli {

class Parser {
 public:
  Parser(CommandPath path, CliEnvironment& env);

  // Parses one command's words. For a group, rest() is the command's name and what follows it.
  auto parse(std::span<const std::string> args) -> Result<Invocation>;
  auto rest() const -> std::vector<std::string> { return {words_.begin(), words_.end()}; }
  auto usage_error(std::string_view message) const -> Error;

 private:
  struct Spelling {
    std::string_view name;
    const Option* option = nullptr;
    bool on = true;
  };
  // One appearance of an option on the command line.
  struct Appearance {
    const Option* option = nullptr;
    bool on = true;
    bool bare = false;
    std::string text;
  };
  enum class Match { kFound, kUnknown };

  // Splits the words into appearances_ and positionals_; words_ is consumed from the front.
  auto scan() -> Result<>;
  auto scan_option(const std::string& word) -> Result<>;
  auto scan_long(std::string_view name, std::optional<std::string> value) -> Result<Match>;
  auto scan_short_cluster(const std::string& word) -> Result<>;
  auto take_value(std::string_view name, Appearance appearance) -> Result<>;
  auto find_spelling(std::string_view name) const -> const Spelling*;
  auto unknown_option(std::string_view name, bool suggest) const -> Error;

  // Checks and stores what scan() found.
  auto settle_options() -> Result<>;
  auto settle_eager() -> Result<bool>;
  auto settle_option(const Option& option) -> Result<>;
  auto settle_arguments() -> Result<>;

  CommandPath path_;
  CliEnvironment& env_;
  std::vector<const Option*> options_;
  std::vector<Spelling> spellings_;
  std::deque<std::string> words_;
  std::vector<Appearance> appearances_;
  std::vector<std::string> positionals_;
  Invocation invocation_;
};

}  // namespace sky::cli
