#include "store/sqlite/database.h"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>

#include <fmt/format.h>

#include "base/assert.h"
#include "os/file.h"

namespace sky::store {

namespace {

auto code_of(int result, int system_errno) -> ErrorCode {
  switch (result & 0xff) {
    case SQLITE_FULL:
      return ErrorCode::kStorageFull;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kConflict;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kDataCorrupt;
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return ErrorCode::kPermissionDenied;
    case SQLITE_CANTOPEN:
      return system_errno == EACCES ? ErrorCode::kPermissionDenied : ErrorCode::kIo;
    case SQLITE_IOERR:
      return system_errno == ENOSPC || system_errno == EDQUOT ? ErrorCode::kStorageFull : ErrorCode::kIo;
    default:
      return ErrorCode::kIo;
  }
}

auto hint_of(ErrorCode code, const std::string& path) -> std::string {
  switch (code) {
    case ErrorCode::kDataCorrupt:
      return fmt::format(
          "restore '{0}' from a backup, or save what is readable: "
          "sqlite3 '{0}' .recover | sqlite3 recovered.db",
          path);
    case ErrorCode::kConflict:
      return "stop the other process that uses the file";
    default:
      return {};
  }
}

// Made here and not by SQLite, whose files would follow the umask; its side files copy the mode of this one.
auto create_private(const std::string& path) -> Result<> {
  if (os::file_exists(path)) return {};
  const std::string directory = os::parent_dir(path);
  SKY_CHECK(os::make_dirs(directory));
  SKY_CHECK(os::open_file(path, O_RDWR | O_CREAT, 0600));
  return os::sync_dir(directory);
}

}  // namespace

void Database::Close::operator()(sqlite3* db) const {
  SKY_ASSERT(sqlite3_close(db) == SQLITE_OK);  // fails only when a Statement is still alive
}

auto Database::open(const std::string& path, Duration busy_timeout) -> Result<Database> {
  SKY_CHECK(create_private(path));
  Database opened;
  opened.path_ = std::make_unique<std::string>(path);
  sqlite3* db = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int result = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  opened.db_.reset(db);
  if (result != SQLITE_OK) return opened.error(result, "open");
  sqlite3_busy_timeout(db,
                       static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(busy_timeout).count()));
  SKY_CHECK(opened.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF"));
  return opened;
}

auto Database::error(int code, std::string_view action) const -> Error {
  const ErrorCode kind = code_of(code, db_ != nullptr ? sqlite3_system_errno(db_.get()) : 0);
  const char* text = db_ != nullptr ? sqlite3_errmsg(db_.get()) : sqlite3_errstr(code);
  // The words that people search for; SQLite's own leave open which of the two is full.
  if (kind == ErrorCode::kStorageFull && code_of(code, 0) == ErrorCode::kStorageFull) text = "No space left on device";
  return make_error(kind, fmt::format("cannot {} '{}': {}", action, *path_, text), hint_of(kind, *path_));
}

auto Database::execute(const std::string& sql) -> Result<> {
  const int result = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return error(result, "use");
  return {};
}

auto Database::prepare(std::string_view sql) -> Result<Statement> {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
  if (result != SQLITE_OK) return error(result, "use");
  return Statement(*this, statement);
}

auto Database::checkpoint() -> Result<> {
  const int result = sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (result != SQLITE_OK) return error(result, "write");
  return {};
}

auto Database::in_transaction() const -> bool {
  return sqlite3_get_autocommit(db_.get()) == 0;
}

auto Transaction::begin(Database& db) -> Result<Transaction> {
  SKY_CHECK(db.execute("BEGIN IMMEDIATE"));
  return Transaction(db);
}

// A failed statement may have rolled back already. When the roll-back itself fails, the connection stays inside the
// transaction and every later BEGIN fails, so that nothing half-done can be committed.
Transaction::~Transaction() {
  if (db_ != nullptr && db_->in_transaction()) static_cast<void>(db_->execute("ROLLBACK"));
}

auto Transaction::commit() -> Result<> {
  SKY_CHECK(db_->execute("COMMIT"));
  db_ = nullptr;
  return {};
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

auto Statement::bind(int parameter, std::string_view text) -> Statement& {
  const char* data = text.data() != nullptr ? text.data() : "";  // a null pointer would bind NULL
  SKY_ASSERT(sqlite3_bind_text64(statement_.get(), parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8) ==
             SQLITE_OK);
  return *this;
}

auto Statement::bind(int parameter, std::int64_t number) -> Statement& {
  SKY_ASSERT(sqlite3_bind_int64(statement_.get(), parameter, number) == SQLITE_OK);
  return *this;
}

auto Statement::step() -> Result<bool> {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) {
    reset();
    return false;
  }
  Error failure = db_->error(result, "use");
  reset();
  return failure;
}

auto Statement::run() -> Result<> {
  for (;;) {
    SKY_TRY(const bool more, step());
    if (!more) return {};
  }
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

auto Statement::text(int column) const -> std::string_view {
  const auto* data = sqlite3_column_text(statement_.get(), column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column));
  return {reinterpret_cast<const char*>(data), size};
}

auto Statement::number(int column) const -> std::int64_t {
  return sqlite3_column_int64(statement_.get(), column);
}

}  // namespace sky::store
