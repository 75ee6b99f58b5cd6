// The catalogs that ship with the program: whole, plausible, and enough to plan with.
#include <gtest/gtest.h>

#include <set>

#include "catalog/catalogs.h"
#include "catalog/list_accelerators.h"
#include "catalog/query.h"

namespace sky::catalog {
namespace {

auto snapshot() -> const Catalogs& {
  static const Catalogs catalogs = Catalogs::open({"", std::string(SKY_SOURCE_DIR) + "/../../data/catalogs/v8"});
  return catalogs;
}

auto catalog_of(std::string_view infra) -> const Catalog& {
  return **snapshot().find(infra);
}

auto cheapest(std::string_view infra, const Want& want) -> Choice {
  const auto found = choices(catalog_of(infra), want);
  return found.empty() ? Choice{} : found.front();
}

TEST(Snapshot, HoldsGcpAndAws) {
  for (const auto* infra : {"aws", "gcp"}) {
    const auto catalog = snapshot().find(infra);
    ASSERT_TRUE(catalog.ok()) << catalog.error().message;
    EXPECT_EQ((*catalog)->origin().date.size(), std::string_view("2025-07-01").size());
    EXPECT_GT((*catalog)->machines().size(), 100U);
  }
}

TEST(Snapshot, GcpHasEverySeries) {
  std::set<std::string> series;
  for (const auto& machine : catalog_of("gcp").machines()) {
    const auto name = catalog_of("gcp").text(machine.instance_type);
    series.emplace(name.substr(0, name.find('-')));
  }
  for (const auto* name :
       {"n1",  "n2", "n2d", "e2", "t2a", "t2d", "c2", "c2d", "c3",  "c3d", "c4", "c4a", "c4d", "n4", "n4a",
        "n4d", "a2", "a3",  "a4", "a4x", "g2",  "g4", "h3",  "h4d", "m1",  "m2", "m3",  "m4",  "x4", "z3"}) {
    EXPECT_TRUE(series.contains(name)) << name;
  }
}

TEST(Snapshot, ChoosesWhatTheOriginalChooses) {
  EXPECT_EQ(cheapest("aws", {}).instance_type, "m6i.2xlarge");
  EXPECT_EQ(cheapest("gcp", {}).instance_type, "n4-standard-8");
  EXPECT_EQ(cheapest("gcp", {.accelerator = "V100", .accelerator_count = 1}).instance_type, "n1-highmem-8");
  EXPECT_EQ(cheapest("gcp", {.accelerator = "H100", .accelerator_count = 8}).instance_type, "a3-highgpu-8g");
  EXPECT_EQ(cheapest("gcp", {.accelerator = "tpu-v5litepod-4", .accelerator_count = 1}).instance_type, "TPU-VM");
  EXPECT_EQ(cheapest("aws", {.accelerator = "T4", .accelerator_count = 1}).instance_type, "g4dn.xlarge");
}

// Known list prices, to catch a table that was damaged by an edit.
TEST(Snapshot, Prices) {
  EXPECT_NEAR(cheapest("aws", {.accelerator = "V100", .accelerator_count = 8}).hourly_cost_usd, 24.48, 0.01);
  EXPECT_NEAR(cheapest("gcp", {.accelerator = "H100", .accelerator_count = 8}).hourly_cost_usd, 88.49, 0.01);
  EXPECT_NEAR(cheapest("gcp", {.accelerator = "A100", .accelerator_count = 1}).hourly_cost_usd, 3.673, 0.01);
  EXPECT_NEAR(cheapest("gcp", {.accelerator = "L4", .accelerator_count = 1}).hourly_cost_usd, 0.707, 0.001);
  EXPECT_NEAR(cheapest("gcp", {.accelerator = "tpu-v4-8", .accelerator_count = 1}).hourly_cost_usd, 12.88, 0.01);
}

TEST(Snapshot, EveryRowIsPlausible) {
  for (const auto* infra : {"aws", "gcp"}) {
    const Catalog& catalog = catalog_of(infra);
    for (const auto& machine : catalog.machines()) {
      const auto name = catalog.text(machine.is_device() ? machine.accelerator : machine.instance_type);
      EXPECT_TRUE(machine.is_device() || (machine.vcpus > 0 && machine.memory_gib > 0)) << name;
      for (const auto& offer : catalog.offers_of(machine)) {
        EXPECT_TRUE(is_missing(offer.price) || offer.price > 0) << name;
        EXPECT_FALSE(offer.spot_price >= offer.price) << name;
        EXPECT_TRUE(catalog.zone_of(offer).starts_with(catalog.region_of(offer))) << name;
      }
    }
  }
}

TEST(Snapshot, EveryAcceleratorHasAMachine) {
  const auto list = list_accelerators(catalog_of("gcp"), {});
  ASSERT_TRUE(list.ok());
  for (const auto* name : {"T4", "P4", "P100", "V100", "L4", "A100", "A100-80GB", "H100", "H100-MEGA", "H200", "B200",
                           "RTXPRO6000", "tpu-v2", "tpu-v3", "tpu-v4", "tpu-v5litepod", "tpu-v5p", "tpu-v6e"}) {
    EXPECT_TRUE(list->contains(name)) << name;
  }
  EXPECT_TRUE((*snapshot().accelerators())->canonical("h100-mega").ok());
}

}  // namespace
}  // namespace sky::catalog
