#include "infra/local/local_infra.h"

#include <csignal>

#include <gtest/gtest.h>

#include "async/asio_loop.h"
#include "infra/local/node_processes.h"
#include "infra/testing/contract.h"
#include "os/temp_dir.h"

namespace sky::infra {
namespace {

using async::Task;

// A machine of its own: a state directory, four CPUs, and processes that look like agents.
class LocalWorld final : public ContractWorld {
 public:
  LocalWorld() : infra_(loop_, config()) {}
  ~LocalWorld() override { children_.clear(); }

  auto infra() -> Infra& override { return infra_; }
  auto loop() -> async::Loop& override { return loop_; }
  void run(Task<Result<>> task) override {
    const Result<> done = loop_.run_until_done(std::move(task));
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().message);
  }
  void crash(const ClusterRef& cluster, int index) override {
    const auto guard = start_stand_in(cluster, index, "guard");
    mark_agent_started(cluster, index);
    ASSERT_TRUE(os::signal_process(guard, SIGKILL).ok());
    while (os::alive(guard)) {
    }
  }

  // A sleeping process with the command line of an agent.
  auto start_stand_in(const ClusterRef& cluster, int index, const std::string& face) -> os::ProcessId {
    const NodeRecord& node = cluster.nodes[static_cast<size_t>(index)];
    const std::string flags = fmt::format("{} --home {} --server-id {} --cluster {} --node {}", face, node.home,
                                          cluster.server, cluster.cluster, index);
    return spawn_shell(fmt::format("exec -a sky-agent bash -c 'echo up; sleep 1000; :' {}", flags), {});
  }
  auto spawn_shell(std::string script, os::Environment environment) -> os::ProcessId {
    auto child = os::spawn(loop_, {.argv = {"bash", "-c", std::move(script)},
                                   .env_add = std::move(environment),
                                   .in = os::Stdio::null(),
                                   .out = os::Stdio::pipe()});
    EXPECT_TRUE(child.ok());
    children_.push_back(std::move(*child));
    run(wait_for_output(children_.back().get()));
    return children_.back()->id();
  }
  static void mark_agent_started(const ClusterRef& cluster, int index) {
    const NodeRecord& node = cluster.nodes[static_cast<size_t>(index)];
    const std::string dir = fmt::format("{}/.sky/agent/{}/{}", node.home, cluster.server, cluster.cluster);
    EXPECT_TRUE(os::make_dirs(dir).ok());
    EXPECT_TRUE(os::write_file_atomic(dir + "/claim", "1").ok());
  }
  auto dir() const -> const os::TempDir& { return dir_; }

 private:
  static auto wait_for_output(os::Child* child) -> Task<Result<>> {
    std::array<char, 16> buffer{};
    SKY_CO_TRY(const size_t count, co_await child->stream().read_some(buffer));
    EXPECT_GT(count, 0U);
    co_return Result<>();
  }
  auto config() const -> LocalConfig {
    return {.state_dir = dir_.file("state"),
            .agent_program = "/bin/echo",
            .real_home = dir_.file("real"),
            .link_from_home = {},
            .environment = {{"PATH", "/usr/bin:/bin"}},
            .machine = {.cpus = 4, .memory_gib = 16, .gpus = {}, .boot_id = "boot"},
            .stop_grace = std::chrono::milliseconds(100)};
  }

