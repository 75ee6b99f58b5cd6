#include "files/target.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>

namespace sky::files {

namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

auto name_of(std::string_view path) -> std::string {
  return std::string(path.substr(path.rfind('/') + 1));
}

auto to_timespec(WallTime time) -> timespec {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  return {.tv_sec = seconds.count(), .tv_nsec = (time.time_since_epoch() - seconds).count()};
}

auto modified_of(const struct stat& info) -> WallTime {
  return WallTime(std::chrono::seconds(info.st_mtim.tv_sec) + Duration(info.st_mtim.tv_nsec));
}

// Access time, which is kept, and time of modification, as utimensat(2) takes them.
auto times_of(WallTime modified) -> std::array<timespec, 2> {
  return {timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, to_timespec(modified)};
}

auto set_times(int fd, WallTime modified) -> int {
  return ::futimens(fd, times_of(modified).data());
}

// It may hold what the user's jobs wrote, so it is never removed for them.
auto directory_in_the_way(std::string_view expected, const std::string& path) -> Error {
  return make_error(ErrorCode::kConflict, fmt::format("'{}': expected {}, found a directory", path, expected),
                    "remove it first");
}

}  // namespace

Target::~Target() {
  drop_file();
}

auto Target::shown(std::string_view path) const -> std::string {
  return path.empty() ? path_ : path_ + "/" + std::string(path);
}

auto Target::open(std::string path, Manifest manifest, Extra extra) -> Result<Target> {
  SKY_CHECK(validate(manifest));
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  Target target(std::move(path), std::move(manifest));
  const bool single = target.manifest_.is_single_file();
  const std::string directory = single ? os::parent_dir(target.path_) : target.path_;
  SKY_CHECK(os::make_dirs(directory, 0755));
  SKY_TRY(target.root_, os::open_file(directory, O_RDONLY | O_DIRECTORY));
  SKY_CHECK(single ? target.prepare_single() : target.prepare(extra));
  return target;
}

auto Target::prepare_single() -> Result<> {
  single_name_ = name_of(path_);
  return prepare_file(0);
}

auto Target::prepare(Extra extra) -> Result<> {
  if (extra == Extra::kDelete) SKY_CHECK(delete_extra());
  for (std::uint32_t i = 0; i < manifest_.entries.size(); ++i) {
    const Entry& entry = manifest_.entries[i];
    switch (entry.type) {
      case EntryType::kDirectory:
        SKY_CHECK(prepare_directory(entry));
        break;
      case EntryType::kSymlink:
        SKY_CHECK(prepare_symlink(entry));
        break;
      case EntryType::kFile:
        SKY_CHECK(prepare_file(i));
        break;
    }
  }
  return {};
}

// Walks down without following links. A directory that is missing or replaced by a link meanwhile is an error.
auto Target::parent_of(std::string_view path) -> Result<int> {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return root_.get();
  const std::string_view directory = path.substr(0, slash);
  if (parent_ && parent_path_ == directory) return parent_.get();
  os::UniqueFd fd;
  for (size_t start = 0; start < directory.size();) {
    const size_t end = std::min(directory.find('/', start), directory.size());
    const std::string part(directory.substr(start, end - start));
    fd = os::UniqueFd(::openat(fd ? fd.get() : root_.get(), part.c_str(), kDirectoryFlags));
    if (!fd) return os::errno_error(errno, "open", shown(directory.substr(0, end)));
    start = end + 1;
  }
  parent_ = std::move(fd);
  parent_path_ = directory;
  return parent_.get();
}

// While the sync runs the owner may always enter; finish() sets the real mode.
auto Target::prepare_directory(const Entry& entry) -> Result<> {
  SKY_TRY(const int parent, parent_of(entry.path));
  const std::string name = name_of(entry.path);
  struct stat info{};
  if (::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
    if (S_ISDIR(info.st_mode)) {
      if ((info.st_mode & 0700U) == 0700U || ::fchmodat(parent, name.c_str(), 0700, 0) == 0) return {};
      return os::errno_error(errno, "change the mode of", shown(entry.path));
    }
    if (::unlinkat(parent, name.c_str(), 0) != 0) return os::errno_error(errno, "replace", shown(entry.path));
  }
  if (::mkdirat(parent, name.c_str(), 0700) != 0) return os::errno_error(errno, "create", shown(entry.path));
  return {};
}

