#include "agent/queue/rank_plan.h"

#include <gtest/gtest.h>

#include "agent/queue/update.h"

namespace sky::agent {
namespace {

const ClusterId kCluster{.server = ServerId("0a1b2c3d"), .name = "dev"};

auto running(int num_nodes, int cluster_nodes) -> Job {
  Job job;
  job.id = JobId(7);
  job.spec.name = "train";
  job.spec.user = "ada";
  job.spec.task_id = "sky-2026-11-25-10-00-00-123456";
  job.spec.num_nodes = num_nodes;
  job.spec.gpus_per_node = 0.5;
  job.spec.setup = "setup me";
  job.spec.run = "run me";
  job.spec.envs = {{"A", "b"}};
  job.spec.cluster = {"dev", "local", "local", ""};
  Dispatched change{.placements = {}, .nodes = {}, .at = 1};
  for (int node = 1; node <= cluster_nodes; ++node) {
    change.nodes.push_back({fmt::format("127.1.0.{}", node), fmt::format("boot{}", node)});
  }
  for (int i = 0; i < num_nodes; ++i) change.placements.push_back({cluster_nodes - num_nodes + i, {{3, 0.5}}});
  apply(job, change);
  return job;
}

auto environment(const RankSpec& spec) -> std::map<std::string, std::string> {
  std::map<std::string, std::string> env;
  for (const auto& [name, value] : spec.environment) env[name] = value.reveal();
  return env;
}

TEST(RankSpec, OfRun_HasExactlyTheDocumentedVariables) {
  const RankKey key{JobId(7), 1, Phase::kRun, 1};
  const RankSpec spec = rank_spec(running(2, 3), kCluster, key, {{"TOKEN", Secret("t")}});
  const std::map<std::string, std::string> expected{
      {"A", "b"},
      {"CUDA_VISIBLE_DEVICES", "3"},
      {"PYTHONUNBUFFERED", "1"},
      {"SKYPILOT_CLUSTER_INFO", R"({"cluster_name": "dev", "cloud": "local", "region": "local", "zone": null})"},
      {"SKYPILOT_INTERNAL_JOB_ID", "7"},
      {"SKYPILOT_NODE_IPS", "127.1.0.2\n127.1.0.3"},
      {"SKYPILOT_NODE_RANK", "1"},
      {"SKYPILOT_NUM_GPUS_PER_NODE", "1"},
      {"SKYPILOT_NUM_NODES", "2"},
      {"SKYPILOT_TASK_ID", "sky-2026-11-25-10-00-00-123456_dev_7"},
      {"SKYPILOT_USER", "ada"},
      {"SKY_JOB", "0a1b2c3d/dev/7/1/1"},
      {"TOKEN", "t"},
  };
  EXPECT_EQ(environment(spec), expected);
  EXPECT_EQ(spec.script, "run me");
  EXPECT_EQ(spec.boot_id, "boot3");
  EXPECT_EQ(spec.output_base, "sky_logs/7-train/tasks/1-worker2");
}

TEST(RankSpec, OfSetup_HasTheSetupVariablesAndNoDevices) {
  const RankKey key{JobId(7), 1, Phase::kSetup, 2};
  const RankSpec spec = rank_spec(running(1, 3), kCluster, key, {});
  const auto env = environment(spec);
  EXPECT_EQ(env.at("SKYPILOT_SETUP_NODE_RANK"), "2");
  EXPECT_EQ(env.at("SKYPILOT_SETUP_NODE_IPS"), "127.1.0.1\n127.1.0.2\n127.1.0.3");
  EXPECT_EQ(env.at("SKYPILOT_SETUP_NUM_GPUS_PER_NODE"), "1");
  EXPECT_EQ(env.at("SKYPILOT_NUM_NODES"), "1");
  EXPECT_FALSE(env.contains("CUDA_VISIBLE_DEVICES"));
  EXPECT_FALSE(env.contains("SKYPILOT_NODE_RANK"));
  EXPECT_EQ(spec.script, "setup me");
  EXPECT_EQ(spec.output_base, "sky_logs/7-train/tasks/setup-127.1.0.3");
}

TEST(RankSpec, UsersVariables_WinExceptOverTheMarkOfTheJob) {
  Job job = running(1, 1);
  job.spec.envs = {{"SKYPILOT_TASK_ID", "mine"}, {"SKY_JOB", "forged"}};
  const auto env = environment(rank_spec(job, kCluster, {JobId(7), 1, Phase::kRun, 0}, {}));
  EXPECT_EQ(env.at("SKYPILOT_TASK_ID"), "mine");
  EXPECT_EQ(env.at("SKY_JOB"), "0a1b2c3d/dev/7/1/0");
}

TEST(LinePrefix, EveryPlace_IsAsInTheOriginal) {
  const RankKey run0{JobId(7), 1, Phase::kRun, 0};
  const RankKey run1{JobId(7), 1, Phase::kRun, 1};
  EXPECT_EQ(line_prefix(running(1, 1), run0, 12), "(train, pid=12) ");
  EXPECT_EQ(line_prefix(running(2, 2), run0, 12), "(head, rank=0, pid=12) ");
  EXPECT_EQ(line_prefix(running(2, 2), run1, 12), "(worker1, rank=1, pid=12, ip=127.1.0.2) ");
  EXPECT_EQ(line_prefix(running(1, 1), {JobId(7), 1, Phase::kSetup, 0}, 5), "(setup pid=5) ");
  EXPECT_EQ(line_prefix(running(1, 2), {JobId(7), 1, Phase::kSetup, 1}, 5), "(setup pid=5, ip=127.1.0.2) ");
  Job unnamed = running(1, 1);
  unnamed.spec.name.clear();
  EXPECT_EQ(line_prefix(unnamed, run0, 1), "(task, pid=1) ");
  EXPECT_EQ(merged_base(unnamed), "sky_logs/7--/run");
}

TEST(ClosingLines, FailedJobs_SayWhatFailed) {
  Job job = running(2, 2);
  job.spec.num_nodes = 2;
  for (const int rank : {0, 1}) apply(job, RankEnded{Phase::kSetup, rank, RankExit{0, false, false, "", 10}, 2});
  apply(job, RankEnded{Phase::kRun, 0, RankExit{1, false, false, "", 10}, 3});
  apply(job, RankEnded{Phase::kRun, 1, RankExit{143, true, false, "", 10}, 3});
  EXPECT_EQ(closing_lines(job), "ERROR: Job 7 failed with return code list: [1, 137]\n");
  Job setup = running(1, 2);
  apply(setup, RankEnded{Phase::kSetup, 1, RankExit{4, false, false, "", 10}, 3});
  apply(setup, RankEnded{Phase::kSetup, 0, RankExit{0, false, false, "", 10}, 3});
  EXPECT_EQ(closing_lines(setup), "ERROR: Job 7's setup failed. Failed workers: (pid=10, returncode=4)\n");
}

TEST(ClosingLines, SucceededAndCancelled_SayNothing) {
  Job job = running(1, 1);
  apply(job, RankEnded{Phase::kSetup, 0, RankExit{0, false, false, "", 10}, 2});
  apply(job, RankEnded{Phase::kRun, 0, RankExit{0, false, false, "", 10}, 3});
  EXPECT_EQ(closing_lines(job), "");
}

}  // namespace
}  // namespace sky::agent
