// SqliteStore: the journal's store in one SQLite file; the embedded default.
//
// Beside the file lie SQLite's `-wal` and `-shm` and, while it is kept, `PATH.reserve`. Several processes may open the
// file; the last one to load() owns it, and the writes of the others fail with kConflict naming the owner. Reads of
// other programs (backup, the sqlite3 shell) do not disturb it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "journal/store.h"
#include "store/sqlite/database.h"

namespace sky::store {

struct SqliteOptions {
  std::string path;
  Duration busy_timeout = std::chrono::seconds(5);  // how long to wait for another process's write
  std::uint64_t size_max_bytes = 0;                 // of the main file; 0: as much as the disk has
  std::uint64_t events_kept_max = 1'000'000;        // older events are dropped by load()
};

class SqliteStore final : public journal::Store {
 public:
  explicit SqliteStore(SqliteOptions options) : options_(std::move(options)) {}

  auto load(const std::vector<std::string>& tables, const RowSink& sink) -> Result<journal::Position> override;
  auto write(const journal::Batch& batch) -> Result<> override;
  // Also makes what it reads durable: after a failed sync the system's cache may hold what the disk does not.
  auto read_position() -> Result<journal::Position> override;
  auto query_events(const journal::EventQuery& query) -> Result<std::vector<journal::EventRow>> override;
  auto make_reserve(std::uint64_t size_bytes) -> Result<> override;
  auto free_reserve() -> Result<> override;

 private:
  struct TableStatements {
    Statement put;
    Statement erase;
  };
  struct Connection {
    explicit Connection(Database opened) : db(std::move(opened)) {}
    Database db;
    std::map<std::string, TableStatements, std::less<>> tables;
  };

  auto connect() -> Result<>;
  auto take_over() -> Result<>;
  auto make_table(const std::string& name) -> Result<>;
  auto load_table(const std::string& name, size_t index, const RowSink& sink) -> Result<>;
  auto position() -> Result<journal::Position>;
  auto check_owner(std::uint64_t generation) -> Result<>;
  auto write_rows(const std::vector<journal::RowChange>& rows) -> Result<>;
  auto write_events(const std::vector<journal::EventRow>& events) -> Result<>;
  auto with_owner(Error error) -> Error;
  auto reserve_path() const -> std::string { return options_.path + ".reserve"; }

  SqliteOptions options_;
  std::vector<std::string> table_names_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace sky::store
