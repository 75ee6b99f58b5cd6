#include "server/gate.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"
#include "os/temp_dir.h"

namespace sky::server {
namespace {

TEST(Gate, Programs_ComeIn) {
  for (const char* host : {"127.0.0.1:46580", "localhost:46580", "LOCALHOST:46580", "[::1]:46580", "127.0.0.1"}) {
    EXPECT_TRUE(check_loopback({.host = host}, 46580).ok()) << host;
  }
}

TEST(Gate, ForeignHost_IsRefused) {
  for (const char* host : {"evil.example", "127.0.0.1.evil.example:46580", "127.0.0.1:80", ""}) {
    EXPECT_EQ(check_loopback({.host = host}, 46580).error().code, ErrorCode::kPermissionDenied) << host;
  }
  EXPECT_FALSE(check_loopback({}, 46580).ok());
}

TEST(Gate, BrowserPages_OnlyOwnOrigin) {
  EXPECT_TRUE(check_loopback({.host = "127.0.0.1:46580", .origin = "http://127.0.0.1:46580"}, 46580).ok());
  for (const char* origin :
       {"http://evil.example", "null", "http://127.0.0.1:8000", "http://127.0.0.1", "https://127.0.0.1:46580"}) {
    EXPECT_FALSE(check_loopback({.host = "127.0.0.1:46580", .origin = origin}, 46580).ok()) << origin;
  }
  EXPECT_FALSE(check_loopback({.host = "127.0.0.1:46580", .fetch_site = "cross-site"}, 46580).ok());
  EXPECT_TRUE(check_loopback({.host = "127.0.0.1:46580", .fetch_site = "same-origin"}, 46580).ok());
}

TEST(Gate, PagesOfOtherSites_AreRefusedOnTheNetworkToo) {
  EXPECT_TRUE(check_same_site({.host = "sky.example:46580"}).ok());
  EXPECT_TRUE(check_same_site({.host = "sky.example", .origin = "https://sky.example"}).ok());
  for (const char* origin : {"https://evil.example", "null", "https://", "https://sky.example:8000"}) {
    EXPECT_FALSE(check_same_site({.host = "sky.example", .origin = origin}).ok()) << origin;
  }
  EXPECT_FALSE(check_same_site({.host = "sky.example", .fetch_site = "cross-site"}).ok());
}

TEST(Gate, BearerToken_IsTakenOutOfItsHeader) {
  EXPECT_EQ(bearer_token("Bearer sky_x"), "sky_x");
  EXPECT_EQ(bearer_token("bearer  sky_x "), "sky_x");
  EXPECT_EQ(bearer_token("Basic sky_x"), std::nullopt);
  EXPECT_EQ(bearer_token("Bearer"), std::nullopt);
  EXPECT_EQ(bearer_token(std::nullopt), std::nullopt);
}

class GateDoorTest : public testing::Test {
 protected:
  auto ask(Door door, std::string authorization, const std::string& peer = "10.0.0.2:999")
      -> Result<std::optional<api::User>> {
    net::HttpRequest request{.headers = {{"Host", "sky.example"}}};
    if (!authorization.empty()) request.headers.add("Authorization", std::move(authorization));
    return gate_.admit(request, peer, door, 46580);
  }

  os::TempDir folder_ = os::TempDir::make().value();
  async::SimLoop loop_{1};
  access::TokenStore tokens_{folder_.file("tokens.json")};
  Gate gate_{loop_, access::TokenStore(folder_.file("tokens.json"))};
};

TEST_F(GateDoorTest, Network_TakesAGoodTokenAlone) {
  const std::string token = tokens_.create("alice", 0)->reveal();
  const auto admitted = ask(Door::kNetwork, "Bearer " + token);
  ASSERT_TRUE(admitted.ok()) << to_string(admitted.error());
  EXPECT_EQ((*admitted)->name, "alice");
  EXPECT_EQ(ask(Door::kNetwork, "").error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(ask(Door::kNetwork, "Bearer sky_x").error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(ask(Door::kNetwork, "Basic " + token).error().code, ErrorCode::kUnauthenticated);
}

TEST_F(GateDoorTest, Owner_NeedsNone) {
  EXPECT_TRUE(ask(Door::kOwner, "").ok());
  EXPECT_FALSE(ask(Door::kLoopback, "").ok());  // the Host is another one
}

TEST_F(GateDoorTest, Guessing_ClosesTheDoorForThatAddressAlone) {
  const std::string token = tokens_.create("alice", 0)->reveal();
  for (int i = 0; i <= access::Attempts::kFreeCount; ++i) {
    EXPECT_EQ(ask(Door::kNetwork, fmt::format("Bearer sky_{}", i)).error().code, ErrorCode::kUnauthenticated);
  }
  EXPECT_EQ(ask(Door::kNetwork, "Bearer " + token).error().code, ErrorCode::kPermissionDenied);
  EXPECT_TRUE(ask(Door::kNetwork, "Bearer " + token, "10.0.0.3:1").ok());
}

}  // namespace
}  // namespace sky::server
