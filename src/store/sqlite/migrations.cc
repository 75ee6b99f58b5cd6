#include "store/sqlite/migrations.h"

#include <array>

#include <fmt/format.h>

namespace sky::store {

namespace {

constexpr std::array<std::string_view, 1> kSteps = {
    // 1: who owns the file and how far it is; history.
    R"(CREATE TABLE sky_meta (
         id INTEGER PRIMARY KEY CHECK (id = 0), generation INTEGER NOT NULL, sequence INTEGER NOT NULL,
         owner TEXT NOT NULL);
       INSERT INTO sky_meta VALUES (0, 0, 0, '');
       CREATE TABLE sky_events (
         id INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL,
         text TEXT NOT NULL);
       CREATE INDEX sky_events_subject ON sky_events (subject, at_ns);
       CREATE INDEX sky_events_at ON sky_events (at_ns))",
};

auto read_version(Database& db) -> Result<size_t> {
  SKY_TRY(Statement query, db.prepare("PRAGMA user_version"));
  SKY_CHECK(query.step());
  return static_cast<size_t>(query.number(0));
}

}  // namespace

auto migrate(Database& db) -> Result<> {
  for (;;) {
    SKY_TRY(const size_t found, read_version(db));
    if (found > kSteps.size()) {
      return make_error(
          ErrorCode::kVersionMismatch,
          fmt::format("'{}' was written by a newer version: expected schema version {} or lower, found {}", db.path(),
                      kSteps.size(), found),
          "install that version or a newer one, or move the file away to start with an empty state");
    }
    if (found == kSteps.size()) return {};
    SKY_TRY(Transaction transaction, Transaction::begin(db));
    SKY_TRY(const size_t now, read_version(db));
    if (now != found) continue;  // another process has just done it
    SKY_CHECK(db.execute(std::string(kSteps[found])));
    SKY_CHECK(db.execute(fmt::format("PRAGMA user_version = {}", found + 1)));
    SKY_CHECK(transaction.commit());
  }
}

}  // namespace sky::store
