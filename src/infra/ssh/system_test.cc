// Infra ssh with real sshds and the real agent: the contract that every infra passes, and what is peculiar to hosts.
#include <gtest/gtest.h>

#include "async/asio_loop.h"
#include "infra/ssh/ssh_infra.h"
#include "infra/testing/contract.h"
#include "net/testing/sshd.h"
#include "os/temp_dir.h"

namespace sky::infra {
namespace {

using async::Task;

constexpr int kHostCount = 5;

auto address_of(int host) -> std::string {
  return fmt::format("127.77.2.{}", host + 1);
}

// Five hosts in one pool.
class SshWorld final : public ContractWorld {
 public:
  SshWorld() : sshd_(loop_, dir_.path()), infra_(loop_, config("ada@one")) {
    if (!sshd_.usable()) return;
    EXPECT_TRUE(os::make_dirs(dir_.file("user/.sky")).ok());
    std::string pools =
        fmt::format("lab:\n  identity_file: {}\n  port: {}\n  hosts:\n", sshd_.key_path(), sshd_.port());
    for (int i = 0; i < kHostCount; ++i) {
      EXPECT_TRUE(sshd_.start_host(address_of(i)).ok());
      pools += fmt::format("  - {}\n", address_of(i));
    }
    EXPECT_TRUE(os::write_file_atomic(dir_.file("user/.sky/ssh_node_pools.yaml"), pools).ok());
  }

  auto infra() -> Infra& override { return infra_; }
  auto loop() -> async::Loop& override { return loop_; }
  void run(Task<Result<>> task) override {
    const Result<> done = loop_.run_until_done(std::move(task));
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().message);
  }
  // Somebody wiped the host.
  void crash(const ClusterRef& cluster, int index) override {
    EXPECT_TRUE(os::remove_tree(cluster.nodes[static_cast<size_t>(index)].home + "/.sky").ok());
  }

  auto sshd() -> net::Sshd& { return sshd_; }
  auto config(std::string owner) const -> SshConfig {
    return {.home = dir_.file("user"),
            .work_dir = dir_.file("w-" + owner.substr(4)),
            .owner = std::move(owner),
            .agents = {{os::machine_arch(), SKY_AGENT_PROGRAM}}};
  }
  auto asio() -> async::AsioLoop& { return loop_; }

 private:
  os::TempDir dir_ = std::move(os::TempDir::make()).value();
  async::AsioLoop loop_{2};
  net::Sshd sshd_;
  SshInfra infra_;
};

auto make_ssh_world() -> std::unique_ptr<ContractWorld> {
  return std::make_unique<SshWorld>();
}
INSTANTIATE_TEST_SUITE_P(Ssh, InfraContract, testing::Values(&make_ssh_world));

class SshInfraTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!world_.sshd().usable()) GTEST_SKIP() << world_.sshd().why_not();
  }
  template <class T>
  auto await(Task<Result<T>> task) -> Result<T> {
    return world_.asio().run_until_done(std::move(task));
  }
  auto soon() -> Deadline { return Deadline::after(world_.loop().now(), std::chrono::seconds(60)); }
  auto request(int node_count) -> LaunchRequest {
    LaunchRequest request;
    request.server = ServerId("5e77e700");
    request.cluster = ClusterName("c");
    request.cluster_hash = "0123456789abcdef";
    request.node_count = node_count;
    request.placement = {.infra = "ssh", .region = "lab", .zone = {}, .instance_type = {}};
    request.note = [this](std::string_view line) { notes_ += std::string(line) + "\n"; };
    return request;
  }
  static auto ref_of(const LaunchRequest& request, std::vector<NodeRecord> nodes) -> ClusterRef {
    return {request.server, request.cluster, request.cluster_hash, request.placement, std::move(nodes)};
  }

  SshWorld world_;
  Infra& infra_ = world_.infra();
  std::string notes_;
};

TEST_F(SshInfraTest, DownHost_IsSkippedAndNamed) {
  world_.sshd().stop_host(address_of(0));
  const auto nodes = await(infra_.launch(request(2), soon()));
  ASSERT_TRUE(nodes.ok()) << nodes.error().message;
  EXPECT_EQ((*nodes)[0].id, address_of(1));
  EXPECT_NE(notes_.find(address_of(0)), std::string::npos) << notes_;
  EXPECT_NE(notes_.find("refused"), std::string::npos) << notes_;
}

TEST_F(SshInfraTest, TooFewHosts_LeaveNoneTaken) {
  world_.sshd().stop_host(address_of(0));
  const auto nodes = await(infra_.launch(request(kHostCount), soon()));
  ASSERT_FALSE(nodes.ok());
  EXPECT_EQ(nodes.error().code, ErrorCode::kResourcesUnavailable);
  EXPECT_TRUE(nodes.error().message.starts_with("pool 'lab' has 4 of 5 hosts that are free and fit; "))
      << nodes.error().message;
  EXPECT_TRUE(await(infra_.list(ServerId("5e77e700"), soon()))->empty());
}

TEST_F(SshInfraTest, SecondServer_HearsWhoHoldsTheHost) {
  SshInfra other(world_.asio(), world_.config("bob@two"));
  LaunchRequest theirs = request(kHostCount);
  theirs.server = ServerId("0defaced");
  const auto first = await(other.launch(theirs, soon()));
  ASSERT_TRUE(first.ok()) << first.error().message;
  const auto second = await(infra_.launch(request(1), soon()));
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("held by bob@two (cluster 'c')"), std::string::npos) << second.error().message;
  EXPECT_TRUE(await(other.terminate(ref_of(theirs, *first), soon())).ok());
}

TEST_F(SshInfraTest, TakenHosts_AreNotAskedAgain) {
  LaunchRequest wanted = request(1);
  wanted.taken = {{.index = 0, .id = address_of(0)}};
  const auto nodes = await(infra_.launch(wanted, soon()));
  ASSERT_TRUE(nodes.ok());
  EXPECT_EQ(nodes->front().id, address_of(1));
}

TEST_F(SshInfraTest, SilentHost_IsUnknownAndHoldsUpTheEnd) {
  const LaunchRequest wanted = request(2);
  const auto nodes = await(infra_.launch(wanted, soon()));
  ASSERT_TRUE(nodes.ok());
  const ClusterRef cluster = ref_of(wanted, *nodes);
  world_.sshd().stop_host(address_of(1));
  // Logins that are open go on; a new server has none.
  SshInfra fresh(world_.asio(), world_.config("ada@two"));
  const auto seen = await(fresh.observe(cluster, soon()));
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ((*seen)[0].state, NodeState::kRunning);
  EXPECT_EQ((*seen)[1].state, NodeState::kUnknown);
  EXPECT_NE((*seen)[1].detail.find("refused"), std::string::npos);
  EXPECT_EQ(await(fresh.terminate(cluster, soon())).error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(world_.sshd().start_host(address_of(1)).ok());
  EXPECT_TRUE(await(fresh.terminate(cluster, soon())).ok());
}

}  // namespace
}  // namespace sky::infra
