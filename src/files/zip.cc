#include "files/zip.h"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "base/c_ptr.h"
#include "base/strings.h"
#include "files/target.h"

namespace sky::files {
namespace {

constexpr size_t kBlockBytes = size_t{64} << 10U;
constexpr std::uint32_t kDirectoryMode = 0755;
constexpr std::uint32_t kFileMode = 0644;

using ArchivePtr = CPtr<archive, archive_read_free>;

auto broken(archive* from) -> Error {
  const char* why = archive_error_string(from);
  return make_error(ErrorCode::kInvalidArgument,
                    fmt::format("no zip archive: {}", why == nullptr ? "unreadable" : why));
}

auto open_archive(const std::vector<std::string>& parts) -> Result<ArchivePtr> {
  ArchivePtr from(archive_read_new());
  archive_read_support_format_zip(from.get());
  std::vector<const char*> names;
  for (const std::string& part : parts) names.push_back(part.c_str());
  names.push_back(nullptr);
  if (archive_read_open_filenames(from.get(), names.data(), kBlockBytes) != ARCHIVE_OK) return broken(from.get());
  return from;
}

// "/a/./b/" -> "a/b".
auto relative_path(std::string_view name) -> Result<std::string> {
  std::string path;
  for (const std::string_view part : split(name, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      return make_error(ErrorCode::kInvalidArgument, fmt::format("the archive's entry '{}' leads out of it", name));
    }
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

auto entry_of(archive_entry* from, std::string path) -> Result<Entry> {
  Entry entry{.path = std::move(path), .modified = from_epoch_seconds(static_cast<double>(archive_entry_mtime(from)))};
  entry.mode = static_cast<std::uint32_t>(archive_entry_perm(from)) & 0777U;
  if (archive_entry_filetype(from) == AE_IFDIR) {
    entry.type = EntryType::kDirectory;
    entry.mode |= 0700U;
  } else if (archive_entry_filetype(from) == AE_IFLNK) {
    entry.type = EntryType::kSymlink;
    const char* target = archive_entry_symlink(from);
    entry.link_target = target == nullptr ? "" : target;
    if (!stays_below(entry.path, entry.link_target)) {
      return make_error(
          ErrorCode::kInvalidArgument,
          fmt::format("the link '{}' in the archive leads out of it, to '{}'", entry.path, entry.link_target));
    }
  } else {
    entry.size_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, archive_entry_size(from)));
    if (entry.mode == 0) entry.mode = kFileMode;
  }
  return entry;
}

void add_parents(std::map<std::string, Entry>& entries, const std::string& path) {
  for (size_t slash = path.rfind('/'); slash != std::string::npos; slash = path.rfind('/', slash - 1)) {
    Entry parent{.path = path.substr(0, slash), .type = EntryType::kDirectory, .mode = kDirectoryMode};
    std::string name = parent.path;
    if (!entries.emplace(std::move(name), std::move(parent)).second || slash == 0) return;
  }
}

auto list_entries(const std::vector<std::string>& parts, std::uint64_t size_max_bytes) -> Result<Manifest> {
  SKY_TRY(const ArchivePtr from, open_archive(parts));
  std::map<std::string, Entry> entries;
  std::uint64_t total = 0;
  archive_entry* next = nullptr;
  for (int rc = 0; (rc = archive_read_next_header(from.get(), &next)) != ARCHIVE_EOF;) {
    if (rc < ARCHIVE_WARN) return broken(from.get());
    const char* name = archive_entry_pathname(next);
    SKY_TRY(std::string path, relative_path(name == nullptr ? "" : name));
    if (path.empty()) continue;
    add_parents(entries, path);
    SKY_TRY(Entry entry, entry_of(next, path));
    total += entry.size_bytes;
    entries.insert_or_assign(std::move(path), std::move(entry));
    if (total > size_max_bytes || entries.size() > kEntriesMax) {
      return make_error(ErrorCode::kInvalidArgument,
                        fmt::format("the archive holds more than {} bytes or {} files", size_max_bytes, kEntriesMax));
    }
  }
  Manifest manifest;
  for (auto& [path, entry] : entries) manifest.entries.push_back(std::move(entry));
  return manifest;
}

auto copy_content(archive* from, Target* target, std::uint64_t size_bytes) -> Result<> {
  std::string buffer(kBlockBytes, '\0');
  std::uint64_t left = size_bytes;
  for (;;) {
    const la_ssize_t count = archive_read_data(from, buffer.data(), buffer.size());
    if (count < 0) return broken(from);
    if (count == 0) return target->commit_file();
    if (static_cast<std::uint64_t>(count) > left) {
      return make_error(ErrorCode::kInvalidArgument, "an entry of the archive is longer than it says");
    }
    left -= static_cast<std::uint64_t>(count);
    SKY_CHECK(target->write(std::string_view(buffer).substr(0, static_cast<size_t>(count))));
  }
}

auto unpack_files(const std::vector<std::string>& parts, Target* target) -> Result<> {
  std::map<std::string_view, std::uint32_t> wanted;
  for (const std::uint32_t index : target->wanted()) wanted.emplace(target->manifest().entries[index].path, index);
  SKY_TRY(const ArchivePtr from, open_archive(parts));
  archive_entry* next = nullptr;
  while (archive_read_next_header(from.get(), &next) >= ARCHIVE_WARN) {
    if (archive_entry_filetype(next) != AE_IFREG) continue;
    SKY_TRY(const std::string path, relative_path(archive_entry_pathname(next)));
    const auto found = wanted.find(path);
    if (found == wanted.end()) continue;
    SKY_CHECK(target->begin_file(found->second));
    SKY_CHECK(copy_content(from.get(), target, target->manifest().entries[found->second].size_bytes));
  }
  return target->finish();
}

}  // namespace

auto stays_below(std::string_view path, std::string_view link_target) -> bool {
  if (link_target.empty() || link_target.starts_with('/')) return false;
  auto depth = static_cast<std::int64_t>(std::ranges::count(path, '/'));
  for (const std::string_view part : split(link_target, '/')) {
    if (part == "..") {
      if (--depth < 0) return false;
    } else if (!part.empty() && part != ".") {
      ++depth;
    }
  }
  return true;
}

auto unpack_zip(const std::vector<std::string>& parts, const std::string& target, std::uint64_t size_max_bytes)
    -> Result<> {
  SKY_TRY(Manifest manifest, list_entries(parts, size_max_bytes));
  SKY_TRY(Target into, Target::open(target, std::move(manifest), Extra::kDelete));
  return unpack_files(parts, &into);
}

}  // namespace sky::files
