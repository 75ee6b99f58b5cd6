#include "agent/node/host.h"

#include <gtest/gtest.h>

#include "agent/protocol/messages.h"
#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::agent {
namespace {

class HostTest : public testing::Test {
 protected:
  static auto claim_of(const std::string& server, const std::string& hash) -> HostClaim {
    return {.server = server,
            .owner = "ada@" + server,
            .pool = "p",
            .cluster = "c",
            .hash = hash,
            .attempt = 1,
            .node = 0,
            .node_count = 1,
            .stopped = false,
            .made = {}};
  }
  auto file(const std::string& name) const -> std::string { return dir_.file(name); }

  os::TempDir dir_ = std::move(os::TempDir::make()).value();
  async::AsioLoop loop_{1};
  Host host_{loop_, dir_.path()};
};

TEST_F(HostTest, Claim_RoundTripsThroughJson) {
  HostClaim claim = claim_of("aa", "h1");
  claim.stopped = true;
  claim.made = {"sky_logs"};
  const auto back = host_claim_from_json(to_json(claim));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, claim);
}

TEST_F(HostTest, FreeHost_IsTakenOnceAndRepeats) {
  EXPECT_FALSE(host_.claim()->has_value());
  ASSERT_TRUE(host_.take(claim_of("aa", "h1")).ok());
  ASSERT_TRUE(host_.take(claim_of("aa", "h1")).ok());
  EXPECT_EQ((*host_.claim())->made, (std::vector<std::string>{"sky_workdir", "sky_logs"}));
  EXPECT_TRUE(os::file_exists(file(".sky/agent/aa/c/up-h1")));
}

TEST_F(HostTest, SecondServerAndSecondCluster_HearWhoHoldsIt) {
  ASSERT_TRUE(host_.take(claim_of("aa", "h1")).ok());
  const Result<> other_server = host_.take(claim_of("bb", "h2"));
  ASSERT_FALSE(other_server.ok());
  EXPECT_EQ(other_server.error().code, ErrorCode::kConflict);
  EXPECT_EQ(other_server.error().message, "held by ada@aa (cluster 'c')");
  EXPECT_EQ(host_.take(claim_of("aa", "h3")).error().code, ErrorCode::kConflict);
}

TEST_F(HostTest, Release_RemovesWhatTheClusterMadeAndNothingElse) {
  ASSERT_TRUE(os::make_dirs(file("sky_logs")).ok());
  ASSERT_TRUE(os::write_file_atomic(file("sky_logs/users.log"), "x").ok());
  ASSERT_TRUE(host_.take(claim_of("aa", "h1")).ok());
  ASSERT_TRUE(os::make_dirs(file("sky_workdir/deep")).ok());
  ASSERT_TRUE(os::write_file_atomic(file("mine.txt"), "x").ok());

  EXPECT_TRUE(host_.release("bb", "h1").ok());
  EXPECT_TRUE(host_.release("aa", "h2").ok());
  EXPECT_TRUE(host_.claim()->has_value());

  ASSERT_TRUE(host_.release("aa", "h1").ok());
  EXPECT_FALSE(host_.claim()->has_value());
  EXPECT_FALSE(os::file_exists(file("sky_workdir")));
  EXPECT_FALSE(os::file_exists(file(".sky/agent/aa")));
  EXPECT_TRUE(os::file_exists(file("sky_logs/users.log")));
  EXPECT_TRUE(os::file_exists(file("mine.txt")));
  EXPECT_TRUE(host_.release("aa", "h1").ok());
}

TEST_F(HostTest, Stop_KeepsFilesAndForbidsPrograms) {
  ASSERT_TRUE(host_.take(claim_of("aa", "h1")).ok());
  ASSERT_TRUE(os::make_dirs(file("sky_workdir")).ok());
  ASSERT_TRUE(host_.stop("aa", "h1").ok());
  ASSERT_TRUE(host_.stop("aa", "h1").ok());
  EXPECT_TRUE((*host_.claim())->stopped);
  EXPECT_FALSE(os::file_exists(file(".sky/agent/aa/c/up-h1")));
  EXPECT_TRUE(os::file_exists(file("sky_workdir")));
  ASSERT_TRUE(host_.resume("aa", "h1").ok());
  EXPECT_FALSE((*host_.claim())->stopped);
  EXPECT_TRUE(os::file_exists(file(".sky/agent/aa/c/up-h1")));
  EXPECT_EQ(host_.stop("aa", "other").error().code, ErrorCode::kNotFound);
}

TEST_F(HostTest, UnreadableClaim_IsNotTakenForAFreeHost) {
  ASSERT_TRUE(os::make_dirs(file(".sky/agent")).ok());
  ASSERT_TRUE(os::write_file_atomic(file(".sky/agent/host.json"), "{").ok());
  EXPECT_EQ(host_.take(claim_of("aa", "h1")).error().code, ErrorCode::kDataCorrupt);
}

TEST_F(HostTest, UnknownRequest_IsAnError) {
  const Result<Json> answer =
      end_from_json(answer_host_request(loop_, R"({"op": "dance", "server": "a", "hash": "b"})"));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().message, "op: unknown 'dance'");
}

}  // namespace
}  // namespace sky::agent
