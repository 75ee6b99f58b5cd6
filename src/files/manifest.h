// Manifest: what a directory (or one file) holds, as both ends of a sync see it. Pure but for the comment below.
//
// A manifest that came from elsewhere is hostile until decode() or validate() accepted it: after that every path stays
// below its root and every parent is a directory of the same manifest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace sky::files {

enum class EntryType : std::uint8_t { kFile = 1, kDirectory = 2, kSymlink = 3 };

struct Entry {
  std::string path;  // relative, '/' between parts; empty for the one entry of a single file
  EntryType type = EntryType::kFile;
  std::uint64_t size_bytes = 0;  // of files
  WallTime modified = {};
  std::uint32_t mode = 0;        // permission bits, 0777
  std::string link_target = {};  // of symlinks, as stored

  auto operator==(const Entry&) const -> bool = default;
};

inline constexpr size_t kEntriesMax = 4'000'000;
inline constexpr size_t kPathBytesMax = 4096;

struct Manifest {
  // By the bytes of the path, so a directory stands before what it holds. The root itself is not an entry, unless the
  // manifest is that of a single file.
  std::vector<Entry> entries;

  auto operator==(const Manifest&) const -> bool = default;
  auto is_single_file() const -> bool { return entries.size() == 1 && entries[0].path.empty(); }
};

// kInvalidArgument naming the entry: an absolute path, an empty, "." or ".." part, a NUL, a repeated or unsorted path,
// a parent that is no directory, a mode beyond 0777, a symlink without target, more than a limit allows.
auto validate(const Manifest& manifest) -> Result<>;

// Little-endian, lengths before texts. decode() checks and validates everything; kDataCorrupt when the bytes are no
// manifest.
auto encode(const Manifest& manifest) -> std::string;
auto decode(std::string_view bytes) -> Result<Manifest>;

}  // namespace sky::files
