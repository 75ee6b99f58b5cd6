#include "os/lock.h"

#include <gtest/gtest.h>

#include "os/temp_dir.h"

namespace sky::os {
namespace {

TEST(FileLock, SecondHolder_IsToldWhoHoldsIt) {
  const auto dir = TempDir::make();
  const std::string path = dir->file("lock");
  auto first = FileLock::acquire(path, {{"pid", "12"}});
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(first->set_owner({{"pid", "12"}, {"port", "46580"}}).ok());
  const auto second = FileLock::acquire(path, {{"pid", "13"}});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_EQ(second.error().message, "'" + path + "' is locked by a process with pid 12, port 46580");
  EXPECT_EQ(second.error().details.at("port"), "46580");
}

TEST(FileLock, HolderGone_IsFreeAndForgetsLongerWords) {
  const auto dir = TempDir::make();
  const std::string path = dir->file("lock");
  {
    ASSERT_TRUE(FileLock::acquire(path, {{"since", "a long time ago"}}).ok());
  }
  EXPECT_EQ(read_lock_owner(path).at("since"), "a long time ago");
  const auto again = FileLock::acquire(path, {{"a", "b"}});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(read_file(path).value(), "a=b\n");
}

}  // namespace
}  // namespace sky::os
