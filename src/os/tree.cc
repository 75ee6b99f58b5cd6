// Directories: making, listing, removing.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>

#include "base/c_ptr.h"
#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::os {
namespace {

using DirHandle = CPtr<DIR, closedir>;

auto type_of(int parent_fd, const dirent& entry) -> FileType {
  unsigned char type = entry.d_type;
  if (type == DT_UNKNOWN) {
    struct stat info{};
    if (fstatat(parent_fd, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) == 0) type = IFTODT(info.st_mode);
  }
  switch (type) {
    case DT_REG:
      return FileType::kRegular;
    case DT_DIR:
      return FileType::kDirectory;
    case DT_LNK:
      return FileType::kSymlink;
    default:
      return FileType::kOther;
  }
}

// Reads the entries of an open directory; takes the descriptor.
auto entries_of(UniqueFd fd, const std::string& path) -> Result<std::vector<DirEntry>> {
  const DirHandle dir(fdopendir(fd.get()));
  if (dir == nullptr) return errno_error(errno, "list", path);
  const int dir_fd = fd.release();
  std::vector<DirEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(dir.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") entries.push_back({std::string(name), type_of(dir_fd, *entry)});
  }
  if (errno != 0) return errno_error(errno, "list", path);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

void keep_first(Result<>* first, Result<> next) {
  if (first->ok()) *first = std::move(next);
}

auto open_child_dir(int parent_fd, const char* name) -> UniqueFd {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd fd(openat(parent_fd, name, kFlags));
  if (!fd && errno == EACCES && fchmodat(parent_fd, name, 0700, 0) == 0) fd.reset(openat(parent_fd, name, kFlags));
  return fd;
}

auto remove_entry(int parent_fd, const std::string& name, const std::string& path) -> Result<>;

auto remove_children(UniqueFd dir, const std::string& path) -> Result<> {
  // A directory without write permission keeps its entries; its owner may give it back.
  struct stat info{};
  if (fstat(dir.get(), &info) == 0 && (info.st_mode & 0300U) != 0300U) fchmod(dir.get(), 0700);
  UniqueFd listing(fcntl(dir.get(), F_DUPFD_CLOEXEC, 0));
  if (!listing) return errno_error(errno, "remove", path);
  SKY_TRY(const auto entries, entries_of(std::move(listing), path));
  Result<> first;
  for (const DirEntry& entry : entries) {
    keep_first(&first, remove_entry(dir.get(), entry.name, path + "/" + entry.name));
  }
  return first;
}

auto remove_entry(int parent_fd, const std::string& name, const std::string& path) -> Result<> {
  // Unlink first: nearly everything in a tree is a file, and a symlink must go as itself.
  if (unlinkat(parent_fd, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return errno_error(errno, "remove", path);
  const int unlink_error = errno;
  UniqueFd dir = open_child_dir(parent_fd, name.c_str());
  if (!dir) return errno_error(errno == ENOTDIR || errno == ELOOP ? unlink_error : errno, "remove", path);
  SKY_CHECK(remove_children(std::move(dir), path));
  if (unlinkat(parent_fd, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
  return errno_error(errno, "remove", path);
}

auto without_trailing_slashes(std::string path) -> std::string {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

auto is_directory(const std::string& path) -> bool {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

auto make_dirs(const std::string& raw_path, mode_t mode) -> Result<> {
  const std::string path = without_trailing_slashes(raw_path);
  if (mkdir(path.c_str(), mode) == 0) {
    // mkdir's mode is cut by the umask; what was asked for counts.
    return set_mode(path, mode);
  }
  if (errno == EEXIST) return is_directory(path) ? Result<>() : errno_error(EEXIST, "make the directory", path);
  if (errno != ENOENT || parent_dir(path) == path || parent_dir(path) == ".") {
    // A file where a parent should be: somebody must remove it, so it counts as existing.
    return errno_error(errno == ENOTDIR ? EEXIST : errno, "make the directory", path);
  }
  SKY_CHECK(make_dirs(parent_dir(path), mode));
  return make_dirs(path, mode);
}

auto make_temp_dir(const std::string& prefix) -> Result<std::string> {
  std::string path = prefix + "XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return errno_error(errno, "make the directory", path);
  return path;
}

auto remove_tree(const std::string& raw_path) -> Result<> {
  const std::string path = without_trailing_slashes(raw_path);
  const std::string name = path.substr(path.rfind('/') + 1);
  if (name.empty() || name == "." || name == "..") {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("cannot remove '{}': not a name", path));
  }
  const UniqueFd parent(open(parent_dir(path).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!parent) return errno == ENOENT ? Result<>() : errno_error(errno, "remove", path);
  return remove_entry(parent.get(), name, path);
}

auto list_dir(const std::string& path) -> Result<std::vector<DirEntry>> {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return errno_error(errno, "list", path);
  return entries_of(std::move(fd), path);
}

auto TempDir::make() -> Result<TempDir> {
  const char* parent = std::getenv("TMPDIR");
  SKY_TRY(auto path, make_temp_dir(std::string(parent != nullptr && *parent != '\0' ? parent : "/tmp") + "/sky-"));
  return TempDir(std::move(path));
}

TempDir::~TempDir() {
  // Nobody is left to tell; what stays is in a directory that the system cleans.
  if (!path_.empty()) static_cast<void>(remove_tree(path_));
}

}  // namespace sky::os
