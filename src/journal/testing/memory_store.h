// MemoryStore: a Store in memory with faults, and stricter than a real one: undeclared tables, repeated or missing
// keys, a gap in the sequence, or two calls at once are bugs and abort.
//
// What is durable lives in a MemoryDisk, which outlives the stores that are opened on it: a crash is a fault after
// which this store answers nothing, and a restart is a new MemoryStore on the same disk.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>

#include "journal/store.h"

namespace sky::journal {

struct MemoryDisk {
  Position position;
  std::map<std::string, std::map<std::string, std::string>> tables;
  std::vector<EventRow> events;
};

enum class WriteFault {
  kNone,
  kStorageFull,        // rolled back
  kUnknownApplied,     // kIo, but it is there
  kUnknownNotApplied,  // kIo, and it is not
  kCrashBefore,        // nothing answers from now on; the batch is not there
  kCrashAfter,         // … and it is
};

class MemoryStore final : public Store {
 public:
  // Called before each write: the fault that it meets.
  using FaultPlan = std::function<WriteFault(const Batch&)>;

  explicit MemoryStore(std::shared_ptr<MemoryDisk> disk, FaultPlan faults = {});

  auto load(const std::vector<std::string>& tables, const RowSink& sink) -> Result<Position> override;
  auto write(const Batch& batch) -> Result<> override;
  auto read_position() -> Result<Position> override;
  auto query_events(const EventQuery& query) -> Result<std::vector<EventRow>> override;
  auto make_reserve(std::uint64_t size_bytes) -> Result<> override;
  auto free_reserve() -> Result<> override;

  // While the disk is full, writes fail unless the reserve was freed, and the reserve cannot be made.
  void set_full(bool full) { full_ = full; }
  auto has_reserve() const -> bool { return reserve_; }
  auto write_count() const -> int { return write_count_; }

 private:
  class Turn;
  void check(const Batch& batch) const;
  void apply(const Batch& batch);

  std::shared_ptr<MemoryDisk> disk_;
  FaultPlan faults_;
  std::set<std::string> declared_;
  std::atomic<bool> busy_ = false;
  bool crashed_ = false;
  bool full_ = false;
  bool reserve_ = false;
  bool reserve_spent_ = false;
  int write_count_ = 0;
};

}  // namespace sky::journal
