#include "journal/testing/memory_store.h"

#include "base/assert.h"

namespace sky::journal {

// One call at a time is the Journal's promise.
class MemoryStore::Turn {
 public:
  explicit Turn(std::atomic<bool>& busy) : busy_(busy) { SKY_ASSERT(!busy_.exchange(true)); }
  ~Turn() { busy_ = false; }

 private:
  std::atomic<bool>& busy_;
};

namespace {

auto crashed_error() -> Error {
  return make_error(ErrorCode::kIo, "the store has crashed");
}

auto full_error() -> Error {
  return make_error(ErrorCode::kStorageFull, "No space left on device");
}

}  // namespace

MemoryStore::MemoryStore(std::shared_ptr<MemoryDisk> disk, FaultPlan faults)
    : disk_(std::move(disk)), faults_(std::move(faults)) {}

auto MemoryStore::load(const std::vector<std::string>& tables, const RowSink& sink) -> Result<Position> {
  const Turn turn(busy_);
  if (crashed_) return crashed_error();
  ++disk_->position.generation;
  for (size_t i = 0; i < tables.size(); ++i) {
    SKY_ASSERT(valid_table_name(tables[i]));
    SKY_ASSERT(declared_.insert(tables[i]).second);
    for (const auto& [key, value] : disk_->tables[tables[i]]) SKY_CHECK(sink(i, key, value));
  }
  return disk_->position;
}

void MemoryStore::check(const Batch& batch) const {
  SKY_ASSERT(batch.sequence == disk_->position.sequence + 1);
  SKY_ASSERT(!batch.rows.empty() || !batch.events.empty());
  std::set<std::pair<std::string, std::string>> seen;
  for (const RowChange& row : batch.rows) {
    SKY_ASSERT(declared_.contains(row.table));
    SKY_ASSERT(seen.emplace(row.table, row.key).second);
    SKY_ASSERT(row.value.has_value() || disk_->tables.at(row.table).contains(row.key));
  }
}

void MemoryStore::apply(const Batch& batch) {
  for (const RowChange& row : batch.rows) {
    auto& table = disk_->tables[row.table];
    if (row.value) {
      table[row.key] = *row.value;
    } else {
      table.erase(row.key);
    }
  }
  disk_->events.insert(disk_->events.end(), batch.events.begin(), batch.events.end());
  disk_->position.sequence = batch.sequence;
}

auto MemoryStore::write(const Batch& batch) -> Result<> {
  const Turn turn(busy_);
  if (crashed_) return crashed_error();
  ++write_count_;
  if (batch.generation != disk_->position.generation) {
    return make_error(ErrorCode::kConflict, "another writer took the store over");
  }
  check(batch);
  const WriteFault fault = faults_ ? faults_(batch) : WriteFault::kNone;
  if (fault == WriteFault::kStorageFull || (full_ && !reserve_spent_)) return full_error();
  crashed_ = fault == WriteFault::kCrashBefore || fault == WriteFault::kCrashAfter;
  if (fault == WriteFault::kNone || fault == WriteFault::kUnknownApplied || fault == WriteFault::kCrashAfter) {
    apply(batch);
  }
  if (fault == WriteFault::kNone) return {};
  return make_error(ErrorCode::kIo, "the connection broke");
}

auto MemoryStore::read_position() -> Result<Position> {
  const Turn turn(busy_);
  if (crashed_) return crashed_error();
  return disk_->position;
}

auto MemoryStore::query_events(const EventQuery& query) -> Result<std::vector<EventRow>> {
  const Turn turn(busy_);
  if (crashed_) return crashed_error();
  std::vector<EventRow> found;
  for (auto event = disk_->events.rbegin(); event != disk_->events.rend(); ++event) {
    if (found.size() == query.count_max) break;
    if (!query.subject.empty() && event->subject != query.subject) continue;
    if (!query.kind.empty() && event->kind != query.kind) continue;
    if (query.since && event->at < *query.since) continue;
    found.push_back(*event);
  }
  return found;
}

auto MemoryStore::make_reserve(std::uint64_t) -> Result<> {
  const Turn turn(busy_);
  if (crashed_) return crashed_error();
  if (full_) return full_error();
  reserve_ = true;
  reserve_spent_ = false;
  return {};
}

auto MemoryStore::free_reserve() -> Result<> {
  const Turn turn(busy_);
  if (crashed_) return crashed_error();
  reserve_spent_ = reserve_;
  reserve_ = false;
  return {};
}

}  // namespace sky::journal
