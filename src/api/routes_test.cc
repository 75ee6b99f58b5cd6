#include "api/routes.h"

#include <set>

#include <gtest/gtest.h>

#include "api/query.h"

namespace sky::api {
namespace {

TEST(Routes, Table_HasEachPairAndNameOnce) {
  std::set<std::pair<std::string_view, std::string_view>> pairs;
  std::set<std::string_view> names;
  for (const Route& route : routes()) {
    EXPECT_TRUE(pairs.emplace(route.method, route.path).second) << route.path;
    EXPECT_EQ(route.name.empty(), route.schedule == Schedule::kDirect) << route.path;
    if (!route.name.empty()) {
      EXPECT_TRUE(route.name.starts_with("sky.")) << route.name;
      EXPECT_TRUE(names.insert(route.name).second) << route.name;
      EXPECT_EQ(find_route_by_name(route.name), &route);
    }
  }
}

TEST(Routes, Lookup_KnowsMethodPathAndPrefix) {
  ASSERT_NE(find_route("POST", "/launch"), nullptr);
  EXPECT_EQ(find_route("POST", "/launch")->name, "sky.launch");
  EXPECT_EQ(to_string(find_route("POST", "/launch")->schedule), "long");
  EXPECT_EQ(find_route("GET", "/internal/dashboard/api/status"), find_route("GET", "/api/status"));
  EXPECT_EQ(find_route("GET", "/launch"), nullptr);
  EXPECT_TRUE(path_exists("/launch"));
  EXPECT_FALSE(path_exists("/launch/"));
  EXPECT_FALSE(path_exists("/internal/dashboardlaunch"));
  EXPECT_EQ(find_route_by_name(""), nullptr);
}

TEST(Routes, PoolInThePath_IsTheGeneralRoute) {
  const Route* up = find_route("POST", "/ssh_node_pools/deploy");
  ASSERT_NE(up, nullptr);
  EXPECT_EQ(find_route("POST", "/ssh_node_pools/lab/deploy"), up);
  EXPECT_EQ(pool_in_path("/ssh_node_pools/lab/deploy"), "lab");
  EXPECT_EQ(pool_in_path("/ssh_node_pools/deploy"), "");
  EXPECT_EQ(pool_in_path("/launch"), "");
  EXPECT_EQ(find_route("POST", "/ssh_node_pools/lab/dance"), nullptr);
}

TEST(FollowQuery, Pairs_ReadBack) {
  const LogPosition log{.cluster_hash = "c0de", .job_id = 3, .offset_bytes = 0};
  const auto follow = parse_follow_query(to_query({.request_id = "5c4b", .output_offset_bytes = 7, .log = log}));
  ASSERT_TRUE(follow.ok());
  EXPECT_EQ(follow->request_id, "5c4b");
  EXPECT_EQ(follow->output_offset_bytes, 7U);
  EXPECT_EQ(follow->log, log);
}

TEST(FollowQuery, LogNotStarted_IsAbsentNotZero) {
  const Query pairs = to_query({.request_id = "x"});
  EXPECT_FALSE(query_value(pairs, "log_offset").has_value());
  EXPECT_FALSE(parse_follow_query(pairs)->log.has_value());
}

TEST(FollowQuery, BadValues_AreRefused) {
  const auto refused = [](Query query) { return !parse_follow_query(query).ok(); };
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({{"request_id", "x"}, {"output_offset", "-1"}}));
  EXPECT_TRUE(refused({{"request_id", "x"}, {"log_offset", "1"}}));
  EXPECT_TRUE(refused({{"request_id", "x"}, {"cluster_hash", "a"}, {"job_id", "1"}, {"log_offset", "-1"}}));
  EXPECT_TRUE(refused({{"request_id", "x"}, {"cluster_hash", "a/../b"}, {"job_id", "1"}, {"log_offset", "1"}}));
}

TEST(Query, Words_BecomeBooleans) {
  EXPECT_TRUE(query_bool({{"a", "True"}}, "a", false));
  EXPECT_FALSE(query_bool({{"a", "false"}}, "a", true));
  EXPECT_TRUE(query_bool({}, "a", true));
  EXPECT_EQ(query_value({{"a", "1"}, {"a", "2"}}, "a"), "1");
}

}  // namespace
}  // namespace sky::api
