#include "optimizer/optimizer.h"

#include <random>

#include <gtest/gtest.h>

#include "optimizer/render.h"
#include "task/parse.h"

namespace sky::optimizer {
namespace {

using catalog::Catalog;
using catalog::Row;

// A small world: two clouds whose names have known facts, prices made up.
auto aws() -> Catalog {
  std::vector<Row> rows;
  const auto add = [&](std::string_view type, double vcpus, double memory, double price, double spot,
                       std::string_view accelerator = {}, double count = catalog::kMissing) {
    for (const auto& [region, zone, factor] : std::vector<std::tuple<std::string_view, std::string_view, double>>{
             {"eu-west-1", "eu-west-1a", 1.1}, {"us-east-1", "us-east-1a", 1.0}, {"us-east-1", "us-east-1b", 1.0}}) {
      rows.push_back({.instance_type = type,
                      .accelerator = accelerator,
                      .region = region,
                      .zone = zone,
                      .accelerator_count = count,
                      .vcpus = vcpus,
                      .memory_gib = memory,
                      .price = price * factor,
                      .spot_price = zone == "us-east-1b" ? spot * 0.9 : spot});
    }
  };
  add("m6i.large", 2, 8, 0.1, 0.05);
  add("m6i.2xlarge", 8, 32, 0.4, 0.2);
  add("r6i.2xlarge", 8, 64, 0.5, 0.1);
  add("g6.xlarge", 4, 16, 0.8, 0.3, "L4", 1);
  add("g6.2xlarge", 8, 32, 1.0, 0.5, "L4", 1);
  add("p4d.24xlarge", 96, 1152, 32, 10, "A100", 8);
  return Catalog::from_rows("aws", rows);
}

auto lambda() -> Catalog {
  const std::vector<Row> rows = {
      {.instance_type = "gpu_1x_a10",
       .accelerator = "A10",
       .region = "us-west-1",
       .accelerator_count = 1,
       .vcpus = 30,
       .memory_gib = 200,
       .price = 0.75},
      {.instance_type = "gpu_8x_a100",
       .accelerator = "A100",
       .region = "us-west-1",
       .accelerator_count = 8,
       .vcpus = 124,
       .memory_gib = 1800,
       .price = 10},
      {.instance_type = "gpu_1x_l4",
       .accelerator = "L4",
       .region = "us-west-1",
       .accelerator_count = 1,
       .vcpus = 8,
       .memory_gib = 30,
       .price = 0.9},
  };
  return Catalog::from_rows("lambda", rows);
}

class OptimizerTest : public ::testing::Test {
 protected:
  auto task(const std::string& resources, int nodes = 1, const std::string& name = "t") const -> TaskRequest {
    auto parsed = parse_task(fmt::format("name: {}\nnum_nodes: {}\nresources: {}\n", name, nodes, resources), "task");
    EXPECT_TRUE(parsed.ok()) << to_string(parsed.error());
    return parsed.ok() ? request_of(*parsed) : TaskRequest{};
  }
  auto request(std::vector<TaskRequest> tasks) const -> Request {
    Request made{.tasks = std::move(tasks)};
    made.markets = {{.infra = "aws", .catalog = &aws_}, {.infra = "lambda", .catalog = &lambda_}};
    made.edges = chain_edges(made.tasks.size());
    return made;
  }
  auto where(const Request& request) const -> std::string {
    const auto plan = optimize(request);
    if (!plan.ok()) return "error: " + plan.error().message;
    std::vector<std::string> places;
    for (const TaskPlan& one : plan->tasks) {
      const Candidate& chosen = one.chosen;
      places.push_back(fmt::format("{} {} {}{}{}", chosen.infra, chosen.instance_type, chosen.region,
                                   chosen.zone.empty() ? "" : "/", chosen.zone));
    }
    return fmt::format("{}", fmt::join(places, ", "));
  }

