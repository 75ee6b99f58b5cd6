#include "agent/queue/decide.h"

#include <gtest/gtest.h>

#include "agent/queue/update.h"

namespace sky::agent {
namespace {

struct World {
  std::vector<Job> jobs;
  std::vector<NodeCapacity> nodes;

  auto add(int num_nodes, double cpus, double gpus) -> Job& {
    Job& job = jobs.emplace_back();
    job.id = JobId(static_cast<std::int64_t>(jobs.size()));
    job.spec.num_nodes = num_nodes;
    job.spec.cpus_per_node = cpus;
    job.spec.gpus_per_node = gpus;
    job.spec.run = "true";
    return job;
  }
  auto decided() const -> std::vector<Action> {
    std::vector<const Job*> active;
    for (const Job& job : jobs) {
      if (!is_terminal(job.status)) active.push_back(&job);
    }
    return decide(active, nodes);
  }
  // Dispatches what is decided; the ids of the jobs.
  auto dispatch() -> std::vector<std::int64_t> {
    std::vector<std::int64_t> ids;
    for (const Action& action : decided()) {
      const auto* dispatch = std::get_if<DispatchJob>(&action);
      if (dispatch == nullptr) continue;
      ids.push_back(dispatch->job.value());
      apply(jobs[static_cast<size_t>(dispatch->job.value() - 1)],
            Dispatched{dispatch->placements, std::vector<JobNode>(nodes.size()), 1});
    }
    return ids;
  }
};

auto node(double cpus, std::vector<int> gpus = {}) -> NodeCapacity {
  return {cpus, std::move(gpus), true};
}

using Ids = std::vector<std::int64_t>;

TEST(Decide, TwoCpus_AreFourSlots) {
  World world{.jobs = {}, .nodes = {node(2)}};
  for (int i = 0; i < 6; ++i) world.add(1, kDefaultCpusPerJob, 0);
  EXPECT_EQ(world.dispatch(), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(world.dispatch(), Ids{});
  apply(world.jobs[2], RankEnded{Phase::kRun, 0, RankExit{0, false, false, "", 10}, 2});
  EXPECT_EQ(world.dispatch(), Ids{5});
}

TEST(Decide, HeadOfLineDoesNotFit_NobodyOvertakes) {
  World world{.jobs = {}, .nodes = {node(4), node(4)}};
  world.add(1, 3, 0);
  world.add(2, 2, 0);
  world.add(1, 0.5, 0);
  EXPECT_EQ(world.dispatch(), Ids{1});
}

TEST(Decide, NodeNotReady_NothingIsDispatched) {
  World world{.jobs = {}, .nodes = {node(4), node(4)}};
  world.nodes[1].ready = false;
  world.add(1, 1, 0);
  EXPECT_EQ(world.dispatch(), Ids{});
}

TEST(Decide, Gang_TakesOneNodePerRankInOrder) {
  World world{.jobs = {}, .nodes = {node(1), node(2), node(2)}};
  world.add(2, 2, 0);
  EXPECT_EQ(world.dispatch(), Ids{1});
  EXPECT_EQ(world.jobs[0].placements[0].node, 1);
  EXPECT_EQ(world.jobs[0].placements[1].node, 2);
}

TEST(Decide, FractionsShareOneGpu_WholeOnesDoNot) {
  World world{.jobs = {}, .nodes = {node(8, {0, 1, 2})}};
  world.add(1, 0.5, 0.5);
  world.add(1, 0.5, 0.5);
  world.add(1, 0.5, 2);
  world.add(1, 0.5, 0.1);
  EXPECT_EQ(world.dispatch(), (Ids{1, 2, 3}));
  EXPECT_EQ(world.jobs[0].placements[0].gpus, (std::vector<GpuShare>{{0, 0.5}}));
  EXPECT_EQ(world.jobs[1].placements[0].gpus, (std::vector<GpuShare>{{0, 0.5}}));
  EXPECT_EQ(world.jobs[2].placements[0].gpus, (std::vector<GpuShare>{{1, 1.0}, {2, 1.0}}));
}

TEST(Decide, TenTenths_FillOneGpu) {
  World world{.jobs = {}, .nodes = {node(8, {5})}};
  for (int i = 0; i < 11; ++i) world.add(1, 0.1, 0.1);
  EXPECT_EQ(world.dispatch().size(), 10U);
}

TEST(Decide, RunningJob_IsToRunAndAfterCancelToBeKilled) {
  World world{.jobs = {}, .nodes = {node(2), node(2)}};
  world.add(2, 1, 0);
  world.dispatch();
  const RankKey one{JobId(1), 1, Phase::kRun, 0};
  const RankKey two{JobId(1), 1, Phase::kRun, 1};
  EXPECT_EQ(world.decided(), (std::vector<Action>{RunRank{one, 0}, RunRank{two, 1}}));
  apply(world.jobs[0], CancelRequested{2});
  EXPECT_EQ(world.decided(),
            (std::vector<Action>{RunRank{one, 0}, KillRank{one, 0}, RunRank{two, 1}, KillRank{two, 1}}));
}

TEST(Decide, FailedRank_StopsTheOthers) {
  World world{.jobs = {}, .nodes = {node(2), node(2)}};
  world.add(2, 1, 0);
  world.dispatch();
  apply(world.jobs[0], RankEnded{Phase::kRun, 0, RankExit{3, false, false, "", 10}, 2});
  const RankKey two{JobId(1), 1, Phase::kRun, 1};
  EXPECT_EQ(world.decided(), (std::vector<Action>{RunRank{two, 1}, KillRank{two, 1}}));
}

TEST(CheckFits, MoreThanAnEmptyClusterHas_NamesBothSides) {
  const std::vector<NodeCapacity> nodes{node(2), node(2, {0})};
  JobSpec spec;
  spec.num_nodes = 3;
  EXPECT_EQ(check_fits(spec, nodes).error().message, "the job asks for 3 nodes, the cluster has 2");
  spec.num_nodes = 2;
  spec.gpus_per_node = 1;
  EXPECT_EQ(check_fits(spec, nodes).error().code, ErrorCode::kResourcesMismatch);
  spec.num_nodes = 1;
  EXPECT_TRUE(check_fits(spec, nodes).ok());
}

auto idle(int minutes, WaitFor wait_for, bool jobs, bool ssh, int idle_seconds) -> IdleVerdict {
  const Autostop autostop{{.idle_minutes = minutes, .wait_for = wait_for}, false};
  return decide_autostop(autostop, {.jobs_active = jobs,
                                    .ssh_active = ssh,
                                    .active_last = MonoTime{},
                                    .now = MonoTime{} + std::chrono::seconds(idle_seconds)});
}

TEST(Autostop, EveryWaitFor_CountsWhatItWaitsFor) {
  EXPECT_EQ(idle(kAutostopOff, WaitFor::kJobs, false, false, 9999), IdleVerdict::kOff);
  EXPECT_EQ(idle(5, WaitFor::kJobsAndSsh, true, false, 9999), IdleVerdict::kBusy);
  EXPECT_EQ(idle(5, WaitFor::kJobsAndSsh, false, true, 9999), IdleVerdict::kBusy);
  EXPECT_EQ(idle(5, WaitFor::kJobs, false, true, 300), IdleVerdict::kFire);
  EXPECT_EQ(idle(5, WaitFor::kJobs, true, false, 300), IdleVerdict::kBusy);
  EXPECT_EQ(idle(5, WaitFor::kNone, true, true, 300), IdleVerdict::kFire);
  EXPECT_EQ(idle(5, WaitFor::kJobsAndSsh, false, false, 299), IdleVerdict::kWait);
}

TEST(Autostop, ZeroMinutes_CountAsOne) {
  EXPECT_EQ(idle(0, WaitFor::kJobs, false, false, 59), IdleVerdict::kWait);
  EXPECT_EQ(idle(0, WaitFor::kJobs, false, false, 60), IdleVerdict::kFire);
}

TEST(Autostop, Fired_NeverFiresAgain) {
  EXPECT_EQ(decide_autostop({{.idle_minutes = 1}, true}, {.now = MonoTime{} + std::chrono::hours(1)}),
            IdleVerdict::kOff);
}

}  // namespace
}  // namespace sky::agent
