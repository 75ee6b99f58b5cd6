#include "files/repository.h"

#include "base/strings.h"
#include "os/file.h"

namespace sky::files {

namespace {

constexpr size_t kEntryHeadBytes = 62;  // times, ids, modes, sizes, SHA-1, flags
constexpr size_t kFlagsOffset = 60;
constexpr unsigned kExtendedFlag = 0x4000;
constexpr std::uint64_t kIndexBytesMax = 1U << 30U;
constexpr std::uint64_t kReadBytesMax = 1U << 20U;

auto big_endian(std::string_view bytes) -> std::uint32_t {
  std::uint32_t value = 0;
  for (const char c : bytes) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

auto corrupt() -> Error {
  return make_error(ErrorCode::kDataCorrupt, "not an index of git, version 2 to 4");
}

// Version 4: how many bytes of the previous path to drop, in git's offset encoding. Moves `at` behind it.
auto take_offset(std::string_view bytes, size_t& at) -> std::optional<size_t> {
  size_t value = 0;
  for (bool first = true; at < bytes.size(); first = false) {
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    value = first ? byte & 0x7fU : (value + 1) << 7U | (byte & 0x7fU);
    if ((byte & 0x80U) == 0) return value;
    if (value > kIndexBytesMax) break;
  }
  return std::nullopt;
}

// `.git` as a file says `gitdir: PATH`; a worktree's directory has `commondir` beside.
auto git_dir_of(const std::string& directory) -> std::optional<std::string> {
  const std::string dot_git = directory + "/.git";
  const Result<os::FileInfo> info = os::stat_file(dot_git);
  if (!info.ok()) return std::nullopt;
  if (info->type == os::FileType::kDirectory) return dot_git;
  const Result<std::string> text = os::read_file(dot_git, kReadBytesMax);
  if (!text.ok() || !text->starts_with("gitdir:")) return std::nullopt;
  const std::string_view path = trim(std::string_view(*text).substr(7));
  return path.starts_with('/') ? std::string(path) : directory + "/" + std::string(path);
}

auto common_dir_of(const std::string& git_dir) -> std::string {
  const Result<std::string> text = os::read_file(git_dir + "/commondir", kReadBytesMax);
  if (!text.ok()) return git_dir;
  const std::string_view path = trim(*text);
  return path.starts_with('/') ? std::string(path) : git_dir + "/" + std::string(path);
}

}  // namespace

auto parse_index_paths(std::string_view bytes) -> Result<std::vector<std::string>> {
  if (bytes.size() < 12 || !bytes.starts_with("DIRC")) return corrupt();
  const std::uint32_t version = big_endian(bytes.substr(4, 4));
  const std::uint32_t count = big_endian(bytes.substr(8, 4));
  if (version < 2 || version > 4) return corrupt();
  std::vector<std::string> paths;
  std::string path;
  size_t at = 12;
  for (std::uint32_t i = 0; i < count; ++i) {
    const size_t start = at;
    if (bytes.size() < start + kEntryHeadBytes) return corrupt();
    const bool extended = (big_endian(bytes.substr(start + kFlagsOffset, 2)) & kExtendedFlag) != 0;
    at += kEntryHeadBytes + (extended ? 2 : 0);
    size_t kept = 0;
    if (version == 4) {
      const std::optional<size_t> dropped = take_offset(bytes, at);
      if (!dropped || *dropped > path.size()) return corrupt();
      kept = path.size() - *dropped;
    }
    const size_t end = bytes.find('\0', at);
    if (end == std::string_view::npos) return corrupt();
    path.replace(kept, std::string::npos, bytes.substr(at, end - at));
    paths.push_back(path);
    // Before version 4 an entry is padded with 1 to 8 NULs to a multiple of 8.
    at = version == 4 ? end + 1 : start + (end - start + 8) / 8 * 8;
  }
  return paths;
}

auto read_repository(const std::string& directory) -> std::optional<Repository> {
  const std::optional<std::string> git_dir = git_dir_of(directory);
  if (!git_dir) return std::nullopt;
  Repository repository{.top = directory};
  repository.exclude = os::read_file(common_dir_of(*git_dir) + "/info/exclude", kReadBytesMax).value_or(std::string());
  const Result<std::string> index = os::read_file(*git_dir + "/index", kIndexBytesMax);
  if (!index.ok()) return repository;
  Result<std::vector<std::string>> paths = parse_index_paths(*index);
  if (!paths.ok()) return repository;
  for (std::string& path : *paths) {
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      repository.tracked.insert(path.substr(0, slash));
    }
    repository.tracked.insert(std::move(path));
  }
  return repository;
}

}  // namespace sky::files
