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

TEST(Similarity, OrderOfArguments_Matters) {
  EXPECT_DOUBLE_EQ(byte_similarity("abxcd", "abcd"), 8.0 / 9);
  EXPECT_DOUBLE_EQ(byte_similarity("tide", "diet"), 0.25);
  EXPECT_DOUBLE_EQ(byte_similarity("diet", "tide"), 0.5);
  EXPECT_DOUBLE_EQ(byte_similarity("", ""), 1);
  EXPECT_DOUBLE_EQ(byte_similarity("a", ""), 0);
}

}  // namespace
}  // namespace sky
