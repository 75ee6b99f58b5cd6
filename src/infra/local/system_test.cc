// The real sky-agent on local nodes, driven through agent/client: what a server does, without the server.
#include <csignal>

#include <gtest/gtest.h>

#include "agent/client/install.h"
#include "agent/client/log_store.h"
#include "agent/client/session.h"
#include "agent/client/sync.h"
#include "async/asio_loop.h"
#include "infra/local/local_infra.h"
#include "infra/local/node_processes.h"
#include "os/temp_dir.h"

namespace sky::infra {
namespace {

using async::Task;

constexpr std::string_view kHash = "0123456789abcdef";

auto read_all(logs::Follower* follower) -> Task<Result<std::string>> {
  std::string all;
  for (;;) {
    SKY_CO_TRY(const std::optional<std::string> piece, co_await follower->read(4096));
    if (!piece) co_return all;
    all += *piece;
  }
}

class EndToEndTest : public testing::Test {
 protected:
  EndToEndTest()
      : infra_(loop_, {.state_dir = dir_.file("state"),
                       .agent_program = SKY_AGENT_PROGRAM,
                       .real_home = dir_.path(),
                       .link_from_home = {},
                       .environment = node_environment(),
                       .machine = {.cpus = 4, .memory_gib = 16, .gpus = {}, .boot_id = "boot"}}),
        logs_(loop_, dir_.file("logs")) {
    EXPECT_TRUE(os::write_file_atomic(dir_.file("key"), "secret").ok());
  }
  ~EndToEndTest() override {
    disconnect();
    EXPECT_TRUE(await(stop_logs(&logs_)).ok());
    EXPECT_TRUE(await(infra_.terminate(cluster_, soon())).ok());
  }
  static auto stop_logs(agent::LogStore* logs) -> Task<Result<>> {
    co_await logs->stop();
    co_return Result<>();
  }
  static auto detach(agent::LogStore* logs, agent::AgentSession* session) -> Task<Result<>> {
    co_await logs->detach(std::string(kHash));
    co_await session->stop();
    co_return Result<>();
  }
  static auto take(EndToEndTest* test, agent::Event event) -> Task<Result<>> {
    if (event.kind == agent::Event::Kind::kJob) test->logs_.on_job(std::string(kHash), event.job);
    co_return Result<>();
  }

  template <class T>
  auto await(Task<Result<T>> task) -> Result<T> {
    Result<T> result = loop_.run_until_done(std::move(task));
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : to_string(result.error()));
    return result;
  }
  auto soon() -> Deadline { return Deadline::after(loop_.now(), std::chrono::seconds(60)); }

  void launch(int node_count) {
    LaunchRequest request;
    request.server = ServerId("5e77e700");
    request.cluster = ClusterName("e2e");
    request.cluster_hash = kHash;
    request.node_count = node_count;
    request.placement.infra = "local";
    auto nodes = await(infra_.launch(request, soon()));
    cluster_ = {request.server, request.cluster, request.cluster_hash, request.placement, *nodes};
  }
  void connect() {
    ASSERT_TRUE(await(agent::start_agents(infra_, cluster_, Secret("0123456789abcdef"), soon())).ok());
    session_ = std::make_unique<agent::AgentSession>(
        loop_, infra_, cluster_,
        agent::SessionOptions{.on_event = [this](agent::Event event) { return take(this, std::move(event)); }});
    logs_.attach(std::string(kHash), *session_);
    session_->start();
    ASSERT_TRUE(await(session_->wait_ready(soon())).ok());
  }
  void disconnect() {
    if (session_ == nullptr) return;
    EXPECT_TRUE(await(detach(&logs_, session_.get())).ok());
    session_.reset();
  }
  auto submit(const std::string& key, const std::string& run) -> JobId {
    agent::JobSpec spec{.name = "job", .user = "me", .task_id = "sky-now"};
    spec.num_nodes = static_cast<int>(cluster_.nodes.size());
    spec.run = run;
    return await(session_->submit(key, spec, soon())).value();
  }
  auto output_of(JobId job) -> std::string {
    auto follower = logs_.follow(std::string(kHash), job, 0);
    EXPECT_TRUE(follower.ok());
    std::string text = await(async::with_deadline(soon(), "the output", read_all(follower->get()))).value();
    exit_status_ = (*follower)->end()->exit_status;
    return text;
  }
  auto states() -> std::vector<NodeState> {
    std::vector<NodeState> out;
    for (const NodeObservation& seen : *await(infra_.observe(cluster_, soon()))) out.push_back(seen.state);
    return out;
  }
  auto processes() -> std::vector<NodeProcess> {
    return find_all(cluster_.server, cluster_.cluster, dir_.file("state/local/e2e-01234567"));
  }

