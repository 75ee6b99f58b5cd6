#include "format/close_match.h"

#include <gtest/gtest.h>

namespace sky {
namespace {

// Recorded from difflib.SequenceMatcher(None, candidate, word).ratio() of Python 3.11.
TEST(Similarity, EqualsDifflib) {
  EXPECT_NEAR(similarity("name", "nme"), 0.8571428571428571, 1e-12);
  EXPECT_NEAR(similarity("num_nodes", "nodes"), 0.7142857142857143, 1e-12);
  EXPECT_NEAR(similarity("resources", "resuorces"), 0.8888888888888888, 1e-12);
  EXPECT_NEAR(similarity("abcdabcd", "cdab"), 0.6666666666666666, 1e-12);
  EXPECT_NEAR(similarity("größe", "grösse"), 0.7272727272727273, 1e-12);
  EXPECT_EQ(similarity("a", "b"), 0);
  EXPECT_EQ(similarity("", ""), 1);
}

TEST(CloseMatch, BestAboveCutoff) {
  const std::vector<std::string_view> fields = {"name", "run", "resources", "setup", "num_nodes", "envs"};
  EXPECT_EQ(close_match("nme", fields), "name");
  EXPECT_EQ(close_match("RUN", fields), std::nullopt);
  EXPECT_EQ(close_match("nodes", fields), "num_nodes");
  EXPECT_EQ(close_match("zzz", fields), std::nullopt);
  EXPECT_EQ(close_match("ab", {"abx", "aby"}), "aby");  // equal scores: the greater text
}

}  // namespace
}  // namespace sky
