#include "net/http.h"

#include <gtest/gtest.h>

namespace sky::net {
namespace {

TEST(Headers, Names_CompareWithoutCase) {
  Headers headers{{"Content-Type", "text/plain"}, {"connection", "Keep-Alive, Upgrade"}};
  headers.add("content-type", "second");
  EXPECT_EQ(headers.find("CONTENT-TYPE"), "text/plain");
  EXPECT_EQ(headers.count("Content-Type"), 2U);
  EXPECT_TRUE(headers.has_token("Connection", "upgrade"));
  EXPECT_FALSE(headers.has_token("Connection", "up"));
  headers.set("Content-Type", "third");
  EXPECT_EQ(headers.find("content-type"), "third");
  EXPECT_EQ(headers.size(), 2U);
}

auto split_of(std::string target) -> Result<HttpRequest> {
  HttpRequest request;
  request.target = std::move(target);
  SKY_CHECK(split_target(request));
  return request;
}

TEST(SplitTarget, PathAndQuery_AreDecoded) {
  const auto request = split_of("/a%20b/%C3%A4?x=1+2&x=%26&flag&=v");
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->path, "/a b/\xC3\xA4");
  EXPECT_EQ(request->query, (Query{{"x", "1 2"}, {"x", "&"}, {"flag", ""}, {"", "v"}}));
  EXPECT_EQ(request->query_value("x"), "1 2");
  EXPECT_EQ(request->query_value("y"), std::nullopt);
}

TEST(SplitTarget, Damage_IsRefused) {
  for (const char* target : {"", "a", "*", "http://h/", "/%", "/%4", "/%zz", "/?a=%f", "/%00", "/a#b"}) {
    EXPECT_FALSE(split_of(target).ok()) << target;
  }
}

TEST(MakeTarget, RoundTrip_GivesTheSameWords) {
  const Query query{{"a b", "1&2=3"}, {"\xC3\xA4", "+"}};
  const auto request = split_of(make_target("/x y/%", query));
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->path, "/x y/%");
  EXPECT_EQ(request->query, query);
}

TEST(ParseUrl, EachForm_IsUnderstood) {
  const auto plain = parse_url("HTTP://example.com");
  EXPECT_EQ(plain->scheme, "http");
  EXPECT_EQ(plain->host, "example.com");
  EXPECT_EQ(plain->port, 80);
  EXPECT_EQ(plain->target, "/");
  const auto full = parse_url("https://u:p%40@[::1]:8443/a/b?c=d#e");
  EXPECT_EQ(full->host, "::1");
  EXPECT_EQ(full->port, 8443);
  EXPECT_EQ(full->target, "/a/b?c=d");
  EXPECT_EQ(full->user_info, "u:p@");
  EXPECT_EQ(parse_url("http://h?x")->target, "/?x");
}

TEST(ParseUrl, Damage_IsRefused) {
  for (const char* text :
       {"", "h", "ftp://h", "http://", "http://h:", "http://h:0", "http://h:65536", "http://[::1", "http://[x]",
        "http://a b/", "http://h/a b", "http://h/\n", "http://::1/", "http://[::1]x"}) {
    EXPECT_FALSE(parse_url(text).ok()) << text;
  }
}

TEST(HttpDate, KnownTime_HasItsForm) {
  EXPECT_EQ(http_date(WallTime(std::chrono::seconds(784111777))), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace sky::net
