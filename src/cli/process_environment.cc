#include "cli/process_environment.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>

#include "base/strings.h"
#include "os/file.h"

namespace sky::cli {
namespace {

constexpr mode_t kNewFileMode = 0644;

auto columns_of(const ProcessEnvironment& env) -> size_t {
  const auto variable = env.variable("COLUMNS");
  if (const auto columns = variable ? parse_int(*variable) : std::nullopt; columns && *columns > 0) {
    return static_cast<size_t>(*columns);
  }
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return TerminalFacts().columns;
}

void write_bytes(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) {
      std::signal(SIGPIPE, SIG_DFL);
      std::raise(SIGPIPE);
    }
    if (written < 0) return;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

// Where the file really lies when `path` is a symlink.
auto resolved(const std::string& path) -> std::string {
  const std::unique_ptr<char, decltype(&std::free)> target(::realpath(path.c_str(), nullptr), &std::free);
  return target ? target.get() : path;
}

}  // namespace

auto ProcessEnvironment::variable(std::string_view name) const -> std::optional<std::string> {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

auto ProcessEnvironment::all_variables() const -> std::map<std::string, std::string> {
  std::map<std::string, std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) all.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

auto ProcessEnvironment::working_directory() const -> std::string {
  const std::unique_ptr<char, decltype(&std::free)> path(::getcwd(nullptr, 0), &std::free);
  return path ? path.get() : "/";
}

auto ProcessEnvironment::terminal() const -> TerminalFacts {
  return {.in_is_terminal = ::isatty(STDIN_FILENO) == 1,
          .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
          .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
          .columns = columns_of(*this)};
}

auto ProcessEnvironment::now() const -> WallTime {
  return std::chrono::system_clock::now();
}

auto ProcessEnvironment::path_kind(const std::string& path) const -> PathKind {
  const auto info = os::stat_file(path);
  if (!info.ok()) return PathKind::kMissing;
  switch (info->type) {
    case os::FileType::kRegular:
      return PathKind::kFile;
    case os::FileType::kDirectory:
      return PathKind::kDirectory;
    case os::FileType::kSymlink:
    case os::FileType::kOther:
      break;
  }
  return PathKind::kOther;
}

auto ProcessEnvironment::read_file(const std::string& path) const -> Result<std::string> {
  SKY_TRY(const os::FileInfo info, os::stat_file(path));
  if (info.type == os::FileType::kDirectory) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("cannot read '{}': it is a directory", path));
  }
  return os::read_file(path);
}

auto ProcessEnvironment::write_file(const std::string& path, std::string_view text) -> Result<> {
  SKY_CHECK(os::make_dirs(os::parent_dir(path)));
  const auto present = os::stat_file(path);
  return os::write_file_atomic(resolved(path), text, present.ok() ? present->mode : kNewFileMode);
}

auto ProcessEnvironment::remove_file(const std::string& path) -> Result<> {
  return os::remove_file(path);
}

void ProcessEnvironment::write_out(std::string_view bytes) {
  write_bytes(STDOUT_FILENO, bytes);
}

void ProcessEnvironment::write_err(std::string_view bytes) {
  write_bytes(STDERR_FILENO, bytes);
}

// Byte by byte: what follows the line belongs to the next reader of the same descriptor.
auto ProcessEnvironment::read_line() -> std::optional<std::string> {
  std::string line;
  for (;;) {
    char c = 0;
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return line.empty() ? std::nullopt : std::optional(line);
    if (c == '\n') return line;
    line += c;
  }
}

auto ProcessEnvironment::completions(Completion kind, std::string_view prefix) -> std::vector<std::string> {
  return names_ ? names_(kind, prefix) : std::vector<std::string>();
}

}  // namespace sky::cli
