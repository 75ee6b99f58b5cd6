#include "base/ids.h"

#include <gtest/gtest.h>

#include "base/secret.h"

namespace sky {
namespace {

TEST(ClusterName, OriginalsRule_AcceptsAndRefuses) {
  for (const char* good : {"a", "mycluster", "sky-12ab-me", "A.b_c-9"}) {
    EXPECT_TRUE(parse_cluster_name(good).ok()) << good;
  }
  for (const char* bad : {"", "1a", "-a", "a-", "a b", "a/b", "ä", "a.", "_a"}) {
    const auto parsed = parse_cluster_name(bad);
    ASSERT_FALSE(parsed.ok()) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(parsed.error().message.find(fmt::format("Cluster name \"{}\" is invalid", bad)), std::string::npos);
  }
}

TEST(Uuid, AnyBits_AreVersion4) {
  EXPECT_EQ(format_uuid(0, 0), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(format_uuid(~0ULL, ~0ULL), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(Secret, Formatted_ShowsNothing) {
  const Secret secret("hunter2");
  EXPECT_EQ(fmt::format("{}", secret), "<redacted>");
  EXPECT_EQ(secret.reveal(), "hunter2");
}

}  // namespace
}  // namespace sky
