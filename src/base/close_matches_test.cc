#include "base/close_matches.h"

#include <gtest/gtest.h>

namespace sky {
namespace {

auto matches(std::string_view word) -> std::string {
  static const std::vector<std::string_view> options = {
      "--config",       "--cluster",     "--dryrun",      "--detach-run", "--name",      "--workdir",
      "--infra",        "--num-nodes",   "--cpus",        "--memory",     "--disk-size", "--disk-tier",
      "--network-tier", "--use-spot",    "--no-use-spot", "--image-id",   "--env-file",  "--env",
      "--secret",       "--secret-file", "--gpus",        "--yes",        "--no-setup",  "--idle-minutes-to-autostop"};
  std::string out;
  for (const auto match : close_matches(word, options)) out.append(out.empty() ? "" : " ").append(match);
  return out;
}

// Expectations are the answers of Python 3.11's difflib.
TEST(CloseMatches, MistypedOptions_MatchDifflib) {
  EXPECT_EQ(matches("--nam"), "--name --infra --env");
  EXPECT_EQ(matches("--num-node"), "--num-nodes --name");
  EXPECT_EQ(matches("--numnodes"), "--num-nodes --name");
  EXPECT_EQ(matches("--spot"), "--use-spot --no-use-spot");
  EXPECT_EQ(matches("--gpu"), "--gpus --cpus");
  EXPECT_EQ(matches("--evn"), "--env --yes");
  EXPECT_EQ(matches("--foo"), "");
  EXPECT_EQ(matches("--disk"), "--disk-tier --disk-size");
  EXPECT_EQ(matches("--secrets"), "--secret --secret-file");
  EXPECT_EQ(matches("--detach"), "--detach-run");
  EXPECT_EQ(matches("--cloud-name"), "--name");
  EXPECT_EQ(matches("--autostop"), "--no-setup");
  EXPECT_EQ(matches("--idle-minutes"), "--idle-minutes-to-autostop");
  EXPECT_EQ(matches("--no-spot"), "--no-use-spot --use-spot --no-setup");
  EXPECT_EQ(matches("--setup"), "--no-setup --secret");
}

TEST(CloseMatches, EquallySimilarCandidates_GreaterTextIsFirst) {
  EXPECT_EQ(close_matches("ab", {"abx", "aby"}), (std::vector<std::string_view>{"aby", "abx"}));
}

// Recorded from difflib.SequenceMatcher(None, a, b).ratio() of Python 3.11.
TEST(Similarity, PairsOfWords_EqualDifflib) {
  EXPECT_DOUBLE_EQ(similarity("name", "nme"), 0.8571428571428571);
  EXPECT_DOUBLE_EQ(similarity("num_nodes", "nodes"), 0.7142857142857143);
  EXPECT_DOUBLE_EQ(similarity("resources", "resuorces"), 0.8888888888888888);
  EXPECT_DOUBLE_EQ(similarity("abcdabcd", "cdab"), 0.6666666666666666);
  EXPECT_DOUBLE_EQ(similarity("größe", "grösse"), 0.7272727272727273);
  EXPECT_DOUBLE_EQ(similarity("abxcd", "abcd"), 8.0 / 9);
  EXPECT_DOUBLE_EQ(similarity("", ""), 1);
  EXPECT_DOUBLE_EQ(similarity("a", ""), 0);
  EXPECT_DOUBLE_EQ(similarity("a", "b"), 0);
}

TEST(Similarity, OrderOfArguments_Matters) {
  EXPECT_DOUBLE_EQ(similarity("tide", "diet"), 0.25);
  EXPECT_DOUBLE_EQ(similarity("diet", "tide"), 0.5);
}

TEST(Similarity, LongerThanAnyName_IsZero) {
  const std::string text(1000, 'a');
  EXPECT_DOUBLE_EQ(similarity(text, text), 0);
}

}  // namespace
}  // namespace sky
