#include "base/strings.h"

#include <gtest/gtest.h>

namespace sky {
namespace {

TEST(GlobMatch, PythonFnmatchForms_Match) {
  EXPECT_TRUE(glob_match("a*", "abc"));
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("a?c", "abc"));
  EXPECT_TRUE(glob_match("[a-c]x", "bx"));
  EXPECT_TRUE(glob_match("[!a-c]x", "dx"));
  EXPECT_TRUE(glob_match("a[", "a["));
  EXPECT_TRUE(glob_match("*b*d", "abcd"));
  EXPECT_FALSE(glob_match("a?c", "ac"));
  EXPECT_FALSE(glob_match("[!a-c]x", "ax"));
  EXPECT_FALSE(glob_match("abc", "ABC"));
}

TEST(GlobMatch, ManyStars_StaysLinear) {
  const std::string text(20000, 'a');
  EXPECT_FALSE(glob_match("*a*a*a*a*a*a*a*b", text));
}

TEST(ShellQuote, LikeShlex) {
  EXPECT_EQ(shell_quote("abc/d.e"), "abc/d.e");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("it's"), "'it'\"'\"'s'");
}

TEST(Split, EmptyPieces_AreKept) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
}

TEST(ParseNumber, WholeTextOnly) {
  EXPECT_EQ(parse_int("42"), 42);
  EXPECT_EQ(parse_int("+42"), 42);
  EXPECT_FALSE(parse_int("42x").has_value());
  EXPECT_FALSE(parse_int("").has_value());
  EXPECT_FALSE(parse_int("99999999999999999999").has_value());
  EXPECT_EQ(parse_double("1.5"), 1.5);
  EXPECT_FALSE(parse_int("+-5").has_value());
  EXPECT_FALSE(parse_double("+-5").has_value());
}

TEST(Base64, RoundTrip_AndRefusal) {
  EXPECT_EQ(base64_encode("ab"), "YWI=");
  EXPECT_EQ(base64_decode("YWI="), "ab");
  EXPECT_EQ(base64_encode(""), "");
  const std::string bytes("\x00\xff\x80zz", 5);
  EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
  EXPECT_FALSE(base64_decode("YWI").has_value());
  EXPECT_FALSE(base64_decode("Y=I=").has_value());
  EXPECT_EQ(to_hex("\x0f\xa0"), "0fa0");
}

TEST(Fnv1a, PublishedVectors_Match) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325U);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8U);
}

TEST(ReplaceAll, NoRescan) {
  EXPECT_EQ(replace_all("aaa", "a", "aa"), "aaaaaa");
  EXPECT_EQ(trim("  x \n"), "x");
}

}  // namespace
}  // namespace sky