  os::TempDir dir_ = std::move(os::TempDir::make()).value();
  async::AsioLoop loop_;
  LocalInfra infra_;
  std::vector<std::unique_ptr<os::Child>> children_;
};

auto make_local_world() -> std::unique_ptr<ContractWorld> {
  return std::make_unique<LocalWorld>();
}
INSTANTIATE_TEST_SUITE_P(Local, InfraContract, testing::Values(&make_local_world));

class LocalInfraTest : public testing::Test {
 protected:
  template <class T>
  auto await(Task<Result<T>> task) -> Result<T> {
    return static_cast<async::AsioLoop&>(world_.loop()).run_until_done(std::move(task));
  }
  auto soon() -> Deadline { return Deadline::after(world_.loop().now(), std::chrono::seconds(30)); }
  auto launch(int node_count = 1) -> ClusterRef {
    LaunchRequest request;
    request.server = ServerId("5e77e700");
    request.cluster = ClusterName("c");
    request.cluster_hash = "0123456789abcdef";
    request.node_count = node_count;
    request.placement.infra = "local";
    const auto nodes = await(infra_.launch(request, soon()));
    EXPECT_TRUE(nodes.ok());
    return {request.server, request.cluster, request.cluster_hash, request.placement, *nodes};
  }
  auto observe(const ClusterRef& cluster) -> NodeObservation { return await(infra_.observe(cluster, soon()))->front(); }
  auto read_all(const ClusterRef& cluster, std::vector<std::string> argv) -> std::string {
    auto process = await(infra_.run(cluster, 0, std::move(argv), soon()));
    EXPECT_TRUE(process.ok());
    auto text = await(async::read_to_end(&(*process)->stream()));
    EXPECT_TRUE(await((*process)->wait()).ok());
    error_tail_ = (*process)->error_tail();
    return *text;
  }

