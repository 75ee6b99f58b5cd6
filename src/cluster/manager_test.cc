#include "cluster/manager.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "cluster/testing_world_test.h"

namespace sky::cluster {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Call = infra::FakeInfra::Call;
using FaultKind = infra::FakeInfra::FaultKind;

auto up(Life& life, World& world, const std::string& request = "r1", int nodes = 1) -> Result<ClusterRecord> {
  return world.loop.run(life.manager().ensure_up(world.want(request, nodes), nullptr));
}

auto hash_of(Life& life) -> std::string {
  const auto record = life.manager().find(ClusterName("c"));
  return record == nullptr ? std::string() : record->hash;
}

auto store(async::Task<Result<ClusterRecord>> task, std::optional<Result<ClusterRecord>>* slot) -> async::Task<> {
  slot->emplace(co_await std::move(task));
}

TEST(ClusterManager, Launch_EndsUpWithNodesAndAgents) {
  World world;
  Life life(world);
  ASSERT_TRUE(life.start());
  const auto record = up(life, world, "r1", 3);
  ASSERT_TRUE(record.ok()) << to_string(record.error());
  EXPECT_EQ(record->status, ClusterStatus::kUp);
  EXPECT_EQ(record->nodes.size(), 3U);
  EXPECT_EQ(world.infra.cluster_count(), 1U);
}

TEST(ClusterManager, TwoLaunchesAtOnce_OneProvisions) {
  World world;
  world.infra.set_duration(Call::kLaunch, seconds(30));
  Life life(world);
  ASSERT_TRUE(life.start());
  std::optional<Result<ClusterRecord>> first;
  std::optional<Result<ClusterRecord>> second;
  async::TaskGroup group(world.loop);
  group.spawn("a", store(life.manager().ensure_up(world.want("r1"), nullptr), &first));
  group.spawn("b", store(life.manager().ensure_up(world.want("r2"), nullptr), &second));
  world.loop.advance(minutes(2));
  ASSERT_TRUE(first && first->ok());
  ASSERT_TRUE(second && second->ok());
  EXPECT_EQ((*first)->hash, (*second)->hash);
  EXPECT_EQ(world.infra.call_count(Call::kLaunch), 1);
}

TEST(ClusterManager, DownDuringLaunch_CancelsItAndLeavesNothing) {
  World world;
  world.infra.set_duration(Call::kLaunch, seconds(30));
  Life life(world);
  ASSERT_TRUE(life.start());
  std::optional<Result<ClusterRecord>> launched;
  async::TaskGroup group(world.loop);
  group.spawn("launch", store(life.manager().ensure_up(world.want("r1"), nullptr), &launched));
  world.loop.advance(seconds(5));
  const auto gone =
      world.loop.run(life.manager().ensure_gone(ClusterName("c"), hash_of(life), {.request = "r2", .now = 1}));
  EXPECT_TRUE(gone.ok()) << to_string(gone.error());
  world.loop.advance(seconds(60));
  ASSERT_TRUE(launched.has_value());
  EXPECT_EQ(launched->error().code, ErrorCode::kCancelled);
  EXPECT_EQ(world.infra.cluster_count(), 0U);
  EXPECT_EQ(life.manager().find(ClusterName("c")), nullptr);
}

TEST(ClusterManager, CancelledLaunch_RestsInInitAndCanBeLaunchedAgain) {
  World world;
  world.infra.set_duration(Call::kLaunch, seconds(30));
  Life life(world);
  ASSERT_TRUE(life.start());
  std::optional<Result<ClusterRecord>> launched;
  async::TaskGroup group(world.loop);
  group.spawn("launch", store(life.manager().ensure_up(world.want("r1"), nullptr), &launched));
  world.loop.advance(seconds(5));
  group.cancel();
  ASSERT_TRUE(world.loop.run(life.manager().give_up(ClusterName("c"), "r1")).ok());
  world.loop.advance(seconds(60));
  const auto record = life.manager().find(ClusterName("c"));
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->status, ClusterStatus::kInit);
  EXPECT_EQ(record->goal, Goal::kRest);
  EXPECT_TRUE(up(life, world, "r3").ok());
  EXPECT_EQ(world.infra.cluster_count(), 1U);
}

