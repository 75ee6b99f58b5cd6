// Everything of the outside world that the front of the command line touches: variables, a few files, the three
// standard streams, the time, and the names that completion offers. main gives the real one; tests use
// FakeCliEnvironment. Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/command.h"

namespace sky::cli {

enum class PathKind { kMissing, kFile, kDirectory, kOther };

struct TerminalFacts {
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  size_t columns = 80;
};

class CliEnvironment {
 public:
  virtual ~CliEnvironment() = default;

  virtual auto variable(std::string_view name) const -> std::optional<std::string> = 0;
  virtual auto all_variables() const -> std::map<std::string, std::string> = 0;
  // Absolute; what relative paths on the command line start from.
  virtual auto working_directory() const -> std::string = 0;
  virtual auto terminal() const -> TerminalFacts = 0;
  virtual auto now() const -> WallTime = 0;

  // Follows links.
  virtual auto path_kind(const std::string& path) const -> PathKind = 0;
  // Of a file or a pipe (`sky launch <(generate)`). kNotFound when there is none, kInvalidArgument for a directory.
  virtual auto read_file(const std::string& path) const -> Result<std::string> = 0;
  // Makes missing folders; the file is replaced as a whole or not at all.
  virtual auto write_file(const std::string& path, std::string_view text) -> Result<> = 0;
  // Removing what is not there is no error.
  virtual auto remove_file(const std::string& path) -> Result<> = 0;

  // Standard output and standard error, unbuffered as far as the reader can tell.
  virtual void write_out(std::string_view bytes) = 0;
  virtual void write_err(std::string_view bytes) = 0;
  // One line of standard input without its newline; nullopt at the end of input.
  virtual auto read_line() -> std::optional<std::string> = 0;

  // Names known to the server that start with `prefix`. Asks at most two seconds; empty when nobody answers, because a
  // key press must never fail.
  virtual auto completions(Completion kind, std::string_view prefix) -> std::vector<std::string> = 0;
};

}  // namespace sky::cli
