#include "planner/planner.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"
#include "infra/testing/fake_infra.h"

namespace sky::planner {
namespace {

class PlannerTest : public ::testing::Test {
 protected:
  ~PlannerTest() override { loop_.run(infra_.shut_down()); }

  auto plan(Demand demand, Blocklist blocked = {}) -> Result<Plan> {
    return loop_.run(
        planner_.plan(std::move(demand), std::move(blocked), Deadline::after(loop_.now(), std::chrono::seconds(5))));
  }

  async::SimLoop loop_;
  infra::FakeInfra infra_{loop_};
  Planner planner_{{&infra_}};
};

auto offer(const std::string& zone, double cost) -> infra::OfferRow {
  return {.placement = {.infra = "fake", .region = "r", .zone = zone, .instance_type = "big"},
          .shape = {.cpus = 4, .memory_gib = 16},
          .hourly_cost_usd = cost};
}

TEST_F(PlannerTest, SeveralOffers_CheapestIsChosen) {
  infra_.set_offers({offer("a", 2), offer("b", 1)});
  const auto result = plan({.node_count = 2, .shape = {.cpus = 2}, .ports = {}});
  ASSERT_TRUE(result.ok()) << to_string(result.error());
  EXPECT_EQ(result->chosen().placement.zone, "b");
  EXPECT_EQ(result->hourly_cost_usd(), 2);
}

TEST_F(PlannerTest, BlockedOffers_AreLeftOutUntilNoneIsLeft) {
  infra_.set_offers({offer("a", 2), offer("b", 1)});
  EXPECT_EQ(plan({.ports = {}}, {offer("b", 1).placement})->chosen().placement.zone, "a");
  const auto none = plan({.ports = {}}, {offer("a", 2).placement, offer("b", 1).placement});
  EXPECT_EQ(none.error().code, ErrorCode::kResourcesUnavailable);
}

TEST_F(PlannerTest, NamedInfra_UnknownAndElsewhereAreToldApart) {
  const auto elsewhere = plan({.infra = "yotta", .ports = {}});
  EXPECT_EQ(elsewhere.error().code, ErrorCode::kNotSupported);
  EXPECT_EQ(elsewhere.error().message, "infra 'yotta' is not available in this version of sky (available: fake)");
  EXPECT_EQ(plan({.infra = "K8s", .ports = {}}).error().code, ErrorCode::kNotSupported);
  EXPECT_FALSE(is_known_elsewhere("local"));
  const auto unknown = plan({.infra = "mars", .ports = {}});
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(unknown.error().message, "unknown infra 'mars' (available: fake)");
  EXPECT_TRUE(plan({.infra = "FAKE", .ports = {}}).ok());
}

TEST_F(PlannerTest, Render_ShowsTheOriginalsTable) {
  infra_.set_offers({offer("a", 0.5)});
  const std::string text = render(*plan({.node_count = 2, .ports = {}}), planner_);
  EXPECT_EQ(text.substr(0, 31), "Considered resources (2 nodes):");
  EXPECT_NE(text.find("INFRA"), std::string::npos);
  EXPECT_NE(text.find("Fake (a)"), std::string::npos);
  EXPECT_NE(text.find("1.00"), std::string::npos);
  EXPECT_NE(text.find("✔"), std::string::npos);
}

}  // namespace
}  // namespace sky::planner
