#include "store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/assert.h"
#include "os/file.h"
#include "os/machine.h"
#include "store/sqlite/migrations.h"

namespace sky::store {

using journal::Batch;
using journal::EventQuery;
using journal::EventRow;
using journal::Position;
using journal::RowChange;

namespace {

constexpr std::uint64_t kPageBytes = 4096;  // SQLite's default

// Names that would meet the store's own tables or SQLite's.
auto reserved_name(std::string_view name) -> bool {
  return name.starts_with("sky_") || name.starts_with("sqlite_");
}

auto to_ns(WallTime time) -> std::int64_t {
  return time.time_since_epoch().count();
}

}  // namespace

auto SqliteStore::connect() -> Result<> {
  connection_.reset();  // statements first, then the handle: a fresh connection sees what is really there
  SKY_TRY(Database db, Database::open(options_.path, options_.busy_timeout));
  if (options_.size_max_bytes > 0) {
    SKY_CHECK(db.execute(fmt::format("PRAGMA max_page_count = {}", options_.size_max_bytes / kPageBytes)));
  }
  connection_ = std::make_unique<Connection>(std::move(db));
  SKY_CHECK(migrate(connection_->db));
  for (const std::string& name : table_names_) SKY_CHECK(make_table(name));
  return {};
}

auto SqliteStore::make_table(const std::string& name) -> Result<> {
  Database& db = connection_->db;
  SKY_CHECK(db.execute(fmt::format(
      "CREATE TABLE IF NOT EXISTS \"{}\" (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID", name)));
  SKY_TRY(Statement put, db.prepare(fmt::format("INSERT INTO \"{}\" VALUES (?, ?) "
                                                "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                                                name)));
  SKY_TRY(Statement erase, db.prepare(fmt::format("DELETE FROM \"{}\" WHERE key = ?", name)));
  connection_->tables.emplace(name, TableStatements{std::move(put), std::move(erase)});
  return {};
}

auto SqliteStore::load(const std::vector<std::string>& tables, const RowSink& sink) -> Result<Position> {
  for (const std::string& name : tables) SKY_ASSERT(journal::valid_table_name(name) && !reserved_name(name));
  table_names_ = tables;
  if (Result<> connected = connect(); !connected.ok()) return with_owner(std::move(connected).error());
  if (Result<> taken = take_over(); !taken.ok()) return with_owner(std::move(taken).error());
  for (size_t i = 0; i < tables.size(); ++i) SKY_CHECK(load_table(tables[i], i, sink));
  return position();
}

auto SqliteStore::take_over() -> Result<> {
  const std::string owner = fmt::format("process {} on {}", ::getpid(), os::host_name());
  SKY_TRY(Transaction transaction, Transaction::begin(connection_->db));
  SKY_TRY(Statement update, connection_->db.prepare("UPDATE sky_meta SET generation = generation + 1, owner = ?"));
  SKY_CHECK(update.bind(1, owner).run());
  SKY_TRY(Statement prune,
          connection_->db.prepare("DELETE FROM sky_events WHERE id <= (SELECT max(id) FROM sky_events) - ?"));
  SKY_CHECK(prune.bind(1, static_cast<std::int64_t>(options_.events_kept_max)).run());
  return transaction.commit();
}

auto SqliteStore::load_table(const std::string& name, size_t index, const RowSink& sink) -> Result<> {
  SKY_TRY(Statement rows, connection_->db.prepare(fmt::format("SELECT key, value FROM \"{}\" ORDER BY key", name)));
  for (;;) {
    SKY_TRY(const bool more, rows.step());
    if (!more) return {};
    SKY_CHECK(sink(index, rows.text(0), rows.text(1)));
  }
}

auto SqliteStore::position() -> Result<Position> {
  SKY_TRY(Statement query, connection_->db.prepare("SELECT generation, sequence FROM sky_meta"));
  SKY_TRY(const bool found, query.step());
  if (!found) return make_error(ErrorCode::kDataCorrupt, fmt::format("'{}' has no position", options_.path));
  return Position{static_cast<std::uint64_t>(query.number(0)), static_cast<std::uint64_t>(query.number(1))};
}

auto SqliteStore::read_position() -> Result<Position> {
  SKY_CHECK(connect());
  SKY_CHECK(connection_->db.checkpoint());
  return position();
}

auto SqliteStore::write(const Batch& batch) -> Result<> {
  if (connection_ == nullptr) return make_error(ErrorCode::kIo, fmt::format("'{}' is not open", options_.path));
  Database& db = connection_->db;
  Result<Transaction> transaction = Transaction::begin(db);
  if (!transaction.ok()) return with_owner(std::move(transaction).error());
  SKY_CHECK(check_owner(batch.generation));
  SKY_CHECK(write_rows(batch.rows));
  SKY_CHECK(write_events(batch.events));
  SKY_TRY(Statement advance, db.prepare("UPDATE sky_meta SET sequence = ?"));
  SKY_CHECK(advance.bind(1, static_cast<std::int64_t>(batch.sequence)).run());
  return transaction->commit();
}

auto SqliteStore::check_owner(std::uint64_t generation) -> Result<> {
  SKY_TRY(const Position found, position());
  if (found.generation == generation) return {};
  return with_owner(make_error(
      ErrorCode::kConflict,
      fmt::format("'{}' was taken over: expected generation {}, found {}", options_.path, generation, found.generation),
      "run one server for each state file"));
}

// Best effort: readers are not kept out by a writer's lock.
auto SqliteStore::with_owner(Error error) -> Error {
  if (error.code != ErrorCode::kConflict || connection_ == nullptr) return error;
  Result<Statement> query = connection_->db.prepare("SELECT owner FROM sky_meta");
  if (!query.ok()) return error;
  const Result<bool> found = query->step();
  if (found.ok() && *found) error.message += fmt::format(" (owner: {})", query->text(0));
  return error;
}

auto SqliteStore::write_rows(const std::vector<RowChange>& rows) -> Result<> {
  for (const RowChange& row : rows) {
    const auto table = connection_->tables.find(row.table);
    SKY_ASSERT(table != connection_->tables.end());
    if (row.value) {
      SKY_CHECK(table->second.put.bind(1, row.key).bind(2, *row.value).run());
    } else {
      SKY_CHECK(table->second.erase.bind(1, row.key).run());
    }
  }
  return {};
}

auto SqliteStore::write_events(const std::vector<EventRow>& events) -> Result<> {
  if (events.empty()) return {};
  SKY_TRY(Statement insert,
          connection_->db.prepare("INSERT INTO sky_events (at_ns, subject, kind, text) VALUES (?, ?, ?, ?)"));
  for (const EventRow& event : events) {
    SKY_CHECK(insert.bind(1, to_ns(event.at)).bind(2, event.subject).bind(3, event.kind).bind(4, event.text).run());
  }
  return {};
}

auto SqliteStore::query_events(const EventQuery& query) -> Result<std::vector<EventRow>> {
  if (connection_ == nullptr) return make_error(ErrorCode::kIo, fmt::format("'{}' is not open", options_.path));
  std::string sql = "SELECT subject, kind, text, at_ns FROM sky_events WHERE at_ns >= ?1";
  if (!query.subject.empty()) sql += " AND subject = ?2";
  if (!query.kind.empty()) sql += " AND kind = ?3";
  sql += " ORDER BY at_ns DESC, id DESC LIMIT ?4";
  SKY_TRY(Statement select, connection_->db.prepare(sql));
  select.bind(1, query.since ? to_ns(*query.since) : std::numeric_limits<std::int64_t>::min());
  if (!query.subject.empty()) select.bind(2, query.subject);
  if (!query.kind.empty()) select.bind(3, query.kind);
  select.bind(4, static_cast<std::int64_t>(query.count_max));
  std::vector<EventRow> events;
  for (;;) {
    SKY_TRY(const bool more, select.step());
    if (!more) return events;
    events.push_back({std::string(select.text(0)), std::string(select.text(1)), std::string(select.text(2)),
                      WallTime(Duration(select.number(3)))});
  }
}

auto SqliteStore::make_reserve(std::uint64_t size_bytes) -> Result<> {
  const std::string path = reserve_path();
  SKY_TRY(const os::UniqueFd file, os::open_file(path, O_RDWR | O_CREAT, 0600));
  const int failed = ::posix_fallocate(file.get(), 0, static_cast<off_t>(size_bytes));
  if (failed == 0) return {};
  SKY_CHECK(os::remove_file(path));  // it holds what it got so far
  return os::errno_error(failed, "reserve disk space in", path);
}

auto SqliteStore::free_reserve() -> Result<> {
  return os::remove_file(reserve_path());
}

}  // namespace sky::store
