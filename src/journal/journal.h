// Journal: the one port through which durable state changes.
//
//   SKY_CO_CHECK(co_await journal.commit([this, name](Txn& txn) -> Result<> {
//     const Cluster* cluster = txn.find(clusters_, name);
//     if (cluster == nullptr) return make_error(ErrorCode::kClusterNotFound, …);   // refuses this change alone
//     txn.put(clusters_, name, stopped(*cluster));
//     txn.event({.subject = "cluster/" + name, .kind = "stop", .text = "…"});
//     return {};
//   }));
//
// Group commit: changes queue; when no batch is in flight, one is formed from all that wait, in order, by running each
// on copies. The batch is one transaction of the Store. Tables stay at the last durable state until it is durable;
// then, within one turn, all records are swapped in, listeners run, and callers resume. Nothing is acknowledged
// earlier.
//
// A full disk rolls the batch back and its callers get kStorageFull. The reserve is freed at the first such failure, so
// that urgent changes (cancel, down, outcomes) still commit; normal ones are turned away until it could be made again.
// When the outcome of a write is unknown, the store's own position decides it. If that cannot be read, or if another
// writer took the store over, the journal is lost: `on_lost` is called once, every commit fails with kUnavailable, and
// the program should exit and replay.
//
// Concurrency: loop thread only; store calls go through run_on, one at a time. Tests use the MemoryStore of
// journal/testing/memory_store.h.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/group.h"
#include "async/sync.h"
#include "journal/store.h"
#include "journal/table.h"
#include "journal/txn.h"

namespace sky::journal {

// Runs on the loop's thread while a batch is formed, at least once; again when its batch met a full disk and the change
// is urgent. Must not block, and must have no effect but on the Txn until it is committed.
using Change = std::move_only_function<Result<>(Txn&)>;

enum class Urgency {
  kNormal,
  kUrgent,  // may use the reserve: for the small changes that end things
};

struct JournalOptions {
  size_t queued_changes_max = 10'000;  // more are turned away with kUnavailable
  size_t batch_rows_max = 1'000;       // no change joins a batch that has this many rows; one change is never split
  std::uint64_t reserve_bytes = 1 << 20;
  Duration reserve_retry = std::chrono::seconds(5);  // between two tries to make the reserve again
  std::function<void(const Error&)> on_lost = {};    // called once; must not destroy the Journal
};

class Journal {
 public:
  Journal(async::Loop& loop, std::unique_ptr<Store> store, JournalOptions options);
  ~Journal();

  // REQUIRES: before open(); names differ.
  void add(TableBase& table);

  // Takes the store over and fills the tables (on a pool thread; listeners do not run). Call once. Errors: kDataCorrupt
  // naming table and key, and what the store gives.
  auto open() -> async::Task<Result<>>;

  // Returns when the change is durable, or the change's own refusal. Other errors: kStorageFull (nothing changed),
  // kUnavailable (too many queued, stopped, lost, or a failed write that changed nothing), kCancelled. A cancelled
  // caller whose change is already part of a batch waits for the batch and gets its true outcome: kCancelled means
  // "never ran".
  auto commit(Change change, Urgency urgency = Urgency::kNormal) -> async::Task<Result<>>;

  // History, from the store. Waits for a batch in flight.
  auto events(EventQuery query) -> async::Task<Result<std::vector<EventRow>>>;

  // Refuses new changes, writes the queued ones and ends. Call before destruction; idempotent.
  auto stop() -> async::Task<>;

  // Of the last durable batch.
  auto sequence() const -> std::uint64_t { return position_.sequence; }
  auto generation() const -> std::uint64_t { return position_.generation; }
  auto lost() const -> bool { return state_ == State::kLost; }
  // The disk is full and the reserve is in use.
  auto storage_full() const -> bool { return storage_full_; }

 private:
  enum class State { kNew, kOpen, kStopping, kLost };
  // Lives in the frame of commit().
  struct Pending {
    Change change;
    Urgency urgency;
    bool taken = false;  // is part of a batch
    Result<> result = {};
    async::Event done = {};
  };

  auto refuse_reason() const -> std::optional<Error>;
  auto write_loop() -> async::Task<Result<>>;
  auto write_one_batch() -> async::Task<>;
  auto try_to_leave_full_mode() -> async::Task<>;
  auto write_to_store(const Batch* batch) -> async::Task<Result<>>;
  auto settle_unknown(const Batch* batch, Error failure) -> async::Task<Result<>>;
  void form_batch(Txn& txn, std::vector<Pending*>& members);
  auto encode_batch(const Txn& txn) const -> Batch;
  void apply(const Txn& txn);
  auto on_storage_full(std::vector<Pending*> members, Error failure) -> async::Task<>;
  void lose(Error reason);
  static void finish(Pending& pending, Result<> result);

  async::Loop& loop_;
  std::unique_ptr<Store> store_;
  JournalOptions options_;
  std::vector<TableBase*> tables_;
  State state_ = State::kNew;
  Position position_;
  bool storage_full_ = false;
  MonoTime reserve_retry_at_{};
  std::deque<Pending*> queue_;
  async::WaitList work_;
  async::Semaphore store_turn_{1};
  async::TaskGroup tasks_;
};

}  // namespace sky::journal
