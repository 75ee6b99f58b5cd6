#include "agent/client/install.h"

#include <gtest/gtest.h>

#include "agent/client/command.h"
#include "agent/client/fake_head_test.h"

namespace sky::agent {
namespace {

auto cluster_of_two() -> infra::ClusterRef {
  infra::ClusterRef cluster{ServerId("5e77e700"), ClusterName("c"), "hash", {}, {}};
  cluster.nodes = {{.index = 0, .id = "a", .address = "127.65.0.1", .home = "/h0", .gpus = {0, 2}, .cpus = 1.5},
                   {.index = 1, .id = "b", .address = "127.65.0.2", .home = "/h1", .cpus = 4}};
  return cluster;
}

TEST(StartCommand, Head_ListensForItsWorkers) {
  const infra::ClusterRef cluster = cluster_of_two();
  const std::string head = fmt::format("127.65.0.1:{}", head_port(cluster));
  EXPECT_EQ(start_command(cluster, cluster.nodes[0], ""),
            (std::vector<std::string>{"sky-agent", "start",      "--home",         "/h0", "--server-id", "5e77e700",
                                      "--cluster", "c",          "--node",         "0",   "--nodes",     "2",
                                      "--address", "127.65.0.1", "--head-address", head,  "--key-file",  "-",
                                      "--cpus",    "1.5",        "--gpus",         "0,2", "--listen",    head}));
}

TEST(StartCommand, SelfStop_IsForTheHeadAlone) {
  const infra::ClusterRef cluster = cluster_of_two();
  const auto has_self_stop = [&](size_t node) {
    const auto argv = start_command(cluster, cluster.nodes[node], "halt");
    return std::ranges::find(argv, "--self-stop") != argv.end();
  };
  EXPECT_TRUE(has_self_stop(0));
  EXPECT_FALSE(has_self_stop(1));
}

TEST(StartCommand, WorkerAndSingleNode_DoNotListen) {
  infra::ClusterRef cluster = cluster_of_two();
  const auto listens = [](const std::vector<std::string>& argv) {
    return std::ranges::find(argv, "--listen") != argv.end();
  };
  EXPECT_FALSE(listens(start_command(cluster, cluster.nodes[1], "")));
  cluster.nodes.pop_back();
  EXPECT_FALSE(listens(start_command(cluster, cluster.nodes[0], "")));
}

TEST(HeadPort, Clusters_HavePortsOfTheirOwn) {
  const infra::ClusterRef one = cluster_of_two();
  infra::ClusterRef other = one;
  other.cluster_hash = "other";
  EXPECT_EQ(head_port(one), head_port(one));
  EXPECT_NE(head_port(one), head_port(other));
  EXPECT_GE(head_port(one), kHeadPortFirst);
  EXPECT_LT(head_port(one), kHeadPortFirst + 1000);
}

TEST(StartAgents, AllNodes_AreStarted) {
  FakeCluster fake(40);
  ASSERT_TRUE(fake.loop.run(start_agents(fake.infra, fake.cluster, Secret("key"), fake.soon())).ok());
  EXPECT_EQ(fake.head.commands, std::vector<std::string>(40, "start"));
  ASSERT_TRUE(fake.loop.run(stop_agents(fake.infra, fake.cluster, fake.soon())).ok());
  EXPECT_EQ(fake.head.commands.back(), "stop");
}

TEST(StartAgents, DeadNode_IsReportedAfterTheOthersWereStarted) {
  FakeCluster fake(3);
  fake.infra.crash_node(fake.cluster.cluster, 1);
  EXPECT_EQ(fake.loop.run(start_agents(fake.infra, fake.cluster, Secret("key"), fake.soon())).error().code,
            ErrorCode::kUnavailable);
  EXPECT_EQ(fake.head.commands.size(), 2U);
}

TEST(RunCommand, FailedProgram_IsNamedWithNodeAndCode) {
  FakeCluster fake;
  const auto failed = fake.loop.run(run_command(fake.infra, fake.cluster, 0, {"false"}, fake.soon()));
  EXPECT_EQ(failed.error().code, ErrorCode::kCommandFailed);
  EXPECT_EQ(failed.error().message, "`false` failed on node 0 of cluster 'c' with exit code 1");
  EXPECT_EQ(*fake.loop.run(run_command(fake.infra, fake.cluster, 0, {"printenv", "HOME"}, fake.soon())),
            "/home/fake\n");
}

TEST(ReasonIn, ErrorLineAndHint_ElseTheLastLine) {
  EXPECT_EQ(reason_in("12:00 noise\nError: held by 'x'\nRun it elsewhere.\n").message, "held by 'x'");
  EXPECT_EQ(reason_in("12:00 noise\nError: held by 'x'\nRun it elsewhere.\n").hint, "Run it elsewhere.");
  EXPECT_EQ(reason_in("one\ntwo\n\n").message, "two");
  EXPECT_EQ(reason_in("").message, "");
}

TEST(CommandError, StandardError_GivesTheReason) {
  EXPECT_EQ(
      command_error(cluster_of_two(), 1, {"sky-agent", "start", "--home"}, 3, "noise\nheld by server 'x'\n").message,
      "`sky-agent start` failed on node 1 of cluster 'c' with exit code 3: held by server 'x'");
}

}  // namespace
}  // namespace sky::agent
