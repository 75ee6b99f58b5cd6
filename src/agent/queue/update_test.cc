#include "agent/queue/update.h"

#include <gtest/gtest.h>

namespace sky::agent {
namespace {

auto pending(int nodes = 1, std::string setup = "", std::string run = "true") -> Job {
  Job job;
  job.id = JobId(3);
  job.spec.num_nodes = nodes;
  job.spec.setup = std::move(setup);
  job.spec.run = std::move(run);
  job.spec.envs = {{"A", "1"}};
  return job;
}

auto dispatched(int nodes = 1) -> Dispatched {
  Dispatched change{.placements = {}, .nodes = {{"a", "x"}, {"b", "y"}}, .at = 10};
  for (int node = 0; node < nodes; ++node) change.placements.push_back({node, {}});
  return change;
}

auto ended(Phase phase, int rank, std::optional<int> code, bool killed = false) -> RankEnded {
  return {phase, rank, RankExit{code, killed, false, code ? "" : "gone", 10}, 20};
}

auto after(Job job, const std::vector<JobChange>& changes) -> Job {
  for (const JobChange& change : changes) apply(job, change);
  return job;
}

// One job in every state.
auto job_in(JobStatus status) -> Job {
  const Job with_setup = pending(1, "s");
  switch (status) {
    case JobStatus::kInit:
    case JobStatus::kPending:
      return pending();
    case JobStatus::kSettingUp:
      return after(with_setup, {dispatched()});
    case JobStatus::kRunning:
      return after(pending(), {dispatched()});
    case JobStatus::kFailedDriver:
      return after(pending(), {dispatched(), ended(Phase::kRun, 0, {})});
    case JobStatus::kSucceeded:
      return after(pending(), {dispatched(), ended(Phase::kRun, 0, 0)});
    case JobStatus::kFailed:
      return after(pending(), {dispatched(), ended(Phase::kRun, 0, 1)});
    case JobStatus::kFailedSetup:
      return after(with_setup, {dispatched(), ended(Phase::kSetup, 0, 1), ended(Phase::kSetup, 1, 0)});
    case JobStatus::kCancelled:
      return after(pending(), {CancelRequested{5}});
  }
  return {};
}

// One row per state; one letter per change: the status afterwards, '-' where it is refused.
TEST(JobUpdate, EveryStateAndChange_GivesTheTable) {
  const std::vector<JobChange> changes{
      dispatched(),  ended(Phase::kSetup, 0, 0), ended(Phase::kRun, 0, 0), ended(Phase::kRun, 0, 7), CancelRequested{9},
      NodeLost{0, 9}};
  struct Row {
    JobStatus from;
    std::vector<std::string_view> to;
  };
  const std::vector<Row> table{
      {JobStatus::kPending, {"RUNNING", "-", "-", "-", "CANCELLED", "-"}},
      {JobStatus::kSettingUp, {"-", "SETTING_UP", "-", "-", "SETTING_UP", "SETTING_UP"}},
      {JobStatus::kRunning, {"-", "-", "SUCCEEDED", "FAILED", "RUNNING", "FAILED_DRIVER"}},
      {JobStatus::kFailedDriver, {"-", "-", "-", "-", "-", "-"}},
      {JobStatus::kSucceeded, {"-", "-", "-", "-", "-", "-"}},
      {JobStatus::kFailed, {"-", "-", "-", "-", "-", "-"}},
      {JobStatus::kFailedSetup, {"-", "-", "-", "-", "-", "-"}},
      {JobStatus::kCancelled, {"-", "-", "-", "-", "-", "-"}},
  };
  for (const Row& row : table) {
    ASSERT_EQ(job_in(row.from).status, row.from);
    for (size_t i = 0; i < changes.size(); ++i) {
      Job job = job_in(row.from);
      const Result<> allowed = can_apply(job, changes[i]);
      if (allowed.ok()) apply(job, changes[i]);
      EXPECT_EQ(allowed.ok() ? to_string(job.status) : "-", row.to[i]) << to_string(row.from) << " change " << i;
    }
  }
}

TEST(JobUpdate, Refusal_NamesJobExpectedAndFound) {
  EXPECT_EQ(can_apply(job_in(JobStatus::kSucceeded), CancelRequested{}).error().message,
            "expected job 3 to be unfinished, found it SUCCEEDED");
}

TEST(JobUpdate, SetupOnAllNodes_ThenRunOnTheJobsNodes) {
  Job job = after(pending(1, "s"), {dispatched()});
  EXPECT_EQ(job.setup.size(), 2U);
  apply(job, ended(Phase::kSetup, 1, 0));
  EXPECT_EQ(job.status, JobStatus::kSettingUp);
  apply(job, ended(Phase::kSetup, 0, 0));
  EXPECT_EQ(job.status, JobStatus::kRunning);
  EXPECT_EQ(job.run.size(), 1U);
}

TEST(JobUpdate, SetupWithoutRun_SucceedsAfterSetup) {
  const Job job = after(pending(1, "s", ""), {dispatched(), ended(Phase::kSetup, 0, 0), ended(Phase::kSetup, 1, 0)});
  EXPECT_EQ(job.status, JobStatus::kSucceeded);
  EXPECT_EQ(job.ended_at, 20);
}

TEST(JobUpdate, NothingToRun_SucceedsAtDispatch) {
  EXPECT_EQ(after(pending(1, "", ""), {dispatched()}).status, JobStatus::kSucceeded);
}

TEST(JobUpdate, OneFailingRank_WaitsForTheOthersAndCountsThemAs137) {
  Job job = after(pending(2), {dispatched(2), ended(Phase::kRun, 0, 1)});
  EXPECT_EQ(job.status, JobStatus::kRunning);
  apply(job, ended(Phase::kRun, 1, 143, true));
  EXPECT_EQ(job.status, JobStatus::kFailed);
  EXPECT_EQ(view_of(job).exit_codes, (std::vector<int>{1, 137}));
}

TEST(JobUpdate, CancelOfARunningJob_EndsItWhenItsRanksHaveEnded) {
  Job job = after(pending(), {dispatched(), CancelRequested{11}});
  EXPECT_EQ(job.status, JobStatus::kRunning);
  apply(job, ended(Phase::kRun, 0, 143, true));
  EXPECT_EQ(job.status, JobStatus::kCancelled);
}

TEST(JobUpdate, CancelDuringSetup_NeverStartsTheRun) {
  const Job job = after(pending(1, "s"),
                        {dispatched(), CancelRequested{11}, ended(Phase::kSetup, 0, 0), ended(Phase::kSetup, 1, 0)});
  EXPECT_EQ(job.status, JobStatus::kCancelled);
}

TEST(JobUpdate, SuccessThatTheCancelDidNotReach_Stays) {
  const Job job = after(pending(), {dispatched(), CancelRequested{11}, ended(Phase::kRun, 0, 0)});
  EXPECT_EQ(job.status, JobStatus::kSucceeded);
}

TEST(JobUpdate, LostNode_EndsItsRanksAlone) {
  Job job = after(pending(2), {dispatched(2), NodeLost{1, 12}});
  EXPECT_EQ(job.status, JobStatus::kRunning);
  apply(job, ended(Phase::kRun, 0, 137, true));
  EXPECT_EQ(job.status, JobStatus::kFailedDriver);
  EXPECT_EQ(job.reason, "node 1 is gone");
}

TEST(JobUpdate, End_DropsScriptsAndSecrets) {
  Job job = pending(1, "s");
  job.sealed_secrets = "x";
  apply(job, CancelRequested{1});
  EXPECT_TRUE(job.spec.setup.empty() && job.spec.run.empty() && job.spec.envs.empty() && job.sealed_secrets.empty());
}

TEST(JobText, Encoded_ReadsBack) {
  Job job = after(pending(2), {dispatched(2), ended(Phase::kRun, 0, {})});
  job.placements[0].gpus = {{1, 0.5}, {3, 1}};
  job.key = "k";
  EXPECT_EQ(decode_job(encode_job(job)).value(), job);
  EXPECT_FALSE(decode_job("{}").ok());
  const Autostop autostop{{.idle_minutes = 5, .hook = "x"}, true, "b"};
  EXPECT_EQ(decode_autostop(encode_autostop(autostop)).value(), autostop);
}

TEST(JobText, Secrets_AreNotEncoded) {
  Job job = pending();
  job.spec.secrets = {{"T", Secret("hush")}};
  EXPECT_EQ(encode_job(job).find("hush"), std::string::npos);
}

}  // namespace
}  // namespace sky::agent
