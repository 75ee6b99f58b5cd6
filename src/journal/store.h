// Store: the port under the journal: a durable map of tables, a list of events and one sequence number.
//
// Every method blocks and is called on a pool thread, one call at a time (the Journal sees to it). A Store never
// interprets keys, values or events. Implementations: store/sqlite, store/postgres; the test double is
// journal/testing/memory_store.h, and journal/testing/store_contract.h is the suite that each of them passes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace sky::journal {

// One line of history: what happened to `subject` ("cluster/dev"). `kind` is a short word that callers filter by.
struct EventRow {
  std::string subject;
  std::string kind;
  std::string text;
  WallTime at = {};
};

// The newest `count_max` events that match, newest first. Empty texts match everything.
struct EventQuery {
  std::string subject = {};
  std::string kind = {};
  std::optional<WallTime> since = {};  // at or after
  size_t count_max = 100;
};

struct RowChange {
  std::string table;
  std::string key;
  std::optional<std::string> value;  // nullopt erases the row
};

// What becomes durable together or not at all. At most one change for each (table, key).
struct Batch {
  std::uint64_t generation = 0;  // of the writer
  std::uint64_t sequence = 0;    // one more than the last durable batch
  std::vector<RowChange> rows = {};
  std::vector<EventRow> events = {};
};

struct Position {
  std::uint64_t generation = 0;
  std::uint64_t sequence = 0;  // of the last durable batch; 0 when there has been none
};

// A letter or '_', then letters, digits and '_'; at most 63. Stores may use such a name as an identifier.
auto valid_table_name(std::string_view name) -> bool;

class Store {
 public:
  // `table` is an index into the names given to load().
  using RowSink = std::function<Result<>(size_t table, std::string_view key, std::string_view value)>;

  virtual ~Store() = default;

  // Creates what is missing, takes the store over (generation + 1, durable before this returns: the previous writer's
  // next write fails) and hands every row of `tables` to `sink`, whose first error ends the load.
  virtual auto load(const std::vector<std::string>& tables, const RowSink& sink) -> Result<Position> = 0;

  // Returns when `batch` is durable. Errors:
  //   kStorageFull   rolled back, nothing changed
  //   kConflict      another writer took the store over; nothing changed
  //   anything else  the outcome is unknown until read_position() has answered
  virtual auto write(const Batch& batch) -> Result<> = 0;

  // Drops the connection, opens a fresh one and reads what is durable.
  virtual auto read_position() -> Result<Position> = 0;

  virtual auto query_events(const EventQuery& query) -> Result<std::vector<EventRow>> = 0;

  // Keeps `size_bytes` of the disk that write() needs out of everybody's reach, until free_reserve(). Both are
  // idempotent. Stores with no disk of their own do nothing. Errors: kStorageFull, kIo.
  virtual auto make_reserve(std::uint64_t size_bytes) -> Result<> = 0;
  virtual auto free_reserve() -> Result<> = 0;
};

}  // namespace sky::journal
