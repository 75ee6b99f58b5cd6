#include <gtest/gtest.h>

#include "access/attempts.h"
#include "access/token_store.h"
#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::access {
namespace {

class TokenStoreTest : public testing::Test {
 protected:
  TokenStoreTest() : folder_(os::TempDir::make().value()), path_(folder_.file("tokens.json")), store_(path_) {}

  os::TempDir folder_;
  std::string path_;
  TokenStore store_;
};

TEST_F(TokenStoreTest, NewToken_IsItsUsersAndKeptAsDigestAlone) {
  const Result<Secret> token = store_.create("alice", 1.5);
  ASSERT_TRUE(token.ok()) << to_string(token.error());
  EXPECT_TRUE(token->reveal().starts_with("sky_"));
  const auto found = store_.lookup(token->reveal());
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->name, "alice");
  EXPECT_EQ(found->user_id.size(), 8U);
  EXPECT_EQ(os::read_file(path_)->find(token->reveal().substr(4)), std::string::npos);
  EXPECT_EQ(os::stat_file(path_)->mode, mode_t{0600});
}

TEST_F(TokenStoreTest, OtherTexts_AreNobodys) {
  const std::string token = store_.create("alice", 0)->reveal();
  EXPECT_FALSE(store_.lookup("").has_value());
  EXPECT_FALSE(store_.lookup("sky_").has_value());
  EXPECT_FALSE(store_.lookup(token + "x").has_value());
  EXPECT_FALSE(store_.lookup(store_.list()->front().digest).has_value());
}

TEST_F(TokenStoreTest, RevokedByAnotherProgram_IsSeenAtOnce) {
  const std::string alice = store_.create("alice", 0)->reveal();
  const std::string bob = store_.create("bob", 0)->reveal();
  ASSERT_TRUE(store_.lookup(alice).has_value());
  TokenStore other(path_);
  ASSERT_TRUE(other.revoke("alice").ok());
  EXPECT_FALSE(store_.lookup(alice).has_value());
  EXPECT_TRUE(store_.lookup(bob).has_value());
  EXPECT_EQ(other.revoke("alice").error().code, ErrorCode::kNotFound);
}

TEST_F(TokenStoreTest, MadeAnew_KeepsTheUserAndNotTheToken) {
  const std::string first = store_.create("alice", 0)->reveal();
  const std::string user = store_.lookup(first)->user_id;
  ASSERT_TRUE(store_.revoke("alice").ok());
  const std::string second = store_.create("alice", 0)->reveal();
  EXPECT_NE(first, second);
  EXPECT_EQ(store_.lookup(second)->user_id, user);
}

TEST_F(TokenStoreTest, Names_AreCheckedAndUnique) {
  for (const char* bad : {"", "a b", "a/b", "a\n", "é"}) {
    EXPECT_EQ(store_.create(bad, 0).error().code, ErrorCode::kInvalidArgument) << bad;
  }
  EXPECT_EQ(store_.create(std::string(65, 'a'), 0).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(store_.create("alice", 0).ok());
  EXPECT_EQ(store_.create("alice", 0).error().code, ErrorCode::kAlreadyExists);
}

TEST_F(TokenStoreTest, ForeignFile_LetsNobodyInAndIsNotOverwritten) {
  ASSERT_TRUE(os::write_file_atomic(path_, "{}").ok());
  EXPECT_FALSE(store_.lookup("sky_x").has_value());
  EXPECT_EQ(store_.create("alice", 0).error().code, ErrorCode::kDataCorrupt);
  EXPECT_EQ(*os::read_file(path_), "{}");
}

TEST(Attempts, Guessing_ClosesTheDoorForLongerAndLonger) {
  Attempts attempts;
  MonoTime now{};
  for (int i = 0; i < Attempts::kFreeCount; ++i) {
    EXPECT_EQ(attempts.pause_of("a", now), Duration::zero());
    attempts.note_failure("a", now);
  }
  Duration last = Duration::zero();
  for (int i = 0; i < 40; ++i) {
    attempts.note_failure("a", now);
    const Duration pause = attempts.pause_of("a", now);
    EXPECT_GE(pause, last);
    last = pause;
    now += pause;
    EXPECT_EQ(attempts.pause_of("a", now), Duration::zero());
  }
  EXPECT_EQ(last, Attempts::kPauseMax);
  EXPECT_EQ(attempts.pause_of("b", now), Duration::zero());
  attempts.note_success("a");
  attempts.note_failure("a", now);
  EXPECT_EQ(attempts.pause_of("a", now), Duration::zero());
}

TEST(Attempts, ManyAddresses_ForgetTheOldest) {
  Attempts attempts;
  for (int i = 0; i <= Attempts::kFreeCount; ++i) attempts.note_failure("first", MonoTime{});
  for (size_t i = 0; i < Attempts::kAddressCountMax; ++i) {
    attempts.note_failure(fmt::format("{}", i), MonoTime{} + std::chrono::seconds(1));
  }
  EXPECT_EQ(attempts.pause_of("first", MonoTime{}), Duration::zero());
}

}  // namespace
}  // namespace sky::access
