// Snapshot: a directory (or one file) as it was at one moment: its manifest, and the contents of its files as blobs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "files/blob_dir.h"
#include "files/manifest.h"

namespace sky::files {

struct Snapshot {
  Manifest manifest;
  std::vector<BlobId> blobs;       // one per entry of the manifest; zero for what is no file
  std::vector<std::string> notes;  // one clause for each thing that could not be taken

  auto operator==(const Snapshot&) const -> bool = default;
};

// Of one owner: by the path that was taken, as the owner named it.
struct NamedSnapshot {
  std::string source;
  Snapshot snapshot;
};

auto encode(const std::vector<NamedSnapshot>& snapshots) -> std::string;
// Checks and validates everything. kDataCorrupt.
auto decode_snapshots(std::string_view bytes) -> Result<std::vector<NamedSnapshot>>;

}  // namespace sky::files
