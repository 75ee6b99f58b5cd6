#include "infra/testing/fake_infra.h"

#include <gtest/gtest-spi.h>

#include "async/sim_loop.h"
#include "infra/testing/contract.h"

namespace sky::infra {
namespace {

using std::chrono::seconds;

class FakeWorld final : public ContractWorld {
 public:
  ~FakeWorld() override { loop_.run(infra_.shut_down()); }
  auto infra() -> Infra& override { return infra_; }
  auto loop() -> async::Loop& override { return loop_; }
  void run(async::Task<Result<>> task) override { EXPECT_TRUE(loop_.run(std::move(task)).ok()); }
  void crash(const ClusterRef& cluster, int index) override { infra_.crash_node(cluster.cluster, index); }

 private:
  async::SimLoop loop_;
  FakeInfra infra_{loop_};
};

auto make_fake_world() -> std::unique_ptr<ContractWorld> {
  return std::make_unique<FakeWorld>();
}
INSTANTIATE_TEST_SUITE_P(Fake, InfraContract, testing::Values(&make_fake_world));

class FakeInfraTest : public testing::Test {
 protected:
  ~FakeInfraTest() override { loop_.run(infra_.shut_down()); }

  static auto request(int attempt = 1) -> LaunchRequest {
    LaunchRequest request;
    request.server = ServerId("5e77e700");
    request.cluster = ClusterName("c");
    request.cluster_hash = "hash";
    request.attempt = attempt;
    request.placement.infra = "fake";
    return request;
  }
  auto soon() -> Deadline { return Deadline::after(loop_.now(), seconds(10)); }
  auto launch(int attempt = 1) { return loop_.run(infra_.launch(request(attempt), soon())); }

  async::SimLoop loop_;
  FakeInfra infra_{loop_};
};

TEST_F(FakeInfraTest, SecondAttemptWhileNodesExist_FailsTheTest) {
  ASSERT_TRUE(launch().ok());
  EXPECT_NONFATAL_FAILURE(EXPECT_FALSE(launch(2).ok()), "nodes of another attempt");
}

TEST_F(FakeInfraTest, LaunchWithoutDeadline_FailsTheTest) {
  EXPECT_NONFATAL_FAILURE((void)loop_.run(infra_.launch(request(), Deadline::never())), "without a deadline");
}

TEST_F(FakeInfraTest, LostReply_TookEffect) {
  infra_.inject(FakeInfra::Call::kLaunch, {.kind = FakeInfra::FaultKind::kLoseReply});
  EXPECT_EQ(launch().error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(loop_.now() - MonoTime{}, seconds(10));
  EXPECT_EQ(infra_.cluster_count(), 1U);
  EXPECT_TRUE(launch().ok());
  EXPECT_EQ(infra_.cluster_count(), 1U);
}

TEST_F(FakeInfraTest, FailBefore_HadNoEffect) {
  infra_.inject(FakeInfra::Call::kLaunch, {});
  EXPECT_EQ(launch().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(infra_.cluster_count(), 0U);
}

TEST_F(FakeInfraTest, SoldOutZone_NamesItsScope) {
  infra_.sell_out("");
  const auto refused = launch();
  EXPECT_EQ(refused.error().code, ErrorCode::kResourcesUnavailable);
  EXPECT_EQ(refused.error().details.at("scope"), "zone");
  infra_.restock("");
  EXPECT_TRUE(launch().ok());
}

TEST_F(FakeInfraTest, CallsTakeTheirTime) {
  infra_.set_duration(FakeInfra::Call::kLaunch, seconds(7));
  ASSERT_TRUE(launch().ok());
  EXPECT_EQ(loop_.now() - MonoTime{}, seconds(7));
}

TEST_F(FakeInfraTest, CrashUnderAProgram_ExitIsUnknown) {
  const auto nodes = launch();
  const ClusterRef cluster{ServerId("5e77e700"), ClusterName("c"), "hash", {}, *nodes};
  auto process = loop_.run(infra_.run(cluster, 0, {"cat"}, Deadline::never()));
  ASSERT_TRUE(process.ok());
  loop_.settle();
  EXPECT_EQ(infra_.running_programs(), 1U);
  infra_.crash_node(cluster.cluster, 0);
  EXPECT_EQ(loop_.run((*process)->wait()).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(*loop_.run(async::read_to_end(&(*process)->stream())), "");
}

TEST_F(FakeInfraTest, DestroyedProcess_EndsItsProgram) {
  const auto nodes = launch();
  const ClusterRef cluster{ServerId("5e77e700"), ClusterName("c"), "hash", {}, *nodes};
  {
    auto process = loop_.run(infra_.run(cluster, 0, {"cat"}, Deadline::never()));
    loop_.settle();
  }
  loop_.settle();
  EXPECT_EQ(infra_.running_programs(), 0U);
}

}  // namespace
}  // namespace sky::infra
