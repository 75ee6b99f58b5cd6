#include "infra/local/allocate.h"

#include <set>

#include <gtest/gtest.h>

namespace sky::infra {
namespace {

auto machine_with_gpus(int count) -> LocalMachine {
  LocalMachine machine{.cpus = 4, .memory_gib = 15.6, .gpus = {}, .boot_id = "boot"};
  for (int i = 0; i < count; ++i)
    machine.gpus.push_back({.index = i, .name = "NVIDIA H100 80GB HBM3", .memory_mib = 1});
  return machine;
}

const NodeShape kOneGpu{.cpus = 1, .accelerator = "H100", .accelerator_count = 1};

TEST(GrantedShape, NothingAsked_IsOneCpuWithMemory) {
  const NodeShape granted = granted_shape({}, machine_with_gpus(0));
  EXPECT_EQ(granted.cpus, 1);
  EXPECT_EQ(granted.memory_gib, 4);
  EXPECT_EQ(instance_type_of(granted), "1CPU--4GB");
}

TEST(GrantedShape, ManyCpus_MemoryIsAtMostTheMachines) {
  const NodeShape granted = granted_shape({.cpus = 4}, machine_with_gpus(0));
  EXPECT_EQ(instance_type_of(granted), "4CPU--15.6GB");
}

TEST(CheckFits, MoreThanTheMachine_NamesBothFigures) {
  const LocalMachine machine = machine_with_gpus(2);
  EXPECT_TRUE(check_fits({.cpus = 4, .memory_gib = 15}, 100, machine).ok());
  EXPECT_EQ(check_fits({.cpus = 64}, 1, machine).error().message, "a node asks for 64 CPUs, this machine has 4");
  EXPECT_EQ(check_fits({.memory_gib = 100}, 1, machine).error().message,
            "a node asks for 100 GB of memory, this machine has 15.6");
  EXPECT_EQ(check_fits({.accelerator = "H100", .accelerator_count = 1}, 3, machine).error().message,
            "3 nodes ask for 3 H100 GPUs, this machine has 2");
  EXPECT_EQ(check_fits({.accelerator = "L4", .accelerator_count = 1}, 1, machine).error().message,
            "asked for L4:1, this machine has H100, H100");
  EXPECT_EQ(check_fits({.accelerator = "L4", .accelerator_count = 1}, 1, machine_with_gpus(0)).error().message,
            "asked for L4:1, this machine has no GPU");
  EXPECT_EQ(check_fits({.use_spot = true}, 1, machine).error().code, ErrorCode::kNotSupported);
}

TEST(AllocateGpus, HeldOnes_AreNotGivenAgain) {
  const auto given = allocate_gpus(kOneGpu, 2, machine_with_gpus(4), {0, 2});
  ASSERT_TRUE(given.ok());
  EXPECT_EQ(*given, (std::vector<std::vector<int>>{{1}, {3}}));
  const auto refused = allocate_gpus(kOneGpu, 2, machine_with_gpus(4), {0, 1, 2});
  EXPECT_EQ(refused.error().code, ErrorCode::kResourcesUnavailable);
  EXPECT_EQ(refused.error().message, "asked for 2 H100 GPUs, 1 of 4 on this machine are free");
}

TEST(AllocateGpus, Preferred_AreGivenWhereFree) {
  const auto given = allocate_gpus(kOneGpu, 2, machine_with_gpus(4), {3}, {{2}, {3}});
  EXPECT_EQ(*given, (std::vector<std::vector<int>>{{2}, {0}}));
}

TEST(AllocateGpus, Fraction_TakesAWholeDevice) {
  const auto given = allocate_gpus({.accelerator = "H100", .accelerator_count = 0.5}, 1, machine_with_gpus(1), {});
  EXPECT_EQ(*given, (std::vector<std::vector<int>>{{0}}));
}

TEST(AllocateAddress, Nodes_AreApartAndStable) {
  std::set<std::string> used;
  const auto in_use = [&](const std::string& address) { return used.contains(address); };
  for (int node = 0; node < 500; ++node) {
    const auto address = allocate_address(ServerId("aa"), "hash", node, in_use);
    ASSERT_TRUE(address.ok());
    EXPECT_TRUE(used.insert(*address).second);
  }
  const auto free = [](const std::string&) { return false; };
  const auto one = *allocate_address(ServerId("aa"), "hash", 0, free);
  EXPECT_EQ(one, *allocate_address(ServerId("aa"), "hash", 0, free));
  EXPECT_NE(one, *allocate_address(ServerId("bb"), "hash", 0, free));
  EXPECT_FALSE(allocate_address(ServerId("aa"), "hash", 0, [](const std::string&) { return true; }).ok());
}

TEST(OverCommitNote, OnlyAboveTheMachine) {
  LaunchRequest request;
  request.node_count = 2;
  request.taken = {NodeRecord{.cpus = 2}};
  EXPECT_EQ(over_commit_note(request, machine_with_gpus(0)), std::nullopt);
  request.shape.cpus = 2;
  EXPECT_EQ(over_commit_note(request, machine_with_gpus(0)), "asked 6 CPUs, 4 present");
}

}  // namespace
}  // namespace sky::infra