  Catalog aws_ = aws();
  Catalog lambda_ = lambda();
};

TEST_F(OptimizerTest, PlainTask_GetsEightCpusOfTheCheapestGeneralMachine) {
  EXPECT_EQ(where(request({task("{}")})), "aws m6i.2xlarge us-east-1");
  EXPECT_EQ(where(request({task("{cpus: 2+}")})), "aws m6i.large us-east-1");
  EXPECT_EQ(where(request({task("{infra: lambda}")})), "lambda gpu_1x_a10 us-west-1");
}

TEST_F(OptimizerTest, Accelerators_AreComparedOverAllInfras) {
  EXPECT_EQ(where(request({task("{accelerators: L4}")})), "aws g6.xlarge us-east-1");
  EXPECT_EQ(where(request({task("{accelerators: 'A100:8'}")})), "lambda gpu_8x_a100 us-west-1");
  EXPECT_EQ(where(request({task("{accelerators: L4, memory: 20+}")})), "lambda gpu_1x_l4 us-west-1");
}

TEST_F(OptimizerTest, Pins_NarrowThePlaces) {
  EXPECT_EQ(where(request({task("{accelerators: L4, infra: aws/eu-west-1}")})), "aws g6.xlarge eu-west-1");
  EXPECT_EQ(where(request({task("{accelerators: L4, infra: aws/us-east-1/us-east-1b}")})),
            "aws g6.xlarge us-east-1/us-east-1b");
  EXPECT_EQ(where(request({task("{infra: aws, instance_type: g6.2xlarge}")})), "aws g6.2xlarge us-east-1");
}

// The original picks the type by its on-demand price first (m6i.2xlarge); all types compete here.
TEST_F(OptimizerTest, Spot_TakesTheCheapestZoneOfAnyType) {
  EXPECT_EQ(where(request({task("{cpus: 8, use_spot: true}")})), "aws r6i.2xlarge us-east-1/us-east-1b");
}

TEST_F(OptimizerTest, SpotWhereThereIsNone_ExcludesTheInfraWithAReason) {
  const auto plan = optimize(request({task("{accelerators: 'A100:8', use_spot: true}")}));
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->tasks[0].chosen.infra, "aws");
  ASSERT_EQ(plan->tasks[0].excluded.size(), 1U);
  EXPECT_EQ(plan->tasks[0].excluded[0].infra, "lambda");
  EXPECT_FALSE(plan->tasks[0].excluded[0].reason.empty());
}

TEST_F(OptimizerTest, Ordered_TakesTheFirstThatWorksAtAnyPrice) {
  EXPECT_EQ(
      where(request({task("{ordered: [{accelerators: 'H100:8'}, {accelerators: 'A100:8', infra: aws}, {cpus: 2}]}")})),
      "aws p4d.24xlarge us-east-1");
  EXPECT_EQ(where(request({task("{any_of: [{accelerators: 'A100:8'}, {accelerators: L4}]}")})),
            "aws g6.xlarge us-east-1");
}

TEST_F(OptimizerTest, PriceCap_LeavesOutDearerPlaces) {
  const auto plan = optimize(request({task("{accelerators: L4, max_hourly_cost: 0.85}")}), Detail::kExplained);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->tasks[0].feasible_count, 1U);
  EXPECT_TRUE(where(request({task("{accelerators: L4, max_hourly_cost: 0.1}")})).starts_with("error: "));
}

TEST_F(OptimizerTest, Blocks_WalkThroughRegionsThenTypesThenInfras) {
  Request asked = request({task("{accelerators: L4}")});
  std::vector<std::string> order;
  double least = 0;
  for (int i = 0; i < 10; ++i) {
    const auto plan = optimize(asked);
    if (!plan.ok()) {
      EXPECT_EQ(plan.error().code, ErrorCode::kResourcesUnavailable);
      break;
    }
    const Candidate& chosen = plan->tasks[0].chosen;
    EXPECT_GE(chosen.cost_usd, least);  // monotone
    least = chosen.cost_usd;
    order.push_back(chosen.instance_type + " " + chosen.region);
    asked.blocked.push_back({.infra = chosen.infra, .instance_type = chosen.instance_type, .region = chosen.region});
  }
  EXPECT_EQ(order, (std::vector<std::string>{"g6.xlarge us-east-1", "g6.xlarge eu-west-1", "gpu_1x_l4 us-west-1",
                                             "g6.2xlarge us-east-1", "g6.2xlarge eu-west-1"}));
}

