// Shell completion. The shell's script asks `sky __complete --shell bash -- WORDS…`, the last word being the one under
// the cursor; candidates come from the command table, and names of clusters and the like from the server.
//
// Answer, one candidate a line: bash gets values, zsh `value:description`, fish `value<TAB>description`. The single
// line
// `:file` or `:dir` asks the script to complete paths itself.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/environment.h"

namespace sky::cli {

struct Candidate {
  std::string value;
  std::string description;
};

struct Candidates {
  std::vector<Candidate> values;
  Completion paths = Completion::kNone;  // kFile or kDirectory: paths too
};

// What can stand in place of the last of `words` (without the program's name). Hidden options and commands are left
// out.
auto complete(const Command& root, std::span<const std::string> words, CliEnvironment& env) -> Candidates;

enum class Shell { kBash, kZsh, kFish };

// The script for one shell; also what packages install.
auto completion_script(Shell shell) -> std::string_view;

// Handler of `sky __complete`.
auto run_complete(Invocation& invocation) -> int;

// `--install-shell-completion`, `--uninstall-shell-completion`: the script goes to ~/.sky/.sky-complete.<shell>, with
// one line in the shell's rc file that reads it (fish finds its own in ~/.config/fish/completions/). Both can be
// repeated. `auto` is the shell in $SHELL.
auto install_completion(const Invocation& invocation, std::string_view shell_name) -> int;
auto uninstall_completion(const Invocation& invocation, std::string_view shell_name) -> int;

}  // namespace sky::cli
