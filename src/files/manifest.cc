#include "files/manifest.h"

#include <unordered_set>

#include <fmt/format.h>

#include "base/strings.h"
#include "files/wire.h"

namespace sky::files {

namespace {

constexpr std::string_view kMagic = "SKYM1\n";
constexpr size_t kEntryBytesMin = 1 + 4 + 8 + 8 + 4 + 4;

auto is_safe_path(std::string_view path) -> bool {
  if (path.empty() || path.size() > kPathBytesMax || path.contains('\0')) return false;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

auto check_entry(const Entry& entry) -> std::string_view {
  if (!is_safe_path(entry.path)) return "the path is not relative and plain";
  if ((entry.mode & ~0777U) != 0) return "the mode is beyond 0777";
  const bool is_link = entry.type == EntryType::kSymlink;
  const bool has_target = !entry.link_target.empty();
  if (is_link != has_target || entry.link_target.contains('\0') || entry.link_target.size() > kPathBytesMax) {
    return "the link target does not fit the type";
  }
  if (entry.type != EntryType::kFile && entry.size_bytes != 0) return "only files have a size";
  return {};
}

auto refuse(const Entry& entry, std::string_view why) -> Error {
  return make_error(ErrorCode::kInvalidArgument, fmt::format("unusable entry {}: {}", shell_quote(entry.path), why));
}

}  // namespace

auto validate(const Manifest& manifest) -> Result<> {
  if (manifest.entries.size() > kEntriesMax) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("too many files: expected at most {}, found {}",
                                                               kEntriesMax, manifest.entries.size()));
  }
  if (manifest.is_single_file()) {
    const Entry& file = manifest.entries[0];
    if (file.type != EntryType::kFile || (file.mode & ~0777U) != 0) return refuse(file, "expected a plain file");
    return {};
  }
  std::unordered_set<std::string_view> directories;
  std::string_view previous;
  for (const Entry& entry : manifest.entries) {
    const std::string_view path = entry.path;
    if (const std::string_view why = check_entry(entry); !why.empty()) return refuse(entry, why);
    if (path <= previous) return refuse(entry, "the paths are not in order");
    previous = path;
    const size_t slash = path.rfind('/');
    if (slash != std::string_view::npos && !directories.contains(path.substr(0, slash))) {
      return refuse(entry, "its parent is not a directory");
    }
    if (entry.type == EntryType::kDirectory) directories.insert(path);
  }
  return {};
}

auto encode(const Manifest& manifest) -> std::string {
  std::string out(kMagic);
  put(out, static_cast<std::uint32_t>(manifest.entries.size()));
  for (const Entry& entry : manifest.entries) {
    put(out, static_cast<std::uint8_t>(entry.type));
    put(out, entry.mode);
    put(out, entry.size_bytes);
    put(out, static_cast<std::uint64_t>(entry.modified.time_since_epoch().count()));
    put_text(out, entry.path);
    put_text(out, entry.link_target);
  }
  return out;
}

auto decode(std::string_view bytes) -> Result<Manifest> {
  const auto corrupt = [](std::string_view why) {
    return make_error(ErrorCode::kDataCorrupt, fmt::format("not a manifest: {}", why));
  };
  if (!bytes.starts_with(kMagic)) return corrupt("expected 'SKYM1'");
  bytes.remove_prefix(kMagic.size());
  Cursor cursor(bytes);
  const auto count = cursor.take<std::uint32_t>();
  if (count > bytes.size() / kEntryBytesMin) return corrupt("it is shorter than its entries");
  Manifest manifest;
  manifest.entries.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    Entry& entry = manifest.entries.emplace_back();
    const auto type = cursor.take<std::uint8_t>();
    if (type < 1 || type > 3) return corrupt("unknown type of entry");
    entry.type = static_cast<EntryType>(type);
    entry.mode = cursor.take<std::uint32_t>();
    entry.size_bytes = cursor.take<std::uint64_t>();
    entry.modified = WallTime(Duration(static_cast<std::int64_t>(cursor.take<std::uint64_t>())));
    entry.path = cursor.take_text();
    entry.link_target = cursor.take_text();
  }
  if (cursor.failed() || !cursor.at_end()) return corrupt("its length is wrong");
  SKY_CHECK(validate(manifest));
  return manifest;
}

}  // namespace sky::files
