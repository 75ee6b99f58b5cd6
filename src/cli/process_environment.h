// The CliEnvironment of a real process: getenv, the three standard streams, files by os/file.h, the system clock. Names
// for completion come from a function that main gives it, because only the client can ask the server.
#pragma once

#include <functional>

#include "cli/environment.h"

namespace sky::cli {

class ProcessEnvironment final : public CliEnvironment {
 public:
  // Names known to the server; empty when there are none or nobody answers within two seconds.
  using NameSource = std::function<std::vector<std::string>(Completion kind, std::string_view prefix)>;

  explicit ProcessEnvironment(NameSource names) : names_(std::move(names)) {}

  auto variable(std::string_view name) const -> std::optional<std::string> override;
  auto all_variables() const -> std::map<std::string, std::string> override;
  auto working_directory() const -> std::string override;
  // The width is $COLUMNS, else the terminal's, else 80.
  auto terminal() const -> TerminalFacts override;
  auto now() const -> WallTime override;
  auto path_kind(const std::string& path) const -> PathKind override;
  auto read_file(const std::string& path) const -> Result<std::string> override;
  // Keeps the mode of an existing file, and a symlink: its target is what is replaced.
  auto write_file(const std::string& path, std::string_view text) -> Result<> override;
  auto remove_file(const std::string& path) -> Result<> override;
  // Nobody reads any more: the process ends by SIGPIPE, also when that is ignored for the sake of sockets.
  void write_out(std::string_view bytes) override;
  void write_err(std::string_view bytes) override;
  auto read_line() -> std::optional<std::string> override;
  auto completions(Completion kind, std::string_view prefix) -> std::vector<std::string> override;

 private:
  NameSource names_;
};

}  // namespace sky::cli
