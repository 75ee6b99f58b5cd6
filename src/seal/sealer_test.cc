#include "seal/sealer.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::seal {
namespace {

TEST(Sealer, SealedText_OpensOnlyUnchangedAndWithItsKey) {
  const auto dir = os::TempDir::make();
  ASSERT_TRUE(dir.ok());
  const auto sealer = Sealer::open(dir->file("key"));
  ASSERT_TRUE(sealer.ok());
  const std::string clear("hunter2\0x", 9);
  const std::string sealed = sealer->seal(clear);
  EXPECT_EQ(sealed.find("hunter2"), std::string::npos);
  EXPECT_NE(sealed, sealer->seal(clear));
  EXPECT_EQ(sealer->unseal(sealed).value(), clear);
  EXPECT_EQ(Sealer::open(dir->file("key"))->unseal(sealed).value(), clear);

  std::string changed = sealed;
  changed[30] = changed[30] == 'A' ? 'B' : 'A';
  EXPECT_EQ(sealer->unseal(changed).error().code, ErrorCode::kDataCorrupt);
  EXPECT_EQ(Sealer::open(dir->file("other"))->unseal(sealed).error().code, ErrorCode::kDataCorrupt);
  EXPECT_EQ(sealer->unseal("").error().code, ErrorCode::kDataCorrupt);
}

TEST(Sealer, KeyFile_IsPrivateAndChecked) {
  const auto dir = os::TempDir::make();
  ASSERT_TRUE(dir.ok());
  ASSERT_TRUE(Sealer::open(dir->file("key")).ok());
  EXPECT_EQ(os::stat_file(dir->file("key"))->mode & 0777U, 0600U);
  ASSERT_TRUE(os::write_file_atomic(dir->file("short"), "abc").ok());
  EXPECT_EQ(Sealer::open(dir->file("short")).error().code, ErrorCode::kDataCorrupt);
}

}  // namespace
}  // namespace sky::seal
