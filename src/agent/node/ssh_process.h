// The process behind one ssh session: a command or a login shell, on pipes or on a terminal of its own.
// Blocking calls on non-blocking descriptors; the caller polls. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "os/file.h"

namespace sky::agent {

struct Terminal {
  std::string type;  // TERM
  int columns = 80;
  int rows = 24;
};

struct SshCommand {
  std::string command;  // for the shell; empty: a login shell
  std::string home;
  std::map<std::string, std::string> environment = {};  // what the client asked for
  std::optional<Terminal> terminal = {};
};

class SshProcess {
 public:
  static auto start(const SshCommand& command) -> Result<SshProcess>;
  SshProcess(SshProcess&& other) noexcept;
  auto operator=(SshProcess&&) -> SshProcess& = delete;
  // Hangs up on the process's group if it still runs.
  ~SshProcess();

  // Descriptors to poll; -1 once closed. With a terminal in() and out() are the same, and there is no err().
  auto in() const -> int { return terminal_ ? out_.get() : in_.get(); }
  auto out() const -> int { return out_.get(); }
  auto err() const -> int { return err_.get(); }
  auto exit_watch() const -> int { return exit_watch_.get(); }

  void close_in();
  // At most `bytes_max` of output; empty when nothing has come. Closes the descriptor at its end.
  auto read_out(size_t bytes_max) -> std::string { return read_from(out_, bytes_max); }
  auto read_err(size_t bytes_max) -> std::string { return read_from(err_, bytes_max); }
  // How many bytes were taken; all of them when the process no longer reads.
  auto write_in(std::string_view bytes) -> size_t;
  void resize(int columns, int rows);
  void signal(int number);

  // 128 + n after signal n; nullopt while it runs.
  auto exit_code() -> std::optional<int>;
  // It ended, and all of its output was read.
  auto finished() -> bool { return exit_code().has_value() && !out_ && !err_; }

 private:
  explicit SshProcess(bool terminal) : terminal_(terminal) {}
  auto read_from(os::UniqueFd& fd, size_t bytes_max) -> std::string;

  bool terminal_;
  bool in_closed_ = false;
  pid_t pid_ = -1;
  os::UniqueFd in_;
  os::UniqueFd out_;
  os::UniqueFd err_;
  os::UniqueFd exit_watch_;
  std::optional<int> exit_code_;
};

}  // namespace sky::agent
