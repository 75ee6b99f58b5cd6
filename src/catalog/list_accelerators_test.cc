#include "catalog/list_accelerators.h"

#include <gtest/gtest.h>

#include "catalog/name_pattern.h"

namespace sky::catalog {
namespace {

auto found(std::string_view pattern, std::string_view text, bool case_sensitive = true) -> bool {
  const auto compiled = NamePattern::compile(pattern, case_sensitive);
  EXPECT_TRUE(compiled.ok()) << pattern;
  return compiled.ok() && compiled->found_in(text);
}

TEST(NamePattern, FindsWhatPythonFinds) {
  EXPECT_TRUE(found("A100", "A100-80GB"));
  EXPECT_FALSE(found("^A100$", "A100-80GB"));
  EXPECT_TRUE(found("^(A100|H100)$", "H100"));
  EXPECT_FALSE(found("^(?:A100|H100)$", "H1000"));
  EXPECT_TRUE(found("tpu-v[2-4]", "tpu-v3-8"));
  EXPECT_FALSE(found("tpu-v[^2-4]", "tpu-v3-8"));
  EXPECT_TRUE(found("v5.*-8$", "tpu-v5p-8"));
  EXPECT_TRUE(found("a1?00", "a00"));
  EXPECT_TRUE(found("ab+c", "xabbbc"));
  EXPECT_FALSE(found("ab+c", "ac"));
  EXPECT_TRUE(found("(ab)*$", "x"));
  EXPECT_TRUE(found("\\d\\d\\.", "x42.y"));
  EXPECT_TRUE(found("", "anything"));
  EXPECT_TRUE(found("a||b", ""));
  EXPECT_FALSE(found("a100", "A100"));
  EXPECT_TRUE(found("a100", "A100", false));
  EXPECT_TRUE(found("[A-Z]1", "a1", false));
  EXPECT_TRUE(found("[]x]", "]"));
}

TEST(NamePattern, Mistakes) {
  for (const auto* bad : {"A100(", ")", "*a", "a**", "[a", "a\\", "(?=a)", "a{2}", "\\b", "[z-a]"}) {
    EXPECT_FALSE(NamePattern::compile(bad, true).ok()) << bad;
  }
  EXPECT_FALSE(NamePattern::compile(std::string(kPatternSizeMax + 1, 'a'), true).ok());
  EXPECT_FALSE(NamePattern::compile(std::string(500, '('), true).ok());
}

// Patterns that make a backtracking matcher take for ever.
TEST(NamePattern, ManyRepeats_AreLinear) {
  EXPECT_FALSE(found("^(a*)*(a*)*(a*)*b", std::string(2000, 'a')));
}

auto lambda() -> Catalog {
  const auto row = [](std::string_view type, std::string_view name, double count, std::string_view region,
                      double price) {
    return Row{.instance_type = type,
               .accelerator = name,
               .region = region,
               .accelerator_count = count,
               .vcpus = 8,
               .memory_gib = 64,
               .device_memory_gib = 40,
               .price = price,
               .has_gpu_info = true};
  };
  std::vector<Row> rows = {row("gpu_8x", "A100", 8, "us-east", 14), row("gpu_1x", "A100", 1, "us-west", 2),
                           row("gpu_1x", "A100", 1, "us-east", 1.5), row("gpu_1x_h", "H100", 1, "us-east", 3),
                           row("chip", "Inferentia", 1, "us-east", 1)};
  rows.back().has_gpu_info = false;
  rows.push_back(row("plain", "", kMissing, "us-east", 1));
  return Catalog::from_rows("lambda", rows);
}

auto shown(const AcceleratorFilter& filter) -> std::vector<std::string> {
  std::vector<std::string> rows;
  const auto list = list_accelerators(lambda(), filter);
  for (const auto& [name, infos] : *list) {
    for (const auto& info : infos) {
      rows.push_back(
          fmt::format("{}:{} {} {} {}", name, info.accelerator_count, *info.instance_type, info.region, info.price));
    }
  }
  return rows;
}

using Shown = std::vector<std::string>;

TEST(ListAccelerators, CheapestPlaceOfEachSize) {
  EXPECT_EQ(shown({}), (Shown{"A100:1 gpu_1x us-east 1.5", "A100:8 gpu_8x us-east 14", "H100:1 gpu_1x_h us-east 3"}));
}

TEST(ListAccelerators, Filters) {
  EXPECT_EQ(shown({.name = "^H"}), (Shown{"H100:1 gpu_1x_h us-east 3"}));
  EXPECT_EQ(shown({.name = "h100"}), Shown{});
  EXPECT_EQ(shown({.name = "h100", .case_sensitive = false}), (Shown{"H100:1 gpu_1x_h us-east 3"}));
  EXPECT_EQ(shown({.region = "west"}), (Shown{"A100:1 gpu_1x us-west 2"}));
  EXPECT_EQ(shown({.quantity = 8}), (Shown{"A100:8 gpu_8x us-east 14"}));
  EXPECT_EQ(shown({.gpus_only = false, .name = "Inf"}), (Shown{"Inferentia:1 chip us-east 1"}));
  EXPECT_EQ(shown({.name = "^A", .quantity = 1, .all_regions = true}),
            (Shown{"A100:1 gpu_1x us-east 1.5", "A100:1 gpu_1x us-west 2"}));
  EXPECT_FALSE(list_accelerators(lambda(), {.name = "A100("}).ok());
}

TEST(ListAccelerators, Counts) {
  const auto list = list_accelerators(lambda(), {});
  EXPECT_EQ(accelerator_counts(*list)["A100"], (std::vector<double>{1, 8}));
  AcceleratorList merged = *list;
  merge_into(merged, *list);
  EXPECT_EQ(merged["H100"].size(), 2U);
}

}  // namespace
}  // namespace sky::catalog
