#include "store/sqlite/sqlite_store.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "journal/testing/store_contract.h"
#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::store {
namespace {

auto fresh_file() -> journal::StoreOpener {
  auto dir = std::make_shared<os::TempDir>(os::TempDir::make().value());
  return [dir] { return std::make_unique<SqliteStore>(SqliteOptions{.path = dir->file("state.db")}); };
}

}  // namespace
}  // namespace sky::store

namespace sky::journal {
INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, testing::Values(StoreFactory(store::fresh_file)));
}

namespace sky::store {
namespace {

auto ignore_rows(size_t, std::string_view, std::string_view) -> Result<> {
  return {};
}

class SqliteStoreTest : public testing::Test {
 protected:
  os::TempDir dir_ = os::TempDir::make().value();
  SqliteOptions options_{.path = dir_.file("state.db"), .busy_timeout = Duration(0)};
};

TEST_F(SqliteStoreTest, TakenOverFile_NamesTheNewOwner) {
  SqliteStore first(options_);
  SqliteStore second(options_);
  ASSERT_TRUE(first.load({"jobs"}, ignore_rows).ok());
  ASSERT_TRUE(second.load({"jobs"}, ignore_rows).ok());
  const Result<> late = first.write({1, 1, {{"jobs", "1", "one"}}, {}});
  ASSERT_FALSE(late.ok());
  EXPECT_NE(late.error().message.find(fmt::format("expected generation 1, found 2 (owner: process {} on ", ::getpid())),
            std::string::npos)
      << late.error().message;
}

TEST_F(SqliteStoreTest, FileLockedByAnotherWriter_IsAConflictThatNamesTheOwner) {
  SqliteStore store(options_);
  ASSERT_TRUE(store.load({"jobs"}, ignore_rows).ok());
  auto other = Database::open(options_.path, Duration(0));
  const auto held = Transaction::begin(*other);
  ASSERT_TRUE(held.ok());
  const Result<> written = store.write({1, 1, {{"jobs", "1", "one"}}, {}});
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kConflict);
  EXPECT_NE(written.error().message.find("database is locked (owner: process "), std::string::npos);
}

TEST_F(SqliteStoreTest, DamagedPage_IsCorruptAndNamesTheFile) {
  {
    SqliteStore store(options_);
    ASSERT_TRUE(store.load({"jobs"}, ignore_rows).ok());
    journal::Batch batch{.generation = 1, .sequence = 1};
    for (int i = 0; i < 500; ++i) batch.rows.push_back({"jobs", std::to_string(i), std::string(100, 'x')});
    ASSERT_TRUE(store.write(batch).ok());
    ASSERT_TRUE(store.read_position().ok());
  }
  Result<std::string> bytes = os::read_file(options_.path);
  ASSERT_TRUE(bytes.ok());
  ASSERT_GT(bytes->size(), 10U * 4096);
  std::fill(bytes->begin() + 4 * 4096, bytes->end(), '\xee');
  ASSERT_TRUE(os::write_file_atomic(options_.path, *bytes).ok());
  SqliteStore store(options_);
  const auto loaded = store.load({"jobs"}, ignore_rows);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, ErrorCode::kDataCorrupt);
  EXPECT_NE(loaded.error().message.find(options_.path), std::string::npos);
  EXPECT_FALSE(loaded.error().hint.empty());
}

TEST_F(SqliteStoreTest, OldEvents_AreDroppedByTheNextLoad) {
  options_.events_kept_max = 3;
  {
    SqliteStore store(options_);
    ASSERT_TRUE(store.load({}, ignore_rows).ok());
    journal::Batch batch{.generation = 1, .sequence = 1};
    for (int i = 0; i < 10; ++i) batch.events.push_back({"job/1", "state", std::to_string(i), WallTime(Duration(i))});
    ASSERT_TRUE(store.write(batch).ok());
    EXPECT_EQ(store.query_events({})->size(), 10U);
  }
  SqliteStore store(options_);
  ASSERT_TRUE(store.load({}, ignore_rows).ok());
  const auto kept = store.query_events({});
  ASSERT_EQ(kept->size(), 3U);
  EXPECT_EQ(kept->back().text, "7");
}

TEST_F(SqliteStoreTest, Reserve_TakesRealSpaceAndGivesItBack) {
  SqliteStore store(options_);
  ASSERT_TRUE(store.load({}, ignore_rows).ok());
  ASSERT_TRUE(store.make_reserve(1 << 20).ok());
  EXPECT_EQ(os::stat_file(options_.path + ".reserve")->size_bytes, 1U << 20);
  ASSERT_TRUE(store.free_reserve().ok());
  EXPECT_FALSE(os::file_exists(options_.path + ".reserve"));
}

}  // namespace
}  // namespace sky::store