TEST_F(OptimizerTest, Reservations_AreFree) {
  Request asked = request({task("{accelerators: L4}", 2)});
  asked.reservations = {{.infra = "aws", .instance_type = "g6.2xlarge", .region = "eu-west-1", .count = 2}};
  EXPECT_EQ(where(asked), "aws g6.2xlarge eu-west-1");
  asked.reservations[0].count = 1;
  EXPECT_EQ(where(asked), "aws g6.2xlarge eu-west-1");
  EXPECT_EQ(optimize(asked)->tasks[0].chosen.reserved_nodes, 1);
}

TEST_F(OptimizerTest, Outputs_KeepTheNextTaskWhereTheDataIs) {
  Request asked = request({task("{accelerators: L4, infra: aws}", 1, "a"), task("{accelerators: 'A100:8'}", 1, "b")});
  EXPECT_EQ(where(asked), "aws g6.xlarge us-east-1, lambda gpu_8x_a100 us-west-1");
  asked.tasks[0].outputs = DataSize{.url = "s3://b", .size_gb = 1000};
  EXPECT_EQ(where(asked), "aws g6.xlarge us-east-1, aws p4d.24xlarge us-east-1");
  asked.tasks[0].outputs->size_gb = 100;
  const auto plan = optimize(asked);
  ASSERT_EQ(plan->moves.size(), 1U);
  EXPECT_NEAR(plan->moves[0].cost_usd, 99 * 0.09, 1e-9);
  EXPECT_NEAR(plan->total_cost_usd, 0.8 + 10 + 99 * 0.09, 1e-9);
}

TEST_F(OptimizerTest, Time_PrefersTheFasterEntry) {
  Request asked = request({task("{any_of: [{accelerators: L4}, {accelerators: 'A100:8'}]}")});
  asked.tasks[0].hours = {5, 1};
  asked.target = Target::kTime;
  EXPECT_EQ(where(asked), "lambda gpu_8x_a100 us-west-1");
  asked.target = Target::kCost;
  EXPECT_EQ(where(asked), "aws g6.xlarge us-east-1");
}

TEST_F(OptimizerTest, JobGroup_GoesToOneRegion) {
  Request asked = request({task("{accelerators: L4}", 1, "a"), task("{accelerators: 'A100:8'}", 1, "b")});
  asked.edges.clear();
  asked.is_job_group = true;
  EXPECT_EQ(where(asked), "lambda gpu_1x_l4 us-west-1, lambda gpu_8x_a100 us-west-1");
  EXPECT_EQ(optimize(asked)->group_place, "lambda/us-west-1");
}

TEST_F(OptimizerTest, Infeasible_SaysWhatAndWhyAndWhatElse) {
  const auto plan = optimize(request({task("{accelerators: 'A100:16'}", 2)}));
  ASSERT_FALSE(plan.ok());
  EXPECT_TRUE(plan.error().message.starts_with(
      "Catalog does not contain any instances satisfying the request: 2x <Cloud>({'A100': 16}).\nTo fix: relax or "
      "change the resource requirements."))
      << plan.error().message;
  EXPECT_TRUE(plan.error().message.contains("AWS: no instance type with A100:16")) << plan.error().message;
}

TEST_F(OptimizerTest, Table_IsTheOriginals) {
  const auto plan = optimize(request({task("{accelerators: L4}", 2)}));
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(render_plan(*plan),
            "Considered resources (2 nodes):\n"
            "-------------------------------------------------------------------------------\n"
            " INFRA                INSTANCE    vCPUs   Mem(GB)   GPUS   COST ($)   CHOSEN   \n"
            "-------------------------------------------------------------------------------\n"
            " AWS (us-east-1)      g6.xlarge   4       16        L4:1   1.60          ✔     \n"
            " Lambda (us-west-1)   gpu_1x_l4   8       30        L4:1   1.80                \n"
            "-------------------------------------------------------------------------------\n");
}

TEST_F(OptimizerTest, Json_HasOneEntryPerTaskWithTheCostOfAllNodes) {
  const auto plan = optimize(request({task("{accelerators: L4}", 2, "a"), task("{cpus: 2, use_spot: true}", 1, "b")}));
  const JsonObject json = plan_json(*plan);
  const JsonArray& entries = json.at("plan").as_array();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_DOUBLE_EQ(entries[0].as_object().at("hourly_cost").as_double(), 1.6);
  EXPECT_TRUE(entries[0].as_object().at("zone").is_null());
  EXPECT_EQ(entries[1].as_object().at("zone").as_string(), "us-east-1b");
}

