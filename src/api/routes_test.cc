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

TEST(FollowQuery, Target_ReadsBack) {
  const std::string target = follow_target({.request_id = "5c4b", .output_offset_bytes = 7, .log_offset_bytes = 1});
  EXPECT_EQ(target, "/sky/v1/follow?request_id=5c4b&output_offset=7&log_offset=1");
  const auto query = parse_follow_query(std::string_view(target).substr(target.find('?') + 1));
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->request_id, "5c4b");
  EXPECT_EQ(query->output_offset_bytes, 7U);
  EXPECT_EQ(query->log_offset_bytes, 1U);
  EXPECT_FALSE(parse_follow_query("").ok());
  EXPECT_FALSE(parse_follow_query("request_id=x&log_offset=-1").ok());
}

TEST(Query, Escapes_AreDecodedOnce) {
  const Query query = Query::parse("a=x%20y+z&b=%zz&&c&a=%2541&t=True");
  EXPECT_EQ(query.get("a"), "%41");
  EXPECT_EQ(query.get_all("a"), (std::vector<std::string>{"x y z", "%41"}));
  EXPECT_EQ(query.get("b"), "%zz");
  EXPECT_EQ(query.get("c"), "");
  EXPECT_EQ(query.get("d"), std::nullopt);
  EXPECT_TRUE(query.get_bool("t", false));
  EXPECT_TRUE(query.get_bool("d", true));
}

}  // namespace
}  // namespace sky::api