  LocalWorld world_;
  Infra& infra_ = world_.infra();
  std::string error_tail_;
};

TEST_F(LocalInfraTest, AgentKilled_IsSeenWithTheReason) {
  const ClusterRef cluster = launch();
  const auto guard = world_.start_stand_in(cluster, 0, "guard");
  LocalWorld::mark_agent_started(cluster, 0);
  EXPECT_EQ(observe(cluster).state, NodeState::kRunning);
  ASSERT_TRUE(os::signal_process(guard, SIGKILL).ok());
  while (os::alive(guard)) {
  }
  const NodeObservation seen = observe(cluster);
  EXPECT_EQ(seen.state, NodeState::kCrashed);
  EXPECT_EQ(seen.detail, "the agent was killed");
}

TEST_F(LocalInfraTest, SupervisorAlone_KeepsTheNodeRunning) {
  const ClusterRef cluster = launch();
  LocalWorld::mark_agent_started(cluster, 0);
  world_.start_stand_in(cluster, 0, "supervise");
  EXPECT_EQ(observe(cluster).state, NodeState::kRunning);
  EXPECT_EQ(observe(cluster).detail, "the agent was killed, its jobs go on");
}

TEST_F(LocalInfraTest, Stop_EndsAgentsAndJobsAndKeepsFiles) {
  const ClusterRef cluster = launch();
  const auto guard = world_.start_stand_in(cluster, 0, "guard");
  // Left its session, is nobody's child, ignores SIGTERM: only its environment tells whose it is.
  const auto job =
      world_.spawn_shell("trap '' TERM; echo up; while :; do sleep 1; done", {{"SKY_JOB", "5e77e700/c/3/1/run-0"}});
  const auto other = world_.spawn_shell("echo up; sleep 1000", {{"SKY_JOB", "5e77e700/c2/3/1/run-0"}});
  ASSERT_TRUE(os::write_file_atomic(cluster.nodes.front().home + "/file", "kept").ok());
  const std::string boot = observe(cluster).boot_id;
  ASSERT_TRUE(await(infra_.stop_start()->stop(cluster, soon())).ok());
  EXPECT_FALSE(os::alive(guard));
  EXPECT_FALSE(os::alive(job));
  EXPECT_TRUE(os::alive(other));
  EXPECT_EQ(observe(cluster).state, NodeState::kStopped);
  ASSERT_TRUE(await(infra_.stop_start()->start(cluster, soon())).ok());
  EXPECT_EQ(observe(cluster).state, NodeState::kRunning);
  EXPECT_NE(observe(cluster).boot_id, boot);
  EXPECT_EQ(*os::read_file(cluster.nodes.front().home + "/file"), "kept");
}

TEST_F(LocalInfraTest, StartOfARunningCluster_ChangesNothing) {
  const ClusterRef cluster = launch();
  const auto guard = world_.start_stand_in(cluster, 0, "guard");
  const std::string boot = observe(cluster).boot_id;
  EXPECT_EQ(*await(infra_.stop_start()->start(cluster, soon())), cluster.nodes);
  EXPECT_TRUE(os::alive(guard));
  EXPECT_EQ(observe(cluster).boot_id, boot);
}

TEST_F(LocalInfraTest, Terminate_EndsProcessesAndRemovesTheDirectory) {
  const ClusterRef cluster = launch(2);
  const auto guard = world_.start_stand_in(cluster, 1, "guard");
  ASSERT_TRUE(await(infra_.terminate(cluster, soon())).ok());
  EXPECT_FALSE(os::alive(guard));
  EXPECT_FALSE(os::file_exists(os::parent_dir(os::parent_dir(cluster.nodes.front().home))));
}

TEST_F(LocalInfraTest, MachineRestartedSince_NodesAreStopped) {
  const ClusterRef cluster = launch();
  async::AsioLoop loop;
  LocalInfra later(loop, {.state_dir = world_.dir().file("state"),
                          .agent_program = {},
                          .real_home = {},
                          .environment = {},
                          .machine = {.cpus = 4, .memory_gib = 16, .gpus = {}, .boot_id = "next boot"}});
  const auto seen = loop.run_until_done(later.observe(cluster, soon()));
  EXPECT_EQ(seen->front().state, NodeState::kStopped);
  EXPECT_EQ(seen->front().detail, "the machine was restarted");
}

TEST_F(LocalInfraTest, Run_HasACleanEnvironment) {
  const ClusterRef cluster = launch();
  EXPECT_EQ(read_all(cluster, {"env"}), fmt::format("HOME={}\nPATH=/usr/bin:/bin\nSKYPILOT_LOCAL_HOST_HOME={}\n",
                                                    cluster.nodes.front().home, world_.dir().file("real")));
  EXPECT_EQ(read_all(cluster, {"pwd"}), cluster.nodes.front().home + "\n");
}

TEST_F(LocalInfraTest, Run_TheAgentsNameStandsForItsProgram) {
  EXPECT_EQ(read_all(launch(), {std::string(kAgentProgram), "probe"}), "probe\n");
}

TEST_F(LocalInfraTest, Run_KeepsTheEndOfStandardError) {
  read_all(launch(), {"bash", "-c", "head -c 9000 /dev/zero | tr '\\0' x >&2; echo last >&2"});
  EXPECT_EQ(error_tail_.size(), 4096U);
  EXPECT_TRUE(error_tail_.ends_with("xlast\n"));
}

TEST_F(LocalInfraTest, MoreThanTheMachineHas_IsRefused) {
  LaunchRequest request;
  request.cluster = ClusterName("c");
  request.cluster_hash = "0123";
  request.shape.cpus = 5;
  EXPECT_EQ(await(infra_.launch(request, soon())).error().code, ErrorCode::kResourcesUnavailable);
  EXPECT_TRUE(await(infra_.rows({.cpus = 5}, soon()))->empty());
}

TEST_F(LocalInfraTest, MissingAgentProgram_DisablesTheInfra) {
  async::AsioLoop loop;
  LocalInfra broken(loop, {.state_dir = "/nowhere", .agent_program = "/nowhere/sky-agent"});
  const auto result = loop.run_until_done(broken.check(soon()));
  EXPECT_FALSE(result->enabled);
  EXPECT_EQ(result->reason, "the program '/nowhere/sky-agent' is missing");
}

TEST_F(LocalInfraTest, Endpoint_IsReachableAtTheLoopback) {
  EXPECT_EQ(*infra_.ports()->endpoint(launch(), 8080), "127.0.0.1:8080");
}

}  // namespace
}  // namespace sky::infra
