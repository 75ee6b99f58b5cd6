#include "catalog/query.h"

#include <gtest/gtest.h>

#include "catalog/infra_facts.h"

namespace sky::catalog {
namespace {

auto aws() -> Catalog {
  std::vector<Row> rows;
  const auto machine = [&](std::string_view type, double vcpus, double memory, double price) -> Row& {
    rows.push_back({.instance_type = type, .region = "us-east-1", .zone = "use1-az1", .vcpus = vcpus});
    rows.back().memory_gib = memory;
    rows.back().price = price;
    return rows.back();
  };
  const auto with_gpu = [&](std::string_view type, std::string_view accelerator, double count, double price) {
    Row& row = machine(type, 8 * count, 61 * count, price);
    row.accelerator = accelerator;
    row.accelerator_count = count;
  };
  machine("m6i.2xlarge", 8, 32, 0.384).spot_price = 0.2;
  Row& india = machine("m6i.2xlarge", 8, 32, 0.3);
  india.region = "ap-south-1";
  india.zone = "aps1-az1";
  india.spot_price = 0.1;
  machine("m6i.large", 2, 8, 0.096);
  machine("c6i.2xlarge", 8, 16, 0.34);
  machine("t3.2xlarge", 8, 32, 0.1);
  with_gpu("p3.2xlarge", "V100", 1, 3.06);
  with_gpu("p3.8xlarge", "V100", 4, 12.24);
  with_gpu("p3dn.24xlarge", "V100-32GB", 8, 31.2);
  return Catalog::from_rows("aws", rows);
}

auto gcp() -> Catalog {
  std::vector<Row> rows;
  const auto machine = [&](std::string_view type, double vcpus, double memory, double price) {
    for (const std::string_view zone : {"us-central1-a", "us-central1-b"}) {
      rows.push_back({.instance_type = type,
                      .region = "us-central1",
                      .zone = zone,
                      .vcpus = vcpus,
                      .memory_gib = memory,
                      .price = price,
                      .spot_price = price / 4});
    }
  };
  const auto device = [&](std::string_view name, double count, std::string_view zone, double price) {
    rows.push_back({.accelerator = name,
                    .region = "us-central1",
                    .zone = zone,
                    .accelerator_count = count,
                    .price = price,
                    .spot_price = price / 2,
                    .has_gpu_info = true});
  };
  machine("n1-standard-8", 8, 30, 0.38);
  machine("n1-highmem-8", 8, 52, 0.47);
  machine("n1-highmem-16", 16, 104, 0.95);
  machine("a2-highgpu-1g", 12, 85, 0.7);
  device("V100", 1, "us-central1-a", 2.48);
  device("A100", 1, "us-central1-b", 2.93);
  device("tpu-v3-8", 1, "us-central1-a", 8);
  return Catalog::from_rows("gcp", rows);
}

auto types(const std::vector<Choice>& choices) -> std::vector<std::string_view> {
  std::vector<std::string_view> names;
  for (const auto& choice : choices) names.push_back(choice.instance_type);
  return names;
}

using Types = std::vector<std::string_view>;

TEST(Choices, NothingAsked_IsADefaultFamilyOfDefaultSize) {
  const Catalog catalog = aws();
  const auto found = choices(catalog, {});
  EXPECT_EQ(types(found), (Types{"m6i.2xlarge"}));
  EXPECT_EQ(found[0].hourly_cost_usd, 0.3);
}

TEST(Choices, CpusAndMemory_Bound) {
  const Catalog catalog = aws();
  EXPECT_EQ(types(choices(catalog, {.cpus = Bound{2, true}})), (Types{"m6i.large", "m6i.2xlarge"}));
  EXPECT_EQ(types(choices(catalog, {.cpus = Bound{2}})), (Types{"m6i.large"}));
  EXPECT_EQ(types(choices(catalog, {.cpus = Bound{8}, .memory_gib = Bound{2, false, true}})),
            (Types{"m6i.2xlarge", "c6i.2xlarge"}));
  EXPECT_EQ(types(choices(catalog, {.memory_gib = Bound{16}})), (Types{"c6i.2xlarge"}));
}

TEST(Choices, PlaceMarketAndCap_Narrow) {
  const Catalog catalog = aws();
  EXPECT_EQ(choices(catalog, {.region = "US-East-1"})[0].hourly_cost_usd, 0.384);
  EXPECT_EQ(choices(catalog, {.market = Market::kSpot})[0].hourly_cost_usd, 0.1);
  EXPECT_TRUE(choices(catalog, {.region = "mars"}).empty());
  EXPECT_TRUE(choices(catalog, {.hourly_cost_usd_max = 0.29}).empty());
}

TEST(Choices, Accelerator_NeedsItsExactCount) {
  const Catalog catalog = aws();
  EXPECT_EQ(types(choices(catalog, {.accelerator = "V100", .accelerator_count = 4})), (Types{"p3.8xlarge"}));
  EXPECT_TRUE(choices(catalog, {.accelerator = "V100", .accelerator_count = 3}).empty());
  EXPECT_EQ(similar_accelerators(catalog, {.accelerator = "V100", .accelerator_count = 3}),
            (std::vector<std::string>{"V100:4", "V100-32GB:8"}));
}

TEST(Choices, DevicePricedApart_ComesWithItsHosts) {
  const Catalog catalog = gcp();
  // 4 GiB per vCPU: n1-standard-8 has too little memory, and n1-highmem-16 more than a V100 allows.
  const auto v100 = choices(catalog, {.accelerator = "V100", .accelerator_count = 1});
  ASSERT_EQ(types(v100), (Types{"n1-highmem-8"}));
  EXPECT_DOUBLE_EQ(v100[0].hourly_cost_usd, 2.48 + 0.47);
  const auto where = places(catalog, v100[0], Market::kOnDemand);
  ASSERT_EQ(where.size(), 1U);
  EXPECT_EQ(where[0].zone, "us-central1-a");
  const auto a100 = choices(catalog, {.accelerator = "A100", .accelerator_count = 1, .market = Market::kSpot});
  ASSERT_EQ(types(a100), (Types{"a2-highgpu-1g"}));
  EXPECT_DOUBLE_EQ(a100[0].hourly_cost_usd, 2.93 / 2 + 0.7 / 4);
}

// The cap is on what is paid, host and device together.
TEST(Choices, CapOnDevicePricedApart_CountsTheHost) {
  const Catalog catalog = gcp();
  EXPECT_TRUE(choices(catalog, {.accelerator = "V100", .accelerator_count = 1, .hourly_cost_usd_max = 2.5}).empty());
}

TEST(Choices, Tpu_BringsItsHost) {
  const Catalog catalog = gcp();
  const Want want{.accelerator = "tpu-v3-8", .accelerator_count = 1};
  const auto found = choices(catalog, want);
  ASSERT_EQ(types(found), (Types{"TPU-VM"}));
  EXPECT_EQ(found[0].machine, nullptr);
  EXPECT_EQ(found[0].hourly_cost_usd, 8);
  Want small = want;
  small.cpus = Bound{8};
  EXPECT_TRUE(choices(catalog, small).empty());
}

TEST(Places, OfAws_StartWithTheUs) {
  const Catalog catalog = aws();
  const auto found = places(catalog, choices(catalog, {})[0], Market::kOnDemand);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].region, "us-east-1");
  EXPECT_EQ(found[1].region, "ap-south-1");
}

