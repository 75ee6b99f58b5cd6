// What every infra must do, as one suite of tests. An adapter's test brings a ContractWorld and instantiates it:
//
//   INSTANTIATE_TEST_SUITE_P(Local, InfraContract, testing::Values(&make_local_world));
//
// Programs on a node: `true`, `false`, `cat`, `printenv HOME`, as everywhere.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "async/task.h"
#include "infra/infra.h"
#include "testing/pipe_stream.h"

namespace sky::infra {

class ContractWorld {
 public:
  virtual ~ContractWorld() = default;
  virtual auto infra() -> Infra& = 0;
  virtual auto loop() -> async::Loop& = 0;
  // Runs a task to its end on the world's loop.
  virtual void run(async::Task<Result<>> task) = 0;
  // Makes one node fail without a word to the infra.
  virtual void crash(const ClusterRef& cluster, int index) = 0;
};

using MakeContractWorld = std::unique_ptr<ContractWorld> (*)();

class InfraContract : public testing::TestWithParam<MakeContractWorld> {
 protected:
  InfraContract() : world_(GetParam()()), infra_(world_->infra()) {}

  auto deadline() -> Deadline { return Deadline::after(world_->loop().now(), std::chrono::seconds(30)); }

  auto request(const std::string& name, int node_count) -> LaunchRequest {
    LaunchRequest request;
    request.server = ServerId("5e77e700");
    request.cluster = ClusterName(name);
    request.cluster_hash = "0123456789abcdef";
    request.node_count = node_count;
    request.shape.cpus = 1;
    request.placement.infra = std::string(infra_.name());
    return request;
  }
  static auto ref_of(const LaunchRequest& request, std::vector<NodeRecord> nodes = {}) -> ClusterRef {
    return {request.server, request.cluster, request.cluster_hash, request.placement, std::move(nodes)};
  }

  template <class T>
  auto await(async::Task<Result<T>> task) -> Result<T> {
    std::optional<Result<T>> slot;
    world_->run(keep(std::move(task), &slot));
    return std::move(*slot);
  }
  // Launches and expects it to work.
  auto launch(const LaunchRequest& wanted) -> ClusterRef {
    auto nodes = await(infra_.launch(wanted, deadline()));
    EXPECT_TRUE(nodes.ok()) << (nodes.ok() ? "" : nodes.error().message);
    return ref_of(wanted, nodes.ok() ? *nodes : std::vector<NodeRecord>());
  }
  auto states(const ClusterRef& cluster) -> std::vector<NodeState> {
    std::vector<NodeState> out;
    const auto seen = await(infra_.observe(cluster, deadline()));
    EXPECT_TRUE(seen.ok());
    for (const NodeObservation& one : *seen) out.push_back(one.state);
    return out;
  }
  struct Ran {
    int exit_code = -1;
    std::string output;
  };
  auto run(const ClusterRef& cluster, int node, std::vector<std::string> argv, std::string input = {}) -> Result<Ran> {
    return await(run_to_end(&infra_, cluster, node, std::move(argv), std::move(input)));
  }

  std::unique_ptr<ContractWorld> world_;
  Infra& infra_;

