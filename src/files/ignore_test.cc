#include "files/ignore.h"

#include <gtest/gtest.h>

namespace sky::files {
namespace {

struct WildCase {
  std::string_view glob;
  std::string_view path;
  bool matches;
};

TEST(WildMatch, Table) {
  constexpr auto kCases = std::to_array<WildCase>({
      {"foo", "foo", true},        {"foo", "fooo", false},      {"", "", true},
      {"*", "foo", true},          {"*", "a/b", false},         {"a*", "a", true},
      {"*.py", "x.py", true},      {"*.py", "a/x.py", false},   {"a/*", "a/b", true},
      {"a/*", "a/b/c", false},     {"a*c", "abcbc", true},      {"a*b*c", "a1b2b3c", true},
      {"*a/b", "aaa/b", true},     {"f?o", "foo", true},        {"f?o", "f/o", false},
      {"**/foo", "foo", true},     {"**/foo", "a/b/foo", true}, {"**/foo", "afoo", false},
      {"a/**", "a/b/c", true},     {"a/**", "a", false},        {"a/**/b", "a/b", true},
      {"a/**/b", "a/x/y/b", true}, {"a/**/b", "a/xb", false},   {"**/a/**/b", "x/a/y/a/b", true},
      {"a**b", "axxb", true},      {"a**b", "a/b", false},      {"***/x", "q/x", true},
      {"[abc]x", "bx", true},      {"[!abc]x", "bx", false},    {"[^abc]x", "dx", true},
      {"[a-c]", "b", true},        {"[]x]", "]", true},         {"[]-]", "-", true},
      {"[[:digit:]]", "7", true},  {"[[:digit:]]", "x", false}, {"[[:nonsense:]]", "x", false},
      {"[abc", "a", false},        {"a[/]b", "a/b", false},     {"\\*", "*", true},
      {"\\*", "x", false},         {"a\\", "a\\", false},       {"**", "a/b", true},
  });
  for (const WildCase& c : kCases) EXPECT_EQ(wild_match(c.glob, c.path), c.matches) << c.glob << " on " << c.path;
}

TEST(WildMatch, ManyStars_AreNotExponential) {
  std::string glob;
  for (int i = 0; i < 50; ++i) glob += "*a";
  EXPECT_FALSE(wild_match(glob + "b", std::string(2000, 'a')));
  EXPECT_FALSE(wild_match("**/" + glob + "/**/" + glob + "b", std::string(1000, 'a') + "/" + std::string(1000, 'a')));
}

auto git(std::string_view text) -> IgnoreList {
  return IgnoreList::parse(text, IgnoreSyntax::kGit);
}

TEST(IgnoreListGit, LastMatchDecides) {
  const IgnoreList list = git("*.log\n!keep.log\n/top\nsub/x\nbuild/\n");
  EXPECT_EQ(list.ignores("a/b.log", false), true);
  EXPECT_EQ(list.ignores("a/keep.log", false), false);
  EXPECT_EQ(list.ignores("top", false), true);
  EXPECT_EQ(list.ignores("a/top", false), std::nullopt);
  EXPECT_EQ(list.ignores("sub/x", false), true);
  EXPECT_EQ(list.ignores("a/sub/x", false), std::nullopt);
  EXPECT_EQ(list.ignores("a/build", true), true);
  EXPECT_EQ(list.ignores("a/build", false), std::nullopt);
}

TEST(IgnoreListGit, CommentsBlanksAndEscapes) {
  const IgnoreList list = git("\xef\xbb\xbf# comment\n\n\\#file\n\\!bang\nspace \nkept\\ \nwindows\r\n");
  EXPECT_EQ(list.ignores("#file", false), true);
  EXPECT_EQ(list.ignores("!bang", false), true);
  EXPECT_EQ(list.ignores("space", false), true);
  EXPECT_EQ(list.ignores("kept ", false), true);
  EXPECT_EQ(list.ignores("windows", false), true);
  EXPECT_EQ(list.ignores("# comment", false), std::nullopt);
}

TEST(IgnoreListSky, PatternsWorkLikeRsyncs) {
  const auto list = IgnoreList::parse("# comment\n/root.txt\n*.jar\nlogs/\ndata/big\n!odd\n", IgnoreSyntax::kSky);
  EXPECT_EQ(list.ignores("root.txt", false), true);
  EXPECT_EQ(list.ignores("a/root.txt", false), std::nullopt);
  EXPECT_EQ(list.ignores("a/b/x.jar", false), true);
  EXPECT_EQ(list.ignores("a/logs", true), true);
  EXPECT_EQ(list.ignores("logs", false), std::nullopt);
  EXPECT_EQ(list.ignores("data/big", true), true);
  EXPECT_EQ(list.ignores("a/data/big", true), true);  // git would anchor this one
  EXPECT_EQ(list.ignores("!odd", false), true);
}

}  // namespace
}  // namespace sky::files
