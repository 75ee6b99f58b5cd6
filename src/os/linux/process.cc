#include "os/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "base/strings.h"
#include "os/fd_stream.h"
#include "os/linux/children.h"

extern char** environ;

namespace sky::os {
namespace {

constexpr int kReapWaitMs = 5;  // for the exit of a process that was just killed
constexpr int kFirstFreeFd = 3;

// Descriptors that take part in a spawn stay clear of 0, 1 and 2, so that the dup2 calls never overwrite one another.
auto clear_of_standard(UniqueFd fd) -> Result<UniqueFd> {
  if (!fd || fd.get() >= kFirstFreeFd) return fd;
  UniqueFd moved(fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstFreeFd));
  if (!moved) return errno_error(errno, "cannot prepare a child's descriptors");
  return moved;
}

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

auto make_pipe() -> Result<Pipe> {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error(errno, "cannot make a pipe");
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  SKY_TRY(pipe.read_end, clear_of_standard(std::move(pipe.read_end)));
  SKY_TRY(pipe.write_end, clear_of_standard(std::move(pipe.write_end)));
  return pipe;
}

// The two sides of one standard descriptor: what the child gets, and what this process keeps of a pipe.
struct Wire {
  UniqueFd child_side;
  UniqueFd our_side;
};

auto make_wire(Stdio stdio, int target) -> Result<Wire> {
  Wire wire;
  switch (stdio.kind()) {
    case Stdio::Kind::kNull: {
      SKY_TRY(UniqueFd null, open_file("/dev/null", target == STDIN_FILENO ? O_RDONLY : O_WRONLY));
      SKY_TRY(wire.child_side, clear_of_standard(std::move(null)));
      break;
    }
    case Stdio::Kind::kPipe: {
      SKY_TRY(Pipe pipe, make_pipe());
      const bool child_reads = target == STDIN_FILENO;
      wire.child_side = std::move(child_reads ? pipe.read_end : pipe.write_end);
      wire.our_side = std::move(child_reads ? pipe.write_end : pipe.read_end);
      break;
    }
    case Stdio::Kind::kInherit:
    case Stdio::Kind::kFd: {
      const int source = stdio.kind() == Stdio::Kind::kFd ? stdio.fd() : target;
      wire.child_side.reset(fcntl(source, F_DUPFD_CLOEXEC, kFirstFreeFd));
      if (!wire.child_side) return errno_error(errno, "cannot give a child its descriptor");
      break;
    }
  }
  return wire;
}

auto environment_of(const SpawnOptions& options) -> std::vector<std::string> {
  Environment all;
  if (options.env) {
    all = *options.env;
  } else {
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      const size_t equals = text.find('=');
      if (equals != std::string_view::npos) all.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  for (const auto& [key, value] : options.env_add) all.insert_or_assign(key, value);
  std::vector<std::string> entries;
  entries.reserve(all.size());
  for (const auto& [key, value] : all) entries.push_back(fmt::format("{}={}", key, value));
  return entries;
}

auto pointers_to(std::vector<std::string>& texts) -> std::vector<char*> {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

class SpawnAttributes {
 public:
  explicit SpawnAttributes(ProcessGroup group) {
    posix_spawnattr_init(&attributes_);
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    if (group == ProcessGroup::kNewGroup) flags |= POSIX_SPAWN_SETPGROUP;  // group 0, the default: its own
    if (group == ProcessGroup::kNewSession) flags |= POSIX_SPAWN_SETSID;
    posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  auto operator=(const SpawnAttributes&) -> SpawnAttributes& = delete;
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  auto get() const -> const posix_spawnattr_t* { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

class SpawnActions {
 public:
  SpawnActions(const std::array<Wire, 3>& wires, const std::string& cwd) {
    posix_spawn_file_actions_init(&actions_);
    for (int target = 0; target < kFirstFreeFd; ++target) {
      posix_spawn_file_actions_adddup2(&actions_, wires[static_cast<size_t>(target)].child_side.get(), target);
    }
    posix_spawn_file_actions_addclosefrom_np(&actions_, kFirstFreeFd);
    if (!cwd.empty()) posix_spawn_file_actions_addchdir_np(&actions_, cwd.c_str());
  }
  SpawnActions(const SpawnActions&) = delete;
  auto operator=(const SpawnActions&) -> SpawnActions& = delete;
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  auto get() const -> const posix_spawn_file_actions_t* { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

auto spawn_error(int error_number, const SpawnOptions& options) -> Error {
  if (!options.cwd.empty() && !file_exists(options.cwd)) {
    return errno_error(ENOENT, fmt::format("cannot run '{}' in '{}'", options.argv[0], options.cwd));
  }
  return errno_error(error_number, "run", options.argv[0]);
}

auto status_from(const siginfo_t& info) -> ExitStatus {
  if (info.si_code == CLD_EXITED) return {.code = info.si_status, .signal = 0};
  return {.code = 0, .signal = info.si_status};
}

}  // namespace

auto owned_children() -> OwnedChildren& {
  static OwnedChildren children;
  return children;
}

void OwnedChildren::disown(pid_t pid) {
  owned_.erase(pid);
  left_.push_back(pid);
  reap_left();
}

void OwnedChildren::reap_left() {
  std::erase_if(left_, [](pid_t pid) {
    siginfo_t info{};
    const int rc = waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG);
    return rc != 0 || info.si_pid != 0;
  });
}

auto to_string(ExitStatus status) -> std::string {
  if (status.signal == 0) return fmt::format("exit code {}", status.code);
  const char* text = sigdescr_np(status.signal);
  return fmt::format("signal {} ({})", status.signal, text != nullptr ? text : "unknown");
}

// Takes a Child together step by step; what was made is undone when a step fails.
struct Spawner {
  static auto run(async::IoLoop& loop, SpawnOptions& options) -> Result<std::unique_ptr<Child>> {
    std::array<Wire, 3> wires;
    SKY_TRY(wires[0], make_wire(options.in, STDIN_FILENO));
    SKY_TRY(wires[1], make_wire(options.out, STDOUT_FILENO));
    SKY_TRY(wires[2], make_wire(options.err, STDERR_FILENO));
    std::unique_ptr<Child> child(new Child());
    SKY_TRY(child->stream_, FdStream::from_pipes(loop, std::move(wires[1].our_side), std::move(wires[0].our_side)));
    SKY_TRY(child->stderr_, FdStream::from_pipes(loop, std::move(wires[2].our_side), UniqueFd()));
    SKY_CHECK(start(options, wires, *child));
    SKY_TRY(child->watch_, loop.watch(child->pidfd_.get()));
    return child;
  }

  static auto start(SpawnOptions& options, const std::array<Wire, 3>& wires, Child& child) -> Result<> {
    const SpawnAttributes attributes(options.group);
    const SpawnActions actions(wires, options.cwd);
    auto environment = environment_of(options);
    const auto argv = pointers_to(options.argv);
    const auto envp = pointers_to(environment);
    owned_children().reap_left();
    pid_t pid = 0;
    const int error = posix_spawnp(&pid, argv[0], actions.get(), attributes.get(), argv.data(), envp.data());
    if (error != 0) return spawn_error(error, options);
    child.group_ = options.group;
    child.on_destroy_ = options.on_destroy;
    child.id_.pid = pid;
    owned_children().own(pid);
    // The pid cannot be reused before it is waited for, so this opens the right process even if it has exited.
    child.pidfd_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!child.pidfd_) return errno_error(errno, fmt::format("cannot watch process {}", pid));
    if (const auto info = read_process(pid)) child.id_ = info->id;
    return {};
  }
};

auto spawn(async::IoLoop& loop, SpawnOptions options) -> Result<std::unique_ptr<Child>> {
  if (options.argv.empty()) return make_error(ErrorCode::kInvalidArgument, "cannot run a command without words");
  return Spawner::run(loop, options);
}

Child::~Child() {
  if (id_.pid == 0 || collect(WNOHANG)) return;
  watch_.reset();
  if (on_destroy_ == OnDestroy::kKill) {
    static_cast<void>(signal(SIGKILL));
    pollfd exit{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    poll(&exit, 1, kReapWaitMs);
  }
  owned_children().disown(id_.pid);
}

auto Child::collect(int wait_flags) -> bool {
  if (status_) return true;
  siginfo_t info{};
  int rc = 0;
  do {
    rc = waitid(P_PID, static_cast<id_t>(id_.pid), &info, WEXITED | wait_flags);
  } while (rc != 0 && errno == EINTR);
  if (rc == 0 && info.si_pid == 0) return false;
  // ECHILD: somebody set SIGCHLD to ignore, and the kernel threw the status away.
  status_ = rc == 0 ? status_from(info) : ExitStatus{.code = 255, .signal = 0};
  owned_children().collected(id_.pid);
  return true;
}

auto Child::wait() -> async::Task<Result<ExitStatus>> {
  while (!collect(WNOHANG)) SKY_CO_CHECK(co_await watch_->readable());
  co_return *status_;
}

auto Child::signal(int number) -> Result<> {
  // Unwaited, the pid is this child's, zombie or not.
  if (!status_ && kill(id_.pid, number) == 0) return {};
  const int error = status_ ? ESRCH : errno;
  if (error == ESRCH) return make_error(ErrorCode::kNotFound, fmt::format("process {} has ended", id_.pid));
  return errno_error(error, fmt::format("cannot signal process {}", id_.pid));
}

auto Child::signal_group(int number) -> Result<> {
  SKY_ASSERT(group_ != ProcessGroup::kSame);
  if (kill(-id_.pid, number) == 0) return {};
  if (errno == ESRCH) return make_error(ErrorCode::kNotFound, fmt::format("process group {} has ended", id_.pid));
  return errno_error(errno, fmt::format("cannot signal process group {}", id_.pid));
}

}  // namespace sky::os