TEST(NamedChoice, BindsWhatTheTypeBrings) {
  const Catalog catalog = gcp();
  const auto bound = named_choice(catalog, "a2-highgpu-1g", {});
  ASSERT_TRUE(bound.ok());
  ASSERT_NE(bound->device, nullptr);
  EXPECT_EQ(catalog.text(bound->device->accelerator), "A100");
  EXPECT_EQ(named_choice(catalog, "n1-standard-8", {})->device, nullptr);
  EXPECT_EQ(named_choice(catalog, "n1-standard-8", {})->hourly_cost_usd, 0.38);
}

TEST(NamedChoice, Refusals) {
  const Catalog catalog = gcp();
  const auto message = [&](std::string_view type, Want want) {
    const auto result = named_choice(catalog, type, want);
    return result.ok() ? "" : result.error().message;
  };
  EXPECT_EQ(message("x9", {}), "No instance type x9 found.");
  EXPECT_EQ(message("a2-highgpu-1g", {.accelerator = "V100", .accelerator_count = 1}),
            "V100 GPUs cannot be attached to a2-highgpu-1g. Use N1 instance types instead. Please refer to: "
            "https://cloud.google.com/compute/docs/machine-types#gpus");
  EXPECT_EQ(message("n1-standard-8", {.accelerator = "A100", .accelerator_count = 1}),
            "A100 GPUs cannot be attached to n1-standard-8. Use one of ['a2-highgpu-1g'] instead. Please refer to "
            "https://cloud.google.com/compute/docs/gpus");
  EXPECT_EQ(message("n1-standard-8", {.accelerator = "V100", .accelerator_count = 3}),
            "V100:3 is not launchable on GCP. The valid V100 counts are [1, 2, 4, 8].");
  EXPECT_EQ(message("n1-highmem-16", {.accelerator = "V100", .accelerator_count = 1}),
            "V100:1 cannot be attached to n1-highmem-16. The maximum number of vCPUs is 12. "
            "Please refer to: https://cloud.google.com/compute/docs/gpus");
}