TEST(ClusterManager, SoldOut_FailsTheLaunchAndRemovesTheRecord) {
  World world;
  world.infra.sell_out("");
  Life life(world);
  ASSERT_TRUE(life.start());
  const auto record = up(life, world);
  ASSERT_FALSE(record.ok());
  EXPECT_EQ(record.error().code, ErrorCode::kResourcesUnavailable);
  EXPECT_EQ(life.manager().find(ClusterName("c")), nullptr);
  EXPECT_EQ(world.infra.cluster_count(), 0U);
}

TEST(ClusterManager, LostReplyOfALaunch_IsAskedAgainAndFindsTheSameNodes) {
  World world;
  world.infra.inject(Call::kLaunch, {.kind = FaultKind::kFailAfter});
  Life life(world);
  ASSERT_TRUE(life.start());
  EXPECT_TRUE(up(life, world).ok());
  EXPECT_EQ(world.infra.call_count(Call::kLaunch), 2);
  EXPECT_EQ(world.infra.cluster_count(), 1U);
}

TEST(ClusterManager, StopAndStart_KeepTheNodes) {
  World world;
  Life life(world);
  ASSERT_TRUE(life.start());
  const auto first = up(life, world);
  const auto stopped = world.loop.run(
      life.manager().ensure_stopped(ClusterName("c"), hash_of(life), {.request = "r2", .now = 1, .use = ""}));
  ASSERT_TRUE(stopped.ok()) << to_string(stopped.error());
  EXPECT_EQ(life.manager().find(ClusterName("c"))->status, ClusterStatus::kStopped);
  const auto again = up(life, world, "r3");
  ASSERT_TRUE(again.ok()) << to_string(again.error());
  EXPECT_EQ(again->hash, first->hash);
}

TEST(ClusterManager, RestartedAgents_AnswerAgainAndJobsGoOn) {
  World world;
  Life life(world);
  ASSERT_TRUE(life.start());
  const auto first = up(life, world);
  world.head.set_job(1, JobStatus::kRunning);
  world.loop.advance(seconds(1));
  const auto starts = [&world] { return std::ranges::count(world.head.commands, "start"); };
  const auto before = starts();
  ASSERT_TRUE(world.loop.run(life.manager().restart_agents(ClusterName("c"))).ok());
  const auto again = up(life, world, "r2");
  ASSERT_TRUE(again.ok()) << to_string(again.error());
  EXPECT_EQ(again->status, ClusterStatus::kUp);
  EXPECT_EQ(again->nodes, first->nodes);
  EXPECT_EQ(starts(), before + 1);
  EXPECT_EQ(life.tables().jobs.get(job_key(first->hash, JobId(1)))->status, JobStatus::kRunning);
}

TEST(ClusterManager, LostNode_IsSeenWhenTheHeadFallsSilent) {
  World world;
  Life life(world);
  ASSERT_TRUE(life.start());
  ASSERT_TRUE(up(life, world, "r1", 2).ok());
  world.infra.lose_node(ClusterName("c"), 0);
  world.loop.advance(minutes(2));
  EXPECT_EQ(life.manager().find(ClusterName("c"))->status, ClusterStatus::kInit);
}

TEST(ClusterManager, SilentNode_StaysUpForever) {
  World world;
  Life life(world);
  ASSERT_TRUE(life.start());
  ASSERT_TRUE(up(life, world).ok());
  world.infra.crash_node(ClusterName("c"), 0);
  world.loop.advance(minutes(60));
  EXPECT_EQ(life.manager().find(ClusterName("c"))->status, ClusterStatus::kUp);
}

TEST(ClusterManager, AutostopFiredThenReady_Stops) {
  World world;
  Life life(world);
  ASSERT_TRUE(life.start());
  ASSERT_TRUE(up(life, world).ok());
  const agent::AutostopSpec spec{.idle_minutes = 1, .hook = {}};
  world.head.push_event({.kind = agent::Event::Kind::kAutostopFired, .autostop = spec});
  world.loop.advance(seconds(2));
  EXPECT_EQ(life.manager().find(ClusterName("c"))->status, ClusterStatus::kAutostopping);
  world.head.push_event({.kind = agent::Event::Kind::kAutostopReady, .autostop = spec});
  world.loop.advance(minutes(1));
  EXPECT_EQ(life.manager().find(ClusterName("c"))->status, ClusterStatus::kStopped);
}

