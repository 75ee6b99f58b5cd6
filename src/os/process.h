// Child processes: posix_spawn, a pidfd for the exit, streams over pipes.
//
// A child sees descriptors 0, 1 and 2 and no other, default signal dispositions, an empty signal mask. Everything is on
// the loop's thread.
//
//   SKY_CO_TRY(const auto child, spawn(loop, {.argv = {"ssh", "host"}, .in = Stdio::pipe(), .out = Stdio::pipe()}));
//   SKY_CO_CHECK(co_await child->stream().write_all("hello\n"));
//   SKY_CO_TRY(const ExitStatus status, co_await child->wait());
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/loop.h"
#include "async/stream.h"
#include "os/file.h"
#include "os/proc.h"

namespace sky::os {

// Where one of the three standard descriptors of a child leads. A descriptor given with to() stays the caller's.
class Stdio {
 public:
  enum class Kind { kNull, kInherit, kPipe, kFd };
  static auto null() -> Stdio { return {Kind::kNull, -1}; }
  static auto inherit() -> Stdio { return {Kind::kInherit, -1}; }
  static auto pipe() -> Stdio { return {Kind::kPipe, -1}; }
  static auto to(int fd) -> Stdio { return {Kind::kFd, fd}; }

  auto kind() const -> Kind { return kind_; }
  auto fd() const -> int { return fd_; }

 private:
  Stdio(Kind kind, int fd) : kind_(kind), fd_(fd) {}
  Kind kind_;
  int fd_;
};

using Environment = std::map<std::string, std::string>;

enum class ProcessGroup { kSame, kNewGroup, kNewSession };
enum class OnDestroy { kKill, kLeave };

struct SpawnOptions {
  std::vector<std::string> argv;        // argv[0] without '/' is looked up in this process's PATH
  std::optional<Environment> env = {};  // all of it; absent: this process's
  Environment env_add = {};             // added to or replacing entries of the former
  std::string cwd = {};                 // empty: this process's
  Stdio in = Stdio::null();
  Stdio out = Stdio::null();
  Stdio err = Stdio::null();
  ProcessGroup group = ProcessGroup::kSame;
  OnDestroy on_destroy = OnDestroy::kKill;  // of a Child that still runs; kKill means the one process
};

struct ExitStatus {
  int code = 0;    // 0..255, when signal is 0
  int signal = 0;  // the signal that ended it

  auto ok() const -> bool { return code == 0 && signal == 0; }
  // As a shell reports it: 128 + n for signal n.
  auto shell_code() const -> int { return signal != 0 ? 128 + signal : code; }
};
auto to_string(ExitStatus status) -> std::string;  // "exit code 1", "signal 9 (Killed)"

class Child {
 public:
  Child(const Child&) = delete;
  auto operator=(const Child&) -> Child& = delete;
  // Never blocks for longer than a few milliseconds; leaves no zombie behind beyond the next spawn or destruction.
  ~Child();

  auto pid() const -> pid_t { return id_.pid; }
  auto id() const -> ProcessId { return id_; }
  auto running() const -> bool { return !status_.has_value(); }

  // Waits for the exit. After cancellation, or when it has returned, it can be called again; one waiter at a time.
  auto wait() -> async::Task<Result<ExitStatus>>;
  // kNotFound once the exit was collected; never reaches a reused pid.
  auto signal(int number) -> Result<>;
  // To the child's process group. REQUIRES: kNewGroup or kNewSession.
  auto signal_group(int number) -> Result<>;

  // Writes go to the child's stdin, reads come from its stdout, as far as they are pipes.
  auto stream() -> async::ByteStream& { return *stream_; }
  auto stderr_stream() -> async::ByteStream& { return *stderr_; }

 private:
  friend struct Spawner;
  Child() = default;
  auto collect(int wait_flags) -> bool;  // true once status_ is known

  ProcessId id_;
  ProcessGroup group_ = ProcessGroup::kSame;
  OnDestroy on_destroy_ = OnDestroy::kKill;
  std::optional<ExitStatus> status_;
  UniqueFd pidfd_;
  std::unique_ptr<async::FdWatch> watch_;
  std::unique_ptr<async::ByteStream> stream_;
  std::unique_ptr<async::ByteStream> stderr_;
};

// Errors: kNotFound when there is no such program or cwd, kPermissionDenied, kIo.
auto spawn(async::IoLoop& loop, SpawnOptions options) -> Result<std::unique_ptr<Child>>;

inline constexpr size_t kOutputMaxBytes = 16U << 20U;  // of each of stdout and stderr of run_command

struct CommandOutput {
  ExitStatus status;
  std::string out;
  std::string err;
};

// Runs a command to its end. A non-zero exit is a result, not an error. On deadline, cancellation or too much output
// (kIo) the command's whole process group is killed and the error returned.
auto run_command(async::IoLoop& loop, SpawnOptions options, std::string input, Deadline deadline)
    -> async::Task<Result<CommandOutput>>;

}  // namespace sky::os
