#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "os/file.h"

namespace sky::os {
namespace {

constexpr size_t kCopyStepBytes = 1U << 30U;
constexpr size_t kBufferBytes = 64U << 10U;

auto copy_by_buffer(int from_fd, int to_fd, const std::string& to) -> Result<> {
  std::array<char, kBufferBytes> buffer;
  for (;;) {
    const ssize_t count = read(from_fd, buffer.data(), buffer.size());
    if (count == 0) return {};
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error(errno, "write", to);
    SKY_CHECK(write_all(to_fd, {buffer.data(), static_cast<size_t>(count)}, to));
  }
}

auto copy_bytes(int from_fd, int to_fd, const std::string& to) -> Result<> {
  if (try_reflink(from_fd, to_fd)) return {};
  for (bool first = true;; first = false) {
    const ssize_t count = copy_file_range(from_fd, nullptr, to_fd, nullptr, kCopyStepBytes, 0);
    // /proc and some network file systems report an empty file or refuse; reading them works.
    if (count == 0) return first ? copy_by_buffer(from_fd, to_fd, to) : Result<>();
    if (count < 0 && (errno == EXDEV || errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL)) {
      return copy_by_buffer(from_fd, to_fd, to);
    }
    if (count < 0 && errno != EINTR) return errno_error(errno, "write", to);
  }
}

}  // namespace

auto try_reflink(int from_fd, int to_fd) -> bool {
  return ioctl(to_fd, FICLONE, from_fd) == 0;
}

auto write_back(int fd, std::string_view path) -> Result<> {
  constexpr unsigned kWriteAndWait = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  if (sync_file_range(fd, 0, 0, kWriteAndWait) == 0) return {};
  // Not every file system knows ranges; all of them know whole files.
  return errno == ENOSYS || errno == EINVAL ? sync_fd(fd, path) : errno_error(errno, "write", path);
}

auto copy_file(const std::string& from, const std::string& to) -> Result<> {
  SKY_TRY(const UniqueFd source, open_file(from, O_RDONLY));
  struct stat info{};
  if (fstat(source.get(), &info) != 0) return errno_error(errno, "read", from);
  if (S_ISDIR(info.st_mode)) return errno_error(EISDIR, "read", from);
  // Removing first keeps other names of an old target, and a symlink's target, as they are.
  SKY_CHECK(remove_file(to));
  SKY_TRY(const UniqueFd target, open_file(to, O_WRONLY | O_CREAT | O_EXCL, 0600));
  Result<> copied = copy_bytes(source.get(), target.get(), to);
  if (copied.ok() && fchmod(target.get(), info.st_mode & 07777U) != 0) copied = errno_error(errno, "write", to);
  if (!copied.ok()) static_cast<void>(remove_file(to));
  return copied;
}

}  // namespace sky::os