// The connection breaks while the hook runs, and the head that answers again has fired, or not.
auto status_after_reconnect(bool fired) -> ClusterStatus {
  World world;
  Life life(world);
  EXPECT_TRUE(life.start());
  EXPECT_TRUE(up(life, world).ok());
  world.head.push_event({.kind = agent::Event::Kind::kAutostopFired, .autostop = {.idle_minutes = 1, .hook = {}}});
  world.loop.advance(seconds(2));
  EXPECT_EQ(life.manager().find(ClusterName("c"))->status, ClusterStatus::kAutostopping);
  world.head.fired = fired;
  world.head.cut();
  world.loop.advance(minutes(1));
  return life.manager().find(ClusterName("c"))->status;
}

TEST(ClusterManager, AutostoppingHeadThatComesBack_IsStillAutostopping) {
  EXPECT_EQ(status_after_reconnect(true), ClusterStatus::kAutostopping);
}

TEST(ClusterManager, AutostoppingNodeThatWasStartedAnew_IsUpAgain) {
  EXPECT_EQ(status_after_reconnect(false), ClusterStatus::kUp);
}

TEST(ClusterManager, NextServer_AdoptsWhatIsUp) {
  World world;
  {
    Life life(world);
    ASSERT_TRUE(life.start());
    ASSERT_TRUE(up(life, world).ok());
  }
  Life next(world);
  ASSERT_TRUE(next.start());
  world.loop.advance(seconds(5));
  const auto session =
      world.loop.run(next.manager().session(ClusterName("c"), Deadline::after(world.loop.now(), seconds(10))));
  EXPECT_TRUE(session.ok());
  EXPECT_EQ(world.infra.call_count(Call::kLaunch), 1);
}

// The store dies before or after every single write of a launch, a stop, a start and a down; the next server goes on.
// Invariants: the wish is fulfilled in the end, there never is a second cluster, nothing is left behind.
class CrashAtEveryWrite : public ::testing::TestWithParam<journal::WriteFault> {};

TEST_P(CrashAtEveryWrite, NextServer_FulfilsTheWish) {
  int crashed = 0;
  for (int at = 1; at <= 14; ++at) {
    World world(static_cast<std::uint64_t>(at));
    world.infra.set_duration(Call::kLaunch, seconds(3));
    int writes = 0;
    const auto plan = [&](const journal::Batch&) { return ++writes == at ? GetParam() : journal::WriteFault::kNone; };
    auto life = std::make_unique<Life>(world, plan);
    if (!life->start()) {
      ++crashed;
      life = std::make_unique<Life>(world);
      ASSERT_TRUE(life->start());
    }
    // Repeats a wish, as a request does when the server starts again, until it comes true.
    const auto insist = [&](auto wish) {
      for (int tries = 0; tries < 3; ++tries) {
        const auto outcome = world.loop.run(wish(life->manager()));
        if (outcome.ok()) return;
        ASSERT_TRUE(life->lost()) << "write " << at << ": " << to_string(outcome.error());
        ++crashed;
        life = std::make_unique<Life>(world);
        ASSERT_TRUE(life->start());
      }
      FAIL() << "write " << at << ": the wish did not come true";
    };
    insist([&](ClusterManager& manager) { return manager.ensure_up(world.want("r1"), nullptr); });
    EXPECT_EQ(world.infra.cluster_count(), 1U) << at;
    insist([&](ClusterManager& manager) {
      return manager.ensure_stopped(ClusterName("c"), "r1-hash", {.request = "r2", .now = 1, .use = ""});
    });
    insist([&](ClusterManager& manager) { return manager.ensure_up(world.want("r3"), nullptr); });
    EXPECT_EQ(world.infra.cluster_count(), 1U) << at;
    for (int tries = 0; tries < 3 && life->manager().find(ClusterName("c")) != nullptr; ++tries) {
      const auto gone =
          world.loop.run(life->manager().ensure_gone(ClusterName("c"), "r1-hash", {.request = "r4", .now = 1}));
      if (gone.ok() || !life->lost()) break;
      ++crashed;
      life = std::make_unique<Life>(world);
      ASSERT_TRUE(life->start());
    }
    world.loop.advance(minutes(1));
    EXPECT_EQ(life->manager().find(ClusterName("c")), nullptr) << at;
    EXPECT_EQ(world.infra.cluster_count(), 0U) << at;
  }
  EXPECT_GE(crashed, 8);
}

INSTANTIATE_TEST_SUITE_P(Faults, CrashAtEveryWrite,
                         ::testing::Values(journal::WriteFault::kCrashBefore, journal::WriteFault::kCrashAfter));

}  // namespace
}  // namespace sky::cluster
