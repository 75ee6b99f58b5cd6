#include "os/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace sky::os {
namespace {

constexpr size_t kReadStepBytes = 64U << 10U;
constexpr size_t kSmallFileBytes = 4U << 10U;  // most files of /proc, which tell no size
constexpr int kTempNameAttempts = 100;

auto code_of(int error_number) -> ErrorCode {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::kNotFound;
    case EEXIST:
    case ENOTEMPTY:
      return ErrorCode::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::kStorageFull;
    default:
      return ErrorCode::kIo;
  }
}

auto hint_of(int error_number) -> std::string {
  switch (error_number) {
    case ENOSPC:
      return "Free some space on that file system: df -h";
    case EDQUOT:
      return "Your disk quota is used up: quota -s";
    case EROFS:
      return "The file system is mounted read-only.";
    case EMFILE:
      return "Raise the limit of open files: ulimit -n";
    default:
      return {};
  }
}

// Creates a file of a new name beside `path`. The name is unique among processes by pid, and by O_EXCL among the rest.
auto create_beside(const std::string& path, mode_t mode, std::string* temp_path) -> Result<UniqueFd> {
  for (int i = 0; i < kTempNameAttempts; ++i) {
    *temp_path = fmt::format("{}.tmp-{}-{}", path, getpid(), i);
    UniqueFd fd(open(temp_path->c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (fd) {
      // Not through open's mode: the umask must not widen or narrow what the caller asked for.
      if (fchmod(fd.get(), mode) == 0) return fd;
      const int error_number = errno;
      unlink(temp_path->c_str());
      return errno_error(error_number, "write", path);
    }
    if (errno != EEXIST) return errno_error(errno, "write", path);
  }
  return errno_error(EEXIST, "write", path);
}

auto time_of(const timespec& time) -> WallTime {
  return WallTime(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

auto info_of(const struct stat& raw) -> FileInfo {
  FileInfo info;
  if (S_ISREG(raw.st_mode)) info.type = FileType::kRegular;
  if (S_ISDIR(raw.st_mode)) info.type = FileType::kDirectory;
  if (S_ISLNK(raw.st_mode)) info.type = FileType::kSymlink;
  info.size_bytes = static_cast<std::uint64_t>(raw.st_size);
  info.mode = raw.st_mode & 07777U;
  info.uid = raw.st_uid;
  info.device = raw.st_dev;
  info.inode = raw.st_ino;
  info.modified = time_of(raw.st_mtim);
  info.changed = time_of(raw.st_ctim);
  return info;
}

auto fill_and_sync(int fd, std::string_view bytes, const std::string& path) -> Result<> {
  SKY_CHECK(write_all(fd, bytes, path));
  return sync_fd(fd, path);
}

}  // namespace

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

auto errno_error(int error_number, std::string_view action, std::string_view path) -> Error {
  return errno_error(error_number, fmt::format("cannot {} '{}'", action, path));
}

auto errno_error(int error_number, std::string_view context) -> Error {
  return make_error(code_of(error_number),
                    fmt::format("{}: {}", context, std::generic_category().message(error_number)),
                    hint_of(error_number));
}

auto open_file(const std::string& path, int flags, mode_t mode) -> Result<UniqueFd> {
  int fd = -1;
  do {
    fd = open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return errno_error(errno, (flags & O_ACCMODE) == O_RDONLY ? "read" : "write", path);
  return UniqueFd(fd);
}

auto read_file(const std::string& path, std::uint64_t size_max_bytes) -> Result<std::string> {
  SKY_TRY(const UniqueFd fd, open_file(path, O_RDONLY));
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return errno_error(errno, "read", path);
  std::string text;
  const bool sized = info.st_size > 0 && static_cast<std::uint64_t>(info.st_size) <= size_max_bytes;
  text.reserve(sized ? static_cast<size_t>(info.st_size) + 1 : kSmallFileBytes);
  for (;;) {
    const size_t old_size = text.size();
    const size_t step = text.capacity() > old_size ? text.capacity() - old_size : kReadStepBytes;
    text.resize(old_size + step);
    const ssize_t count = read(fd.get(), text.data() + old_size, step);
    text.resize(old_size + static_cast<size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) return text;
    if (count < 0 && errno != EINTR) return errno_error(errno, "read", path);
    if (text.size() > size_max_bytes) {
      return make_error(ErrorCode::kInvalidArgument,
                        fmt::format("cannot read '{}': it is larger than {} bytes", path, size_max_bytes));
    }
  }
}

auto write_all(int fd, std::string_view bytes, std::string_view path) -> Result<> {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error(errno, "write", path);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

auto write_file_atomic(const std::string& path, std::string_view bytes, mode_t mode) -> Result<> {
  std::string temp_path;
  SKY_TRY(UniqueFd fd, create_beside(path, mode, &temp_path));
  Result<> done = fill_and_sync(fd.get(), bytes, path);
  fd.reset();
  if (done.ok() && rename(temp_path.c_str(), path.c_str()) != 0) done = errno_error(errno, "write", path);
  if (!done.ok()) {
    unlink(temp_path.c_str());
    return done;
  }
  return sync_dir(parent_dir(path));
}

auto append_file(const std::string& path, std::string_view bytes, mode_t mode) -> Result<> {
  SKY_TRY(const UniqueFd fd, open_file(path, O_WRONLY | O_CREAT | O_APPEND, mode));
  return write_all(fd.get(), bytes, path);
}

auto rename_file(const std::string& from, const std::string& to) -> Result<> {
  if (rename(from.c_str(), to.c_str()) == 0) return {};
  return errno_error(errno, fmt::format("cannot rename '{}' to '{}'", from, to));
}

auto sync_fd(int fd, std::string_view path) -> Result<> {
  if (fsync(fd) == 0) return {};
  return errno_error(errno, "write", path);
}

auto sync_dir(const std::string& path) -> Result<> {
  SKY_TRY(const UniqueFd fd, open_file(path, O_RDONLY | O_DIRECTORY));
  // Some file systems cannot sync a directory and say EINVAL; they have nothing to sync.
  if (fsync(fd.get()) == 0 || errno == EINVAL) return {};
  return errno_error(errno, "write", path);
}

auto remove_file(const std::string& path) -> Result<> {
  if (unlink(path.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return {};
  return errno_error(errno, "remove", path);
}

auto stat_file(const std::string& path, Follow follow) -> Result<FileInfo> {
  struct stat raw{};
  const int flags = follow == Follow::kNo ? AT_SYMLINK_NOFOLLOW : 0;
  if (fstatat(AT_FDCWD, path.c_str(), &raw, flags) != 0) return errno_error(errno, "read", path);
  return info_of(raw);
}

auto stat_fd(int fd, std::string_view path) -> Result<FileInfo> {
  struct stat raw{};
  if (fstat(fd, &raw) != 0) return errno_error(errno, "read", path);
  return info_of(raw);
}

auto file_exists(const std::string& path) -> bool {
  return access(path.c_str(), F_OK) == 0;
}

auto set_mode(const std::string& path, mode_t mode) -> Result<> {
  if (chmod(path.c_str(), mode) == 0) return {};
  return errno_error(errno, "change the mode of", path);
}

auto touch_file(const std::string& path) -> Result<> {
  if (utimensat(AT_FDCWD, path.c_str(), nullptr, AT_SYMLINK_NOFOLLOW) == 0) return {};
  return errno_error(errno, "write", path);
}

auto read_symlink(const std::string& path) -> Result<std::string> {
  std::string target(256, '\0');
  for (;;) {
    const ssize_t count = readlink(path.c_str(), target.data(), target.size());
    if (count < 0) return errno_error(errno, "read the link", path);
    if (static_cast<size_t>(count) < target.size()) {
      target.resize(static_cast<size_t>(count));
      return target;
    }
    target.resize(target.size() * 2);
  }
}

auto replace_symlink(const std::string& target, const std::string& path) -> Result<> {
  for (int i = 0; i < kTempNameAttempts; ++i) {
    const std::string temp_path = fmt::format("{}.tmp-{}-{}", path, getpid(), i);
    if (symlink(target.c_str(), temp_path.c_str()) != 0) {
      if (errno == EEXIST) continue;
      return errno_error(errno, "write", path);
    }
    if (rename(temp_path.c_str(), path.c_str()) == 0) return {};
    const int error_number = errno;
    unlink(temp_path.c_str());
    return errno_error(error_number, "write", path);
  }
  return errno_error(EEXIST, "write", path);
}

auto parent_dir(std::string_view path) -> std::string {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

}  // namespace sky::os
