#include "server/gate.h"

#include <gtest/gtest.h>

namespace sky::server {
namespace {

TEST(Gate, Programs_ComeIn) {
  for (const char* host : {"127.0.0.1:46580", "localhost:46580", "LOCALHOST:46580", "[::1]:46580", "127.0.0.1"}) {
    EXPECT_TRUE(check_gate({.host = host}, 46580).ok()) << host;
  }
}

TEST(Gate, ForeignHost_IsRefused) {
  for (const char* host : {"evil.example", "127.0.0.1.evil.example:46580", "127.0.0.1:80", ""}) {
    EXPECT_EQ(check_gate({.host = host}, 46580).error().code, ErrorCode::kPermissionDenied) << host;
  }
  EXPECT_FALSE(check_gate({}, 46580).ok());
}

TEST(Gate, BrowserPages_OnlyOwnOrigin) {
  EXPECT_TRUE(check_gate({.host = "127.0.0.1:46580", .origin = "http://127.0.0.1:46580"}, 46580).ok());
  for (const char* origin :
       {"http://evil.example", "null", "http://127.0.0.1:8000", "http://127.0.0.1", "https://127.0.0.1:46580"}) {
    EXPECT_FALSE(check_gate({.host = "127.0.0.1:46580", .origin = origin}, 46580).ok()) << origin;
  }
  EXPECT_FALSE(check_gate({.host = "127.0.0.1:46580", .fetch_site = "cross-site"}, 46580).ok());
  EXPECT_TRUE(check_gate({.host = "127.0.0.1:46580", .fetch_site = "same-origin"}, 46580).ok());
}

}  // namespace
}  // namespace sky::server
