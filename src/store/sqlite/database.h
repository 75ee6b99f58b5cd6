// Database and Statement: SQLite's C API with ownership and Results; nothing else in the tree includes sqlite3.h.
//
// Not thread-safe, but may move between threads between calls. Errors of every call:
//   kStorageFull      SQLITE_FULL, or ENOSPC beneath
//   kConflict         another process holds the lock longer than the busy timeout
//   kDataCorrupt      the file is damaged or no database; the hint says what to do
//   kPermissionDenied the file or its directory cannot be opened or written
//   kIo               everything else
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sky::store {

class Statement;

class Database {
 public:
  // Creates the file (0600) when missing. WAL with synchronous=FULL: a commit that returned survives a power cut.
  static auto open(const std::string& path, Duration busy_timeout) -> Result<Database>;

  // One or more statements without parameters, rows ignored.
  auto execute(const std::string& sql) -> Result<>;
  auto prepare(std::string_view sql) -> Result<Statement>;
  // Copies all of the write-ahead log into the main file, synced.
  auto checkpoint() -> Result<>;
  auto in_transaction() const -> bool;
  auto path() const -> const std::string& { return *path_; }

  // The last error of this connection, or `code` where SQLite gives no better.
  auto error(int code, std::string_view action) const -> Error;

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  Database() = default;

  std::unique_ptr<std::string> path_;
  std::unique_ptr<sqlite3, Close> db_;
};

// Rolls back when it is destroyed before commit() succeeded.
class Transaction {
 public:
  // BEGIN IMMEDIATE: the write lock is taken now, not at the first write.
  static auto begin(Database& db) -> Result<Transaction>;
  Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  auto operator=(Transaction&&) -> Transaction& = delete;
  ~Transaction();
  auto commit() -> Result<>;

 private:
  explicit Transaction(Database& db) : db_(&db) {}
  Database* db_;
};

// A prepared statement. Bound texts are not copied: they must live until the statement has been run. Must not outlive
// its Database.
class Statement {
 public:
  // Parameters and columns count from 1 and from 0, as in SQLite.
  auto bind(int parameter, std::string_view text) -> Statement&;
  auto bind(int parameter, std::int64_t number) -> Statement&;

  // True when there is a row. False at the end; the statement is then ready to be bound again.
  auto step() -> Result<bool>;
  // step() to the end, rows ignored. Ready to be bound again whatever the outcome.
  auto run() -> Result<>;
  void reset();

  // Valid until the next step.
  auto text(int column) const -> std::string_view;
  auto number(int column) const -> std::int64_t;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(const Database& db, sqlite3_stmt* statement) : db_(&db), statement_(statement) {}

  const Database* db_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace sky::store
