#include "agent/node/ssh_process.h"

#include <fcntl.h>
#include <pty.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "os/machine.h"

namespace sky::agent {
namespace {

struct Pipe {
  os::UniqueFd read;
  os::UniqueFd write;
};

auto make_pipe() -> Result<Pipe> {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return os::errno_error(errno, "cannot make a pipe");
  return Pipe{os::UniqueFd(ends[0]), os::UniqueFd(ends[1])};
}

void set_non_blocking(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

auto login_shell() -> std::string {
  const passwd* entry = getpwuid(getuid());
  if (entry != nullptr && entry->pw_shell != nullptr && access(entry->pw_shell, X_OK) == 0) return entry->pw_shell;
  return "/bin/sh";
}

// Everything that the child needs, made before the fork: between fork and exec nothing may be allocated.
struct Prepared {
  Prepared(const SshCommand& command, std::string shell_path) : shell(std::move(shell_path)), home(command.home) {
    const std::string base = shell.substr(shell.rfind('/') + 1);
    arguments = command.command.empty() ? std::vector<std::string>{"-" + base}
                                        : std::vector<std::string>{base, "-c", command.command};
    std::map<std::string, std::string> wanted = command.environment;
    for (const char* name : {"PATH", "LANG", "LD_LIBRARY_PATH", "TMPDIR", "TZ"}) {
      if (const char* value = std::getenv(name); value != nullptr) wanted.emplace(name, value);
    }
    wanted.emplace("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
    wanted["HOME"] = home;
    wanted["SHELL"] = shell;
    wanted["USER"] = wanted["LOGNAME"] = os::user_name();
    if (command.terminal) wanted["TERM"] = command.terminal->type;
    for (const auto& [name, value] : wanted) environment.push_back(name + "=" + value);
    for (std::string& word : arguments) argv.push_back(word.data());
    for (std::string& word : environment) envp.push_back(word.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
  }

  [[noreturn]] void exec() {
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    if (chdir(home.c_str()) == 0) execve(shell.c_str(), argv.data(), envp.data());
    _exit(127);
  }

  std::string shell;
  std::string home;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::vector<char*> argv;
  std::vector<char*> envp;
};

auto size_of(int columns, int rows) -> winsize {
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = static_cast<unsigned short>(rows);
  return size;
}

}  // namespace

auto SshProcess::start(const SshCommand& command) -> Result<SshProcess> {
  Prepared prepared(command, login_shell());
  SshProcess process(command.terminal.has_value());
  if (command.terminal) {
    const winsize size = size_of(command.terminal->columns, command.terminal->rows);
    int master = -1;
    process.pid_ = forkpty(&master, nullptr, nullptr, &size);
    if (process.pid_ == 0) prepared.exec();
    if (process.pid_ < 0) return os::errno_error(errno, "cannot make a terminal");
    process.out_.reset(master);
    fcntl(master, F_SETFD, FD_CLOEXEC);
  } else {
    SKY_TRY(Pipe in, make_pipe());
    SKY_TRY(Pipe out, make_pipe());
    SKY_TRY(Pipe err, make_pipe());
    process.pid_ = fork();
    if (process.pid_ == 0) {
      setsid();
      dup2(in.read.get(), STDIN_FILENO);
      dup2(out.write.get(), STDOUT_FILENO);
      dup2(err.write.get(), STDERR_FILENO);
      prepared.exec();
    }
    if (process.pid_ < 0) return os::errno_error(errno, "cannot start a process");
    process.in_ = std::move(in.write);
    process.out_ = std::move(out.read);
    process.err_ = std::move(err.read);
    set_non_blocking(process.in_.get());
    set_non_blocking(process.err_.get());
  }
  set_non_blocking(process.out_.get());
  process.exit_watch_.reset(static_cast<int>(syscall(SYS_pidfd_open, process.pid_, 0)));
  return process;
}

SshProcess::SshProcess(SshProcess&& other) noexcept
    : terminal_(other.terminal_),
      in_closed_(other.in_closed_),
      pid_(std::exchange(other.pid_, -1)),
      in_(std::move(other.in_)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)),
      exit_watch_(std::move(other.exit_watch_)),
      exit_code_(other.exit_code_) {}

SshProcess::~SshProcess() {
  if (pid_ > 0 && !exit_code()) kill(-pid_, SIGHUP);
}

void SshProcess::close_in() {
  if (std::exchange(in_closed_, true)) return;
  if (!terminal_) {
    in_.reset();
    return;
  }
  constexpr char kEndOfInput = 4;  // Ctrl-D
  [[maybe_unused]] const auto written = write(out_.get(), &kEndOfInput, 1);
}

auto SshProcess::read_from(os::UniqueFd& fd, size_t bytes_max) -> std::string {
  if (!fd || bytes_max == 0) return {};
  std::string bytes(bytes_max, '\0');
  const ssize_t count = read(fd.get(), bytes.data(), bytes.size());
  bytes.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  // The master of a terminal whose programs have ended gives EIO.
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) fd.reset();
  return bytes;
}

auto SshProcess::write_in(std::string_view bytes) -> size_t {
  if (in() < 0 || in_closed_) return bytes.size();
  const ssize_t count = write(in(), bytes.data(), bytes.size());
  if (count >= 0) return static_cast<size_t>(count);
  if (errno == EAGAIN || errno == EINTR) return 0;
  if (!terminal_) in_.reset();
  return bytes.size();
}

void SshProcess::resize(int columns, int rows) {
  const winsize size = size_of(columns, rows);
  if (terminal_ && out_) ioctl(out_.get(), TIOCSWINSZ, &size);
}

void SshProcess::signal(int number) {
  if (pid_ > 0 && !exit_code()) kill(-pid_, number);
}

auto SshProcess::exit_code() -> std::optional<int> {
  if (exit_code_ || pid_ <= 0) return exit_code_;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  exit_watch_.reset();
  return exit_code_;
}

}  // namespace sky::agent
