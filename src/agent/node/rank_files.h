// The files of one rank, `<state>/jobs/<job>.<attempt>.<phase>-<rank>.*`: how supervisor and agent know of one another
// without talking, so that either may be replaced under a running job. Format 1, for ever.
//
//   .record  one line of JSON each; a line counts once its newline is there. Locked (flock) by the supervisor while it
//            lives.
//     {"format": 1, "start": {"pid", "start_time", "boot_id"}}  the supervisor; before the script starts. Whoever finds
//                                                               it never starts the script again
//     {"format": 1, "script": {"pid"}}                          it runs
//     {"format": 1, "exit": RankExit}                           once the script and what it left are over and all
//                                                               output is in its stream
//
// One file, no directory, nothing removed: making and removing inodes is most of what a short job costs.
// The record has its space from the start: a disk that the script fills does not cost its result.
// After a power cut the start may be missing: boot ids see to it that nothing is started then.
#pragma once

#include <optional>
#include <string>

#include "agent/protocol/rank.h"
#include "os/file.h"
#include "os/proc.h"

namespace sky::agent {

struct StartRecord {
  os::ProcessId supervisor;
  std::string boot_id;
};

struct RankRecord {
  std::optional<StartRecord> start;
  std::optional<int> pid;  // of the script
  std::optional<RankExit> exit;
};

class RankFiles {
 public:
  // `base`: the path of the files without their ends, in a directory that exists.
  explicit RankFiles(std::string base) : base_(std::move(base)) {}

  auto record_path() const -> std::string { return base_ + ".record"; }

  // Makes the record when there is none. Held until the descriptor is closed; kConflict when another process holds it.
  auto lock() const -> Result<os::UniqueFd>;
  // One writer at a time: who holds the lock, or whoever knows that nobody will. A line is there for every reader at
  // once, and durable after sync(). kStorageFull: nothing changed, try again.
  auto write_start(const StartRecord& start) const -> Result<>;
  auto write_pid(int pid) const -> Result<>;
  auto write_exit(const RankExit& exit) const -> Result<>;
  auto sync() const -> Result<>;
  // Takes the space that the record will need, as far as the file system can.
  auto reserve() const -> Result<>;

  // Empty when there is no record. kDataCorrupt.
  auto read() const -> Result<RankRecord>;

 private:
  auto append(std::string_view kind, Json value) const -> Result<>;

  std::string base_;
};

}  // namespace sky::agent
