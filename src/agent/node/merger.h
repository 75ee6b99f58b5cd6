// Merger: the ranks of one job become one stream, line by line and exactly once, whatever is killed meanwhile.
//
// The merged stream lies on the head and is a function of the merge record, a small file of fixed-size entries. Each
// entry says which bytes of which rank come next; it is written before the bytes are. After a restart the last entry is
// carried out again: it gives the same bytes at the same place, and what is already there is skipped.
//
// Loop thread only. Nothing here fails a job: while the disk is full, merging waits. What is in memory changes only
// once an entry is in the record, and half an entry is cut off again.
#pragma once

#include <map>

#include "agent/protocol/rank.h"
#include "async/sync.h"
#include "logs/hub.h"
#include "os/file.h"

namespace sky::agent {

// How a rank is found again by its entries.
struct SourceId {
  Phase phase = Phase::kRun;
  int rank = 0;
  auto operator<=>(const SourceId&) const = default;
};

// One step of the merge. Format 1: phase u8, flags u8, u16 0, rank u32, pid u32, from u64, to u64, at u64; little
// endian.
struct MergeEntry {
  SourceId source;
  bool mid_line = false;      // the bytes continue a line: no prefix in front
  bool break_before = false;  // another rank's unfinished line is ended first
  bool break_after = false;   // the rank is over and its last line had no end
  std::uint32_t pid = 0;
  std::uint64_t from = 0;  // of the rank's stream
  std::uint64_t to = 0;
  std::uint64_t at = 0;  // of the merged stream
  auto operator==(const MergeEntry&) const -> bool = default;
};
inline constexpr size_t kMergeEntryBytes = 36;
auto encode_entry(const MergeEntry& entry) -> std::string;
auto decode_entry(std::string_view bytes) -> MergeEntry;
// What an entry adds to the merged stream, given the bytes [from, to) and the rank's line prefix.
auto merged_bytes(const MergeEntry& entry, std::string_view bytes, std::string_view prefix) -> std::string;

class Merger {
 public:
  using PrefixOf = std::function<std::string(SourceId, int pid)>;

  // `head`: what the stream begins with. Errors: as of the files.
  static auto open(std::string record_path, logs::Hub& hub, std::string head, PrefixOf prefix_of)
      -> Result<std::unique_ptr<Merger>>;

  // The last entry, if it is to be carried out again before anything else: its bytes go to redo().
  auto unfinished() const -> const std::optional<MergeEntry>& { return unfinished_; }
  auto redo(std::string_view bytes) -> async::Task<Result<>>;
  // Its bytes are lost for good: what is there of them stays, as lines.
  auto give_up() -> async::Task<Result<>>;

  // Where to go on with a rank.
  auto offset_of(SourceId source) const -> std::uint64_t;
  // The pid that its lines carry; 0 when it has none yet.
  auto pid_of(SourceId source) const -> int;

  // More bytes of a rank, from offset_of() on. Whole lines are merged; the rest waits, at most kHeldLineMaxBytes of it.
  auto add(SourceId source, int pid, std::string bytes) -> async::Task<Result<>>;
  // The rank is over: what waits is merged.
  auto finish_source(SourceId source) -> async::Task<Result<>>;
  // Text of the head itself, behind everything; ends the stream. The record is of no more use then: its owner's to
  // remove.
  auto finish(std::string text, std::optional<int> exit_status) -> async::Task<Result<>>;

 private:
  struct Source {
    std::uint64_t offset = 0;  // merged up to here
    std::uint32_t pid = 0;
    bool mid_line = false;
    std::string held;  // read, not merged: an unfinished line
  };
  Merger(os::UniqueFd record, std::string record_path, logs::Hub& hub, PrefixOf prefix_of)
      : record_(std::move(record)),
        record_path_(std::move(record_path)),
        hub_(&hub),
        prefix_of_(std::move(prefix_of)) {}
  void replay(std::string_view entries);
  auto merge(SourceId id, size_t count, bool last) -> async::Task<Result<>>;
  auto merge_alone(SourceId id, size_t count, bool last) -> async::Task<Result<>>;
  auto write_entry(MergeEntry entry) -> async::Task<Result<>>;
  auto cut_record() -> Result<>;
  auto append(std::uint64_t at, std::string bytes) -> async::Task<Result<>>;

  os::UniqueFd record_;
  std::string record_path_;
  std::uint64_t record_bytes_ = 0;  // whole entries
  logs::Hub* hub_;
  PrefixOf prefix_of_;
  std::map<SourceId, Source> sources_;
  std::optional<SourceId> open_line_;  // whose unfinished line the merged stream ends with
  std::uint64_t end_ = 0;              // of the merged stream, as far as entries say
  std::optional<MergeEntry> unfinished_;
  bool busy_ = false;  // one entry at a time
  async::WaitList idle_;
};

inline constexpr size_t kHeldLineMaxBytes = size_t{64} << 10U;

}  // namespace sky::agent