// Every machine at every place, one by one.
auto best_by_force(const Request& request) -> double {
  double best = 1e300;
  for (const Market& market : request.markets) {
    const Catalog& catalog = *market.catalog;
    for (const catalog::Offer& offer : catalog.offers()) {
      const catalog::Machine& machine = catalog.machine_of(offer);
      const Resources& asked = request.tasks[0].resources.candidates[0];
      const bool spot = asked.use_spot.value_or(false);
      if (catalog.text(machine.accelerator) != asked.accelerator->name) continue;
      if (machine.accelerator_count != asked.accelerator->count) continue;
      if (asked.memory_gib && machine.memory_gib < asked.memory_gib->value) continue;
      const double price = spot ? offer.spot_price : offer.price;
      const bool blocked = std::ranges::any_of(request.blocked, [&](const Blocked& one) {
        return (one.infra.empty() || one.infra == market.infra) &&
               (one.region.empty() || one.region == catalog.region_of(offer)) &&
               (one.instance_type.empty() || one.instance_type == catalog.text(machine.instance_type));
      });
      if (!blocked && !catalog::is_missing(price)) best = std::min(best, price);
    }
  }
  return best;
}

TEST(OptimizerProperty, RandomWorlds_AreNeverPlannedWorseThanByForceAndBlocksNeverMakeThemCheaper) {
  std::mt19937_64 random(42);
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  const std::vector<std::string> names = {"L4", "A100", "T4"};
  const std::vector<std::string> regions = {"us-east-1", "us-west-2", "eu-west-1", "ap-south-1"};
  const std::vector<std::string> types = {"a.1", "a.2", "a.3", "a.4", "a.5", "a.6"};
  for (int world = 0; world < 60; ++world) {
    std::vector<Catalog> catalogs;
    for (const char* infra : {"aws", "azure", "nebius"}) {
      std::vector<Row> rows;
      for (const std::string& type : types) {
        const Row machine{.instance_type = type,
                          .accelerator = names[static_cast<size_t>(pick(3))],
                          .accelerator_count = static_cast<double>(1 << pick(2)),
                          .vcpus = 8,
                          .memory_gib = 16.0 * (1 + pick(3))};
        for (const std::string& region : regions) {
          if (pick(3) == 0) continue;
          Row row = machine;
          row.region = region;
          row.zone = region;
          row.price = 1 + pick(50) / 10.0;
          row.spot_price = pick(4) == 0 ? catalog::kMissing : row.price / 2;
          rows.push_back(row);
        }
      }
      catalogs.push_back(Catalog::from_rows(infra, rows));
    }
    Request asked{.tasks = {TaskRequest{}}};
    Resources& wish = asked.tasks[0].resources.candidates[0];
    wish.accelerator =
        Accelerator{.name = names[static_cast<size_t>(pick(3))], .count = static_cast<double>(1 << pick(2))};
    if (pick(2) == 0) wish.memory_gib = Quantity{.value = 32, .at_least = true, .text = "32+"};
    if (pick(3) == 0) wish.use_spot = true;
    for (const Catalog& one : catalogs) asked.markets.push_back({.infra = one.infra(), .catalog = &one});
    double least = 0;
    for (int blocks = 0; blocks < 5; ++blocks) {
      const double expected = best_by_force(asked);
      const auto plan = optimize(asked);
      ASSERT_EQ(plan.ok(), expected < 1e300) << "world " << world;
      if (!plan.ok()) break;
      EXPECT_DOUBLE_EQ(plan->tasks[0].chosen.cost_usd, expected) << "world " << world;
      EXPECT_GE(expected, least);
      least = expected;
      const Candidate& chosen = plan->tasks[0].chosen;
      asked.blocked.push_back({.infra = chosen.infra,
                               .instance_type = pick(2) == 0 ? chosen.instance_type : "",
                               .region = pick(2) == 0 ? chosen.region : ""});
    }
  }
}

}  // namespace
}  // namespace sky::optimizer