auto Target::prepare_symlink(const Entry& entry) -> Result<> {
  SKY_TRY(const int parent, parent_of(entry.path));
  const std::string name = name_of(entry.path);
  std::string existing(kPathBytesMax + 1, '\0');
  const ssize_t size = ::readlinkat(parent, name.c_str(), existing.data(), existing.size());
  if (size >= 0 && std::string_view(existing).substr(0, static_cast<size_t>(size)) == entry.link_target) return {};
  const std::string temporary = temporary_name();
  ::unlinkat(parent, temporary.c_str(), 0);
  if (::symlinkat(entry.link_target.c_str(), parent, temporary.c_str()) != 0 ||
      ::utimensat(parent, temporary.c_str(), times_of(entry.modified).data(), AT_SYMLINK_NOFOLLOW) != 0 ||
      ::renameat(parent, temporary.c_str(), parent, name.c_str()) != 0) {
    const int failed = errno;
    ::unlinkat(parent, temporary.c_str(), 0);
    if (failed == EISDIR) return directory_in_the_way("a symlink", shown(entry.path));
    return os::errno_error(failed, "create", shown(entry.path));
  }
  return {};
}

// Wants the content unless size and time are equal, like rsync.
auto Target::prepare_file(std::uint32_t index) -> Result<> {
  const Entry& entry = manifest_.entries[index];
  SKY_TRY(const int parent, parent_of(entry.path));
  const std::string name = single_name_.empty() ? name_of(entry.path) : single_name_;
  struct stat info{};
  const bool exists = ::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
  if (exists && S_ISDIR(info.st_mode)) {
    return directory_in_the_way("a file", shown(entry.path));
  }
  const bool same = exists && S_ISREG(info.st_mode) && static_cast<std::uint64_t>(info.st_size) == entry.size_bytes &&
                    modified_of(info) == entry.modified;
  if (!same) {
    wanted_.push_back(index);
  } else if ((info.st_mode & 0777U) != entry.mode && ::fchmodat(parent, name.c_str(), entry.mode, 0) != 0) {
    return os::errno_error(errno, "change the mode of", shown(entry.path));
  }
  return {};
}

auto Target::delete_extra() -> Result<> {
  SKY_CHECK(delete_extra_in(""));
  for (const Entry& entry : manifest_.entries) {
    if (entry.type != EntryType::kDirectory) continue;
    const Result<os::FileInfo> info = os::stat_file(shown(entry.path), os::Follow::kNo);
    if (info.ok() && info->type == os::FileType::kDirectory) SKY_CHECK(delete_extra_in(entry.path));
  }
  return {};
}

auto Target::delete_extra_in(const std::string& path) -> Result<> {
  SKY_TRY(const std::vector<os::DirEntry> names, os::list_dir(shown(path)));
  for (const os::DirEntry& name : names) {
    const std::string child = path.empty() ? name.name : path + "/" + name.name;
    if (std::ranges::binary_search(manifest_.entries, child, {}, &Entry::path)) continue;
    SKY_CHECK(os::remove_tree(shown(child)));
  }
  return {};
}

auto Target::temporary_name() -> std::string {
  return fmt::format(".sky-{}-{}.tmp", ::getpid(), temporary_count_++);
}

auto Target::begin_file(std::uint32_t index) -> Result<> {
  drop_file();
  const Entry& entry = manifest_.entries[index];
  SKY_TRY(const int parent, parent_of(entry.path));
  temporary_ = temporary_name();
  ::unlinkat(parent, temporary_.c_str(), 0);  // of a process that died and had our number
  file_ =
      os::UniqueFd(::openat(parent, temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file_) return os::errno_error(errno, "create", shown(entry.path));
  current_ = &entry;
  return {};
}

auto Target::write(std::string_view bytes) -> Result<> {
  return os::write_all(file_.get(), bytes, shown(current_->path));
}

auto Target::commit_file() -> Result<> {
  SKY_TRY(const int parent, parent_of(current_->path));
  const std::string name = single_name_.empty() ? name_of(current_->path) : single_name_;
  if (::fchmod(file_.get(), current_->mode) != 0 || set_times(file_.get(), current_->modified) != 0 ||
      ::renameat(parent, temporary_.c_str(), parent, name.c_str()) != 0) {
    return os::errno_error(errno, "write", shown(current_->path));
  }
  current_ = nullptr;
  file_.reset();
  return {};
}

void Target::drop_file() {
  if (current_ == nullptr) return;
  const Result<int> parent = parent_of(current_->path);
  if (parent.ok()) ::unlinkat(*parent, temporary_.c_str(), 0);
  current_ = nullptr;
  file_.reset();
}

// Inner directories first: setting one's mode may close the way to what is below.
auto Target::finish() -> Result<> {
  drop_file();
  for (auto entry = manifest_.entries.rbegin(); entry != manifest_.entries.rend(); ++entry) {
    if (entry->type != EntryType::kDirectory) continue;
    SKY_TRY(const int parent, parent_of(entry->path));
    const os::UniqueFd fd(::openat(parent, name_of(entry->path).c_str(), kDirectoryFlags));
    if (!fd || ::fchmod(fd.get(), entry->mode) != 0 || set_times(fd.get(), entry->modified) != 0) {
      return os::errno_error(errno, "set the mode of", shown(entry->path));
    }
  }
  return {};
}

}  // namespace sky::files
