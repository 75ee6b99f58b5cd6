#include "catalog/catalog.h"

#include <gtest/gtest.h>

#include "catalog/block.h"

namespace sky::catalog {
namespace {

auto sample() -> std::vector<Row> {
  return {
      {.instance_type = "b", .region = "us-west", .zone = "us-west-b", .vcpus = 4, .memory_gib = 16, .price = 2},
      {.instance_type = "b", .region = "us-west", .zone = "us-west-a", .vcpus = 4, .memory_gib = 16, .price = 2},
      {.instance_type = "b", .region = "eu", .vcpus = 4, .memory_gib = 16, .price = 1},
      {.instance_type = "a", .accelerator = "V100", .region = "eu", .accelerator_count = 1, .vcpus = 8, .price = 3},
      {.instance_type = "a", .accelerator = "V100", .region = "mars", .accelerator_count = 1, .vcpus = 8},
      {.instance_type = "c", .accelerator = "v100", .region = "eu", .accelerator_count = 2, .vcpus = 16, .price = 6},
  };
}

TEST(Catalog, RowsOfOneType_ShareAMachineAndSortTheirOffers) {
  const Catalog catalog = Catalog::from_rows("x", sample());
  ASSERT_EQ(catalog.machines().size(), 3U);
  const Machine* machine = catalog.find_machine("b");
  ASSERT_NE(machine, nullptr);
  EXPECT_EQ(machine->vcpus, 4);
  std::vector<std::string> places;
  for (const auto& offer : catalog.offers_of(*machine)) {
    places.push_back(fmt::format("{}/{}@{}", catalog.region_of(offer), catalog.zone_of(offer), offer.price));
  }
  EXPECT_EQ(places, (std::vector<std::string>{"eu/@1", "us-west/us-west-a@2", "us-west/us-west-b@2"}));
}

TEST(Catalog, EqualRows_AreOneOffer) {
  auto rows = sample();
  rows.push_back(rows[0]);
  EXPECT_EQ(Catalog::from_rows("x", rows).offers().size(), sample().size());
}

TEST(Catalog, PriceMissing_ComesLast) {
  const Catalog catalog = Catalog::from_rows("x", sample());
  const auto offers = catalog.offers_of(*catalog.find_machine("a"));
  EXPECT_EQ(offers[0].price, 3);
  EXPECT_TRUE(is_missing(offers[1].price));
  EXPECT_TRUE(is_missing(offers[0].spot_price));
}

TEST(Catalog, Names_AreFoundAsTheOriginalFindsThem) {
  const Catalog catalog = Catalog::from_rows("x", sample());
  EXPECT_EQ(catalog.find_machine("B"), nullptr);
  EXPECT_EQ(catalog.with_accelerator("v100").size(), 2U);
  EXPECT_EQ(catalog.accelerator_name("v100"), "V100");
  EXPECT_EQ(catalog.accelerator_names(), std::vector<std::string_view>{"V100"});
  EXPECT_EQ(catalog.accelerator_name("V10"), std::nullopt);
  const Region* region = catalog.find_region("US-West");
  ASSERT_NE(region, nullptr);
  ASSERT_EQ(catalog.zones_of(*region).size(), 2U);
  EXPECT_EQ(catalog.text(catalog.zones_of(*region)[0]), "us-west-a");
  EXPECT_EQ(catalog.find_region("us"), nullptr);
}

TEST(Catalog, NoRows_IsAnEmptyCatalog) {
  const Catalog catalog = Catalog::from_rows("x", {});
  EXPECT_EQ(catalog.find_machine(""), nullptr);
  EXPECT_TRUE(catalog.regions().empty());
}

TEST(Block, DamagedAnywhere_IsRefused) {
  const std::string image = build_block(sample(), {1, 2, 3});
  ASSERT_TRUE(Block::of(image).ok());
  for (size_t at = 0; at < image.size(); ++at) {
    std::string damaged = image;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_FALSE(Block::of(damaged).ok()) << at;
  }
  for (size_t size = 0; size < image.size(); size += 7) EXPECT_FALSE(Block::of(image.substr(0, size)).ok());
}

// The checksum does not protect against an image that was made wrongly.
TEST(Block, PointersOutside_AreRefused) {
  const auto refused = [](auto change) {
    std::string image = build_block(sample(), {});
    BlockHeader header;
    std::memcpy(static_cast<void*>(&header), image.data(), sizeof header);
    change(header, image);
    std::memcpy(image.data(), &header, sizeof header);
    return !Block::of(with_source(image, {})).ok();
  };
  const auto poke = [](std::string& image, std::uint64_t at, std::uint32_t value) {
    std::memcpy(image.data() + at, &value, sizeof value);
  };
  EXPECT_TRUE(refused([](auto& header, auto&) { header.machines.count = 1U << 30U; }));
  EXPECT_TRUE(refused([](auto& header, auto&) { header.texts.offset = ~std::uint64_t{7}; }));
  EXPECT_TRUE(refused([](auto& header, auto&) { header.regions.count = 0; }));
  EXPECT_TRUE(refused([&](auto& header, auto& image) { poke(image, header.by_name.offset, 99); }));
  EXPECT_TRUE(refused([&](auto& header, auto& image) { poke(image, header.machines.offset, 1U << 31U); }));
  EXPECT_TRUE(refused([&](auto& header, auto& image) { poke(image, header.offers.offset + 16, 99); }));
  EXPECT_FALSE(refused([](auto&, auto&) {}));
}

}  // namespace
}  // namespace sky::catalog