  os::TempDir dir_ = std::move(os::TempDir::make()).value();
  async::AsioLoop loop_;
  LocalInfra infra_;
  agent::LogStore logs_;
  ClusterRef cluster_;
  std::unique_ptr<agent::AgentSession> session_;
  std::optional<int> exit_status_;
};

TEST_F(EndToEndTest, FilesAndJobs_OnTwoNodesAndAcrossStop) {
  launch(2);
  connect();
  const std::string greeting = "hello from the workdir\n";
  ASSERT_TRUE(os::make_dirs(dir_.file("work")).ok());
  ASSERT_TRUE(os::write_file_atomic(dir_.file("work/greeting"), greeting).ok());
  files::Manifest work{.entries = {{.path = "greeting", .size_bytes = greeting.size(), .mode = 0644}}};
  agent::SyncRequest request{.tree = files::tree_of(dir_.file("work"), std::move(work)), .target = "~/sky_workdir"};
  const auto synced = await(agent::sync_files(infra_, cluster_, std::move(request), soon()));
  EXPECT_EQ(synced->sent_files, 2U);

  const std::string text = output_of(submit("one", "cat ~/sky_workdir/greeting; echo rank $SKYPILOT_NODE_RANK"));
  EXPECT_NE(text.find("hello from the workdir"), std::string::npos) << text;
  EXPECT_NE(text.find("rank 0"), std::string::npos) << text;
  EXPECT_NE(text.find("rank 1"), std::string::npos) << text;
  EXPECT_EQ(exit_status_, kExitSucceeded);
  output_of(submit("two", "exit 3"));
  EXPECT_EQ(exit_status_, kExitJobFailed);
  EXPECT_EQ(submit("two", "exit 3"), JobId(2));

  disconnect();
  ASSERT_TRUE(await(infra_.stop_start()->stop(cluster_, soon())).ok());
  EXPECT_EQ(states(), std::vector<NodeState>(2, NodeState::kStopped));
  EXPECT_TRUE(processes().empty());
  cluster_.nodes = *await(infra_.stop_start()->start(cluster_, soon()));
  connect();
  EXPECT_EQ(states(), std::vector<NodeState>(2, NodeState::kRunning));
  EXPECT_EQ(await(session_->jobs({.all = true}, soon()))->size(), 2U);
  output_of(submit("three", "test -f ~/sky_workdir/greeting"));
  EXPECT_EQ(exit_status_, kExitSucceeded);

  disconnect();
  ASSERT_TRUE(await(infra_.terminate(cluster_, soon())).ok());
  EXPECT_EQ(states(), std::vector<NodeState>(2, NodeState::kGone));
  EXPECT_TRUE(processes().empty());
}

TEST_F(EndToEndTest, AgentAloneKilled_ComesBackUnderItsJob) {
  launch(1);
  connect();
  const JobId job = submit("one", "echo begun; while [ ! -e ~/go ]; do sleep 0.1; done; echo done");
  auto follower = logs_.follow(std::string(kHash), job, 0);
  ASSERT_TRUE(await((*follower)->read(4096)).ok());
  for (const NodeProcess& process : processes()) {
    if (process.face == NodeProcess::Face::kAgent) {
      ASSERT_TRUE(os::signal_process(process.id, SIGKILL).ok());
    }
  }
  ASSERT_TRUE(os::write_file_atomic(cluster_.nodes.front().home + "/go", "").ok());
  const std::string text = output_of(job);
  EXPECT_NE(text.find("begun"), std::string::npos) << text;
  EXPECT_NE(text.find("done"), std::string::npos) << text;
  EXPECT_EQ(exit_status_, kExitSucceeded);
}

TEST_F(EndToEndTest, AllProcessesKilled_TheNodeIsLost) {
  launch(1);
  connect();
  disconnect();
  for (const NodeProcess& process : processes()) static_cast<void>(os::signal_process(process.id, SIGSTOP));
  for (const NodeProcess& process : processes()) static_cast<void>(os::signal_process(process.id, SIGKILL));
  while (!processes().empty()) {
  }
  EXPECT_EQ(states(), std::vector<NodeState>{NodeState::kCrashed});
  cluster_.nodes = *await(infra_.stop_start()->start(cluster_, soon()));
  connect();
  EXPECT_EQ(states(), std::vector<NodeState>{NodeState::kRunning});
}

}  // namespace
}  // namespace sky::infra
