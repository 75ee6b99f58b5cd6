#include "files/snapshot.h"

#include <algorithm>

#include "files/wire.h"

namespace sky::files {
namespace {

constexpr std::string_view kMagic = "SKYS1\n";

auto corrupt() -> Error {
  return make_error(ErrorCode::kDataCorrupt, "these bytes are no snapshot");
}

auto decode_ids(std::string_view bytes, size_t count) -> Result<std::vector<BlobId>> {
  std::vector<BlobId> ids(count);
  if (bytes.size() != count * sizeof(seal::DigestBytes)) return corrupt();
  for (BlobId& id : ids) {
    std::ranges::copy(bytes.substr(0, id.digest.size()), id.digest.begin());
    bytes.remove_prefix(id.digest.size());
  }
  return ids;
}

}  // namespace

auto encode(const std::vector<NamedSnapshot>& snapshots) -> std::string {
  std::string out(kMagic);
  for (const NamedSnapshot& one : snapshots) {
    put_text(out, one.source);
    put_text(out, encode(one.snapshot.manifest));
    std::string ids;
    for (const BlobId& id : one.snapshot.blobs) ids.append(id.digest.data(), id.digest.size());
    put_text(out, ids);
    put(out, static_cast<std::uint32_t>(one.snapshot.notes.size()));
    for (const std::string& note : one.snapshot.notes) put_text(out, note);
  }
  return out;
}

auto decode_snapshots(std::string_view bytes) -> Result<std::vector<NamedSnapshot>> {
  if (!bytes.starts_with(kMagic)) return corrupt();
  bytes.remove_prefix(kMagic.size());
  std::vector<NamedSnapshot> snapshots;
  for (Cursor cursor(bytes); !cursor.at_end();) {
    NamedSnapshot one{.source = std::string(cursor.take_text())};
    SKY_TRY(one.snapshot.manifest, decode(cursor.take_text()));
    SKY_TRY(one.snapshot.blobs, decode_ids(cursor.take_text(), one.snapshot.manifest.entries.size()));
    for (auto left = cursor.take<std::uint32_t>(); left > 0 && !cursor.failed(); --left) {
      one.snapshot.notes.emplace_back(cursor.take_text());
    }
    if (cursor.failed()) return corrupt();
    snapshots.push_back(std::move(one));
  }
  return snapshots;
}

}  // namespace sky::files
