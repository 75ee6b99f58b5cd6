#include "format/dotenv.h"

#include <gtest/gtest.h>

namespace sky {
namespace {

auto lookup_home(std::string_view name) -> std::optional<std::string> {
  return name == "HOME" ? std::optional<std::string>("/home/a") : std::nullopt;
}

// `A=1|B` for values A=1 and B without a value, then `!2` for a bad line 2.
auto load(std::string_view text) -> std::string {
  const auto file = parse_dotenv(text, lookup_home);
  std::string out;
  for (const auto& [name, value] : file.values) {
    if (!out.empty()) out += '|';
    out += value ? name + "=" + *value : name;
  }
  for (const size_t line : file.bad_lines) out += fmt::format("!{}", line);
  return out;
}

// Expected values recorded from python-dotenv 1.2.
TEST(Dotenv, Statements_AreReadLikePythonDotenv) {
  const std::vector<std::pair<std::string, std::string>> cases = {{"A=1\nB=2", "A=1|B=2"},
                                                                  {"export A=1", "A=1"},
                                                                  {"  A = 1  ", "A=1"},
                                                                  {"A=a b # c", "A=a b"},
                                                                  {"A=a#b", "A=a#b"},
                                                                  {"A= # c", "A="},
                                                                  {"A=#c", "A=#c"},
                                                                  {"A=", "A="},
                                                                  {"A", "A"},
                                                                  {"# c\n\nA=1", "A=1"},
                                                                  {"A='x # y' # z", "A=x # y"},
                                                                  {"A=\"x\\ty\\q\\\"\"", "A=x\ty\\q\""},
                                                                  {"A='x\\ny\\''", "A=x\\ny'"},
                                                                  {"A=\"two\nlines\"\nB=1", "A=two\nlines|B=1"},
                                                                  {"'a b'=1", "a b=1"},
                                                                  {"A=1\r\nB=2\rC=3", "A=1|B=2|C=3"},
                                                                  {"A=1\nA=2", "A=2"},
                                                                  {"A='x' y\nB=1", "B=1!1"},
                                                                  {"A=\"open\nB=1", "B=1!1"},
                                                                  {"=x\nB=1", "B=1!1"},
                                                                  {"A=1\nA B\nC=1", "A=1|C=1!2"},
                                                                  {"\xEF\xBB\xBF"
                                                                   "A=1",
                                                                   "A=1"},
                                                                  {"", ""}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(load(text), expected) << text;
}

TEST(Dotenv, Variables_AreReplaced) {
  EXPECT_EQ(load("A=1\nB=${A}${HOME}x"), "A=1|B=1/home/ax");
  EXPECT_EQ(load("B='${HOME}'"), "B=/home/a");
  EXPECT_EQ(load("B=${NO}|${NO:-d}|${NO:x}|$HOME|${"), "B=|d|${NO:x}|$HOME|${");
  EXPECT_EQ(load("HOME=h\nB=${HOME}"), "HOME=h|B=h");
  EXPECT_EQ(load("A\nB=${A:-d}"), "A|B=");
}

}  // namespace
}  // namespace sky