 private:
  template <class T>
  static auto keep(async::Task<Result<T>> task, std::optional<Result<T>>* slot) -> async::Task<Result<>> {
    slot->emplace(co_await std::move(task));
    co_return Result<>();
  }
  static auto run_to_end(Infra* infra, ClusterRef cluster, int node, std::vector<std::string> argv, std::string input)
      -> async::Task<Result<Ran>> {
    SKY_CO_TRY(const auto process, co_await infra->run(cluster, node, argv, Deadline::never()));
    Ran ran;
    SKY_CO_CHECK(co_await process->stream().write_all(input));
    process->stream().close_write();
    SKY_CO_TRY(ran.output, co_await async::read_to_end(&process->stream()));
    SKY_CO_TRY(ran.exit_code, co_await process->wait());
    co_return ran;
  }
};

TEST_P(InfraContract, Launch_GivesDistinctRunningNodes) {
  const ClusterRef cluster = launch(request("c", 3));
  ASSERT_EQ(cluster.nodes.size(), 3U);
  for (int i = 0; i < 3; ++i) {
    const NodeRecord& node = cluster.nodes[static_cast<size_t>(i)];
    EXPECT_EQ(node.index, i);
    EXPECT_TRUE(node.home.starts_with("/"));
  }
  EXPECT_NE(cluster.nodes[0].id, cluster.nodes[1].id);
  EXPECT_NE(cluster.nodes[0].address, cluster.nodes[1].address);
  EXPECT_NE(cluster.nodes[1].address, cluster.nodes[2].address);
  EXPECT_EQ(states(cluster), std::vector<NodeState>(3, NodeState::kRunning));
  ASSERT_TRUE(await(infra_.terminate(cluster, deadline())).ok());
}

TEST_P(InfraContract, LaunchRepeated_GivesTheSameNodes) {
  const ClusterRef first = launch(request("c", 2));
  const ClusterRef second = launch(request("c", 2));
  EXPECT_EQ(first.nodes, second.nodes);
  ASSERT_TRUE(await(infra_.terminate(first, deadline())).ok());
}

TEST_P(InfraContract, Terminate_LeavesNothingAndRepeats) {
  const ClusterRef cluster = launch(request("c", 2));
  ASSERT_TRUE(await(infra_.terminate(cluster, deadline())).ok());
  EXPECT_EQ(states(cluster), std::vector<NodeState>(2, NodeState::kGone));
  EXPECT_TRUE(await(infra_.list(cluster.server, deadline()))->empty());
  EXPECT_TRUE(await(infra_.terminate(cluster, deadline())).ok());
  EXPECT_FALSE(run(cluster, 0, {"true"}).ok());
}

TEST_P(InfraContract, TerminateWithoutRecords_FindsNodesByName) {
  const LaunchRequest wanted = request("c", 2);
  const ClusterRef cluster = launch(wanted);
  ASSERT_TRUE(await(infra_.terminate(ref_of(wanted), deadline())).ok());
  EXPECT_EQ(states(cluster), std::vector<NodeState>(2, NodeState::kGone));
}

TEST_P(InfraContract, TerminateOfWhatWasNeverMade_Succeeds) {
  EXPECT_TRUE(await(infra_.terminate(ref_of(request("never", 1)), deadline())).ok());
}

TEST_P(InfraContract, List_ShowsThisServersClustersOnly) {
  LaunchRequest other = request("theirs", 1);
  other.server = ServerId("0defaced");
  const ClusterRef theirs = launch(other);
  const ClusterRef ours = launch(request("ours", 2));
  const auto listed = await(infra_.list(ours.server, deadline()));
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().cluster, ours.cluster);
  EXPECT_EQ(listed->front().cluster_hash, ours.cluster_hash);
  EXPECT_EQ(listed->front().nodes, ours.nodes);
  ASSERT_TRUE(await(infra_.terminate(theirs, deadline())).ok());
  ASSERT_TRUE(await(infra_.terminate(ours, deadline())).ok());
}

TEST_P(InfraContract, Run_PassesBytesHomeAndExitCode) {
  const ClusterRef cluster = launch(request("c", 2));
  const std::string bytes = std::string("a\0b\xff\n", 5) + std::string(100'000, 'x');
  EXPECT_EQ(run(cluster, 1, {"cat"}, bytes)->output, bytes);
  EXPECT_EQ(run(cluster, 1, {"printenv", "HOME"})->output, cluster.nodes[1].home + "\n");
  EXPECT_EQ(run(cluster, 0, {"true"})->exit_code, 0);
  EXPECT_EQ(run(cluster, 0, {"false"})->exit_code, 1);
  ASSERT_TRUE(await(infra_.terminate(cluster, deadline())).ok());
}

TEST_P(InfraContract, StopAndStart_KeepTheNodes) {
  StopStart* ability = infra_.stop_start();
  if (ability == nullptr) GTEST_SKIP() << "no stop";
  const ClusterRef cluster = launch(request("c", 2));
  ASSERT_TRUE(await(ability->stop(cluster, deadline())).ok());
  ASSERT_TRUE(await(ability->stop(cluster, deadline())).ok());
  EXPECT_EQ(states(cluster), std::vector<NodeState>(2, NodeState::kStopped));
  EXPECT_FALSE(run(cluster, 0, {"true"}).ok());
  const auto nodes = await(ability->start(cluster, deadline()));
  ASSERT_TRUE(nodes.ok());
  ASSERT_EQ(nodes->size(), 2U);
  EXPECT_EQ(nodes->front().id, cluster.nodes.front().id);
  EXPECT_EQ(states(cluster), std::vector<NodeState>(2, NodeState::kRunning));
  ASSERT_TRUE(await(infra_.terminate(cluster, deadline())).ok());
}

TEST_P(InfraContract, CrashedNode_IsSeenAndTheOthersRun) {
  const ClusterRef cluster = launch(request("c", 2));
  world_->crash(cluster, 1);
  const auto seen = states(cluster);
  EXPECT_EQ(seen[0], NodeState::kRunning);
  EXPECT_NE(seen[1], NodeState::kRunning);
  ASSERT_TRUE(await(infra_.terminate(cluster, deadline())).ok());
}

TEST_P(InfraContract, CheckAndRows_OfferCompute) {
  const auto result = await(infra_.check(deadline()));
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->enabled) << result->reason;
  const auto rows = await(infra_.rows(NodeShape{.cpus = 1}, deadline()));
  ASSERT_TRUE(rows.ok() && !rows->empty());
  EXPECT_GE(rows->front().shape.cpus, 1);
  EXPECT_EQ(rows->front().placement.infra, infra_.name());
}

}  // namespace sky::infra