TEST(ValidatePlace, WrongNames_SayWhatIsRight) {
  const Catalog catalog = gcp();
  const auto message = [&](const Catalog& in, PlaceName place) {
    const auto result = validate_place(in, std::move(place));
    return result.ok() ? "" : result.error().message;
  };
  EXPECT_EQ(message(catalog, {"us-centrall1", {}}),
            "Invalid region 'us-centrall1'\nDid you mean one of these: 'us-central1'?");
  EXPECT_EQ(message(aws(), {"mars", {}}),
            "Invalid region 'mars'\nList of supported aws regions: 'ap-south-1, us-east-1'");
  EXPECT_EQ(message(catalog, {"us-central1", "us-central1-x"}),
            "Invalid zone 'us-central1-x' for region 'us-central1'\nDid you mean one of these: 'us-central1-a, "
            "us-central1-b'?");
  EXPECT_EQ(message(Catalog::from_rows("azure", {}), {{}, "z"}), "Azure does not support zones.");
  const auto place = validate_place(catalog, {{}, "us-central1-b"});
  ASSERT_TRUE(place.ok());
  EXPECT_EQ(place->region, "us-central1");
  EXPECT_EQ(validate_place(catalog, {"US-CENTRAL1", {}})->region, "us-central1");
}

TEST(InfraFacts, Families) {
  const auto& azure = infra_facts("azure");
  EXPECT_TRUE(in_default_family(azure, "Standard_D8s_v5"));
  EXPECT_FALSE(in_default_family(azure, "Standard_E8-4s_v5"));
  EXPECT_FALSE(in_default_family(azure, "Standard_D8ds_v5"));
  EXPECT_FALSE(in_default_family(infra_facts("aws"), "m6in.large"));
  EXPECT_TRUE(in_default_family(infra_facts("nobody"), "anything"));
  EXPECT_EQ(missing_feature_reason("gcp", Feature::kLocalDisk), "Local disk is not supported on GCP");
  EXPECT_EQ(missing_feature_reason("aws", Feature::kLocalDisk), "");
}

}  // namespace
}  // namespace sky::catalog
