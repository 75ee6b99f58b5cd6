// Files and directories, synchronous. Calls on small local files may be made on the loop's thread; anything that walks
// trees, syncs much data or may meet a slow disk goes through async::run_on.
//
// Errors say what was attempted on which path, in the kernel's words: `cannot write '/a/b': No space left on device`.
//   kNotFound          ENOENT, ENOTDIR
//   kAlreadyExists     EEXIST, ENOTEMPTY
//   kPermissionDenied  EACCES, EPERM, EROFS
//   kStorageFull       ENOSPC, EDQUOT
//   kIo                everything else
// Every descriptor made here is close-on-exec. Thread-safe: no state.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace sky::os {

// Owns one descriptor.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  auto operator=(UniqueFd&& other) noexcept -> UniqueFd& {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~UniqueFd() { reset(); }

  auto get() const -> int { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  auto release() -> int { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// `cannot ACTION 'PATH': <text of error_number>` with the code of the table above.
auto errno_error(int error_number, std::string_view action, std::string_view path) -> Error;
// `CONTEXT: <text of error_number>`, for calls that have no path.
auto errno_error(int error_number, std::string_view context) -> Error;

enum class FileType { kRegular, kDirectory, kSymlink, kOther };
enum class Follow { kYes, kNo };  // whether a symlink as the last part of the path is followed

struct FileInfo {
  FileType type = FileType::kOther;
  std::uint64_t size_bytes = 0;
  mode_t mode = 0;  // permission bits alone
  uid_t uid = 0;
  dev_t device = 0;
  ino_t inode = 0;
  WallTime modified{};
  WallTime changed{};  // ctime: set by the kernel at each change of content, mode or name
};

struct DirEntry {
  std::string name;
  FileType type = FileType::kOther;
};

inline constexpr std::uint64_t kReadSizeMaxBytes = 64U << 20U;

auto open_file(const std::string& path, int flags, mode_t mode = 0600) -> Result<UniqueFd>;
// kInvalidArgument when the file holds more than `size_max_bytes`. Works on /proc, whose files have no size.
auto read_file(const std::string& path, std::uint64_t size_max_bytes = kReadSizeMaxBytes) -> Result<std::string>;
// All of `bytes` to a blocking descriptor; `path` is for the error alone.
auto write_all(int fd, std::string_view bytes, std::string_view path) -> Result<>;
// Readers see the old or the new content and never a part; on return it survives a power cut. The temporary file lies
// beside the target and is removed on every error. A symlink at `path` is replaced, not followed.
auto write_file_atomic(const std::string& path, std::string_view bytes, mode_t mode = 0600) -> Result<>;
// Creates the file when missing. Not synced.
auto append_file(const std::string& path, std::string_view bytes, mode_t mode = 0600) -> Result<>;
// Content and mode, by reflink where the file system can, else inside the kernel. The target is replaced; not synced.
auto copy_file(const std::string& from, const std::string& to) -> Result<>;
// Makes the empty file `to_fd` share the content of `from_fd`, where the file system can (btrfs, XFS); false: it
// cannot.
auto try_reflink(int from_fd, int to_fd) -> bool;
auto rename_file(const std::string& from, const std::string& to) -> Result<>;

auto sync_fd(int fd, std::string_view path) -> Result<>;
// Hands the file's bytes to the disk and waits for them, but not for its name and size: of many files, cheaper than
// syncing each. The sync of one file behind them on the same journaling file system then makes all of them durable.
auto write_back(int fd, std::string_view path) -> Result<>;
// Makes creations, renames and removals in `path` durable.
auto sync_dir(const std::string& path) -> Result<>;

// Like `mkdir -p`: `mode` is for the directories that are made. kAlreadyExists when a part is not a directory.
auto make_dirs(const std::string& path, mode_t mode = 0700) -> Result<>;
// A new directory `PREFIXxxxxxx` with mode 0700.
auto make_temp_dir(const std::string& prefix) -> Result<std::string>;
// A missing file is success.
auto remove_file(const std::string& path) -> Result<>;
// Removes a file or a whole directory, whatever its modes; never leaves it through a symlink, also when somebody swaps
// one in meanwhile. Missing is success. Goes on after an error and returns the first.
auto remove_tree(const std::string& path) -> Result<>;
// Sorted by name, without "." and "..".
auto list_dir(const std::string& path) -> Result<std::vector<DirEntry>>;

auto stat_file(const std::string& path, Follow follow = Follow::kYes) -> Result<FileInfo>;
auto stat_fd(int fd, std::string_view path) -> Result<FileInfo>;
// False also when the path cannot be looked at.
auto file_exists(const std::string& path) -> bool;
auto set_mode(const std::string& path, mode_t mode) -> Result<>;
// Its time of modification becomes the present. A symlink is not followed.
auto touch_file(const std::string& path) -> Result<>;
auto read_symlink(const std::string& path) -> Result<std::string>;
// Makes `path` a symlink to `target`, atomically replacing a file or symlink there.
auto replace_symlink(const std::string& target, const std::string& path) -> Result<>;

// "." for a bare name, "/" for a name in the root.
auto parent_dir(std::string_view path) -> std::string;

}  // namespace sky::os
