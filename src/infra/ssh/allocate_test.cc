#include "infra/ssh/allocate.h"

#include <gtest/gtest.h>

namespace sky::infra {
namespace {

auto machine(int cpus, double memory_gib, std::vector<os::Gpu> gpus = {}) -> HostFacts {
  return {.arch = "x86_64",
          .home = "/home/ada",
          .user = "ada",
          .address = "10.0.0.1",
          .boot_id = "b",
          .cpus = cpus,
          .memory_gib = memory_gib,
          .gpus = std::move(gpus),
          .outside = "192.0.2.1",
          .login = {.user = "ada"}};
}
auto gpus(int count, const std::string& name) -> std::vector<os::Gpu> {
  std::vector<os::Gpu> all;
  for (int i = 0; i < count; ++i) all.push_back({.index = i, .name = name});
  return all;
}

TEST(Fits, CpusMemoryAndGpus_MustAllBeThere) {
  EXPECT_TRUE(fits({}, machine(1, 0.5)));
  EXPECT_TRUE(fits({.cpus = 4, .memory_gib = 16}, machine(4, 15.6)));
  EXPECT_FALSE(fits({.cpus = 5}, machine(4, 16)));
  EXPECT_FALSE(fits({.memory_gib = 32}, machine(4, 15.6)));
  const HostFacts h100 = machine(8, 64, gpus(2, "NVIDIA H100 80GB HBM3"));
  EXPECT_TRUE(fits({.accelerator = "H100", .accelerator_count = 2}, h100));
  EXPECT_FALSE(fits({.accelerator = "H100", .accelerator_count = 4}, h100));
  EXPECT_FALSE(fits({.accelerator = "A100", .accelerator_count = 1}, h100));
  EXPECT_FALSE(fits({.accelerator = "H100", .accelerator_count = 1}, machine(8, 64)));
}

TEST(RecordOf, HostIsGivenWhole) {
  const NodeRecord record = record_of(1, {.host = "gpu-box"}, machine(8, 64, gpus(2, "NVIDIA H100")));
  EXPECT_EQ(record.index, 1);
  EXPECT_EQ(record.id, "gpu-box");
  EXPECT_EQ(record.external_address, "192.0.2.1");
  EXPECT_EQ(record.ssh.user, "ada");
  EXPECT_EQ(record.address, "10.0.0.1");
  EXPECT_EQ(record.gpus, (std::vector<int>{0, 1}));
  EXPECT_EQ(record.cpus, 8);
}

TEST(HostFactsText, NamesArchitectureSizeAndGpus) {
  EXPECT_EQ(to_string(machine(1, 2)), "x86_64, 1 CPU, 2 GB");
  EXPECT_EQ(to_string(machine(8, 64, gpus(2, "NVIDIA H100"))), "x86_64, 8 CPUs, 64 GB, 2x NVIDIA H100");
}

}  // namespace
}  // namespace sky::infra
