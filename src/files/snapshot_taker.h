// SnapshotTaker: the work of taking one snapshot, in short steps that a pool's thread can do between other work.
//
// A file whose identity and times are those of the last snapshot of the same source is not read again: an index beside
// the blobs remembers (device, inode, size, mtime, ctime) of each file and its blob, as git's does. A file that changed
// within kSettled of being looked at is left out of the index: its next change may leave all of these as they are.
//
// A file that changes while it is read is read again, and after kReadsMax times taken as it is; one that vanished or
// cannot be read is noted and left out.
//
// Blocking; may move between threads between calls.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "files/snapshot.h"
#include "files/walk.h"

namespace sky::files {

struct SnapshotSource {
  std::string path;
  Ignoring ignoring = Ignoring::kIgnoreFiles;
};

class SnapshotTaker {
 public:
  static constexpr Duration kSettled = std::chrono::seconds(2);
  static constexpr int kReadsMax = 3;

  // `index_path`: where this source's index lies; it need not exist. `now`: wall time.
  SnapshotTaker(SnapshotSource source, BlobDir blobs, std::string index_path, WallTime now);
  ~SnapshotTaker();
  SnapshotTaker(SnapshotTaker&&) noexcept;

  // Works for some milliseconds; true when done, then take() has the result. Errors: walk()'s about the source, and
  // what the disk of the blobs says (kStorageFull).
  auto step() -> Result<bool>;
  auto take() -> NamedSnapshot;
  // Read anew, in all steps.
  auto bytes_read() const -> std::uint64_t;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sky::files
