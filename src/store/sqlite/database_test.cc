#include "store/sqlite/database.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/temp_dir.h"
#include "store/sqlite/migrations.h"

namespace sky::store {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  auto open(Duration busy_timeout = Duration(0)) -> Result<Database> { return Database::open(path_, busy_timeout); }

  os::TempDir dir_ = os::TempDir::make().value();
  std::string path_ = dir_.file("state.db");
};

TEST_F(DatabaseTest, NewFile_IsPrivateAndDurable) {
  auto db = open();
  ASSERT_TRUE(db.ok());
  EXPECT_EQ(os::stat_file(path_)->mode, 0600U);
  auto mode = db->prepare("PRAGMA journal_mode");
  ASSERT_TRUE(mode->step().ok());
  EXPECT_EQ(mode->text(0), "wal");
  auto synchronous = db->prepare("PRAGMA synchronous");
  ASSERT_TRUE(synchronous->step().ok());
  EXPECT_EQ(synchronous->number(0), 2);
}

TEST_F(DatabaseTest, AbandonedTransaction_IsRolledBack) {
  auto db = open();
  ASSERT_TRUE(db->execute("CREATE TABLE t (x)").ok());
  {
    auto transaction = Transaction::begin(*db);
    ASSERT_TRUE(db->execute("INSERT INTO t VALUES (1)").ok());
  }
  EXPECT_FALSE(db->in_transaction());
  auto count = db->prepare("SELECT count(*) FROM t");
  ASSERT_TRUE(count->step().ok());
  EXPECT_EQ(count->number(0), 0);
}

TEST_F(DatabaseTest, SecondWriter_IsAConflict) {
  auto first = open();
  auto second = open();
  auto held = Transaction::begin(*first);
  ASSERT_TRUE(held.ok());
  const auto refused = Transaction::begin(*second);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(refused.error().message, "cannot use '" + path_ + "': database is locked");
}

TEST_F(DatabaseTest, FileThatIsNoDatabase_IsNamedWithAHint) {
  ASSERT_TRUE(os::append_file(path_, std::string(8192, 'x')).ok());
  const auto db = open();
  ASSERT_FALSE(db.ok());
  EXPECT_EQ(db.error().code, ErrorCode::kDataCorrupt);
  EXPECT_EQ(db.error().message, "cannot use '" + path_ + "': file is not a database");
  EXPECT_NE(db.error().hint.find(".recover"), std::string::npos);
}

TEST_F(DatabaseTest, Migrate_IsIdempotent) {
  auto db = open();
  ASSERT_TRUE(migrate(*db).ok());
  ASSERT_TRUE(migrate(*db).ok());
  auto count = db->prepare("SELECT count(*) FROM sky_meta");
  ASSERT_TRUE(count->step().ok());
  EXPECT_EQ(count->number(0), 1);
}

TEST_F(DatabaseTest, NewerSchema_IsRefused) {
  auto db = open();
  ASSERT_TRUE(db->execute("PRAGMA user_version = 99").ok());
  const Result<> migrated = migrate(*db);
  ASSERT_FALSE(migrated.ok());
  EXPECT_EQ(migrated.error().code, ErrorCode::kVersionMismatch);
  EXPECT_EQ(migrated.error().message,
            "'" + path_ + "' was written by a newer version: expected schema version 1 or lower, found 99");
}

}  // namespace
}  // namespace sky::store
