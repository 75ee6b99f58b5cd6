#include "infra/gpu_name.h"

#include <gtest/gtest.h>

namespace sky::infra {
namespace {

TEST(GpuName, DeviceNames_GiveTheNamesThatTasksUse) {
  EXPECT_EQ(gpu_name_of_device("NVIDIA H100 80GB HBM3"), "H100");
  EXPECT_EQ(gpu_name_of_device("NVIDIA A100-SXM4-80GB"), "A100-80GB");
  EXPECT_EQ(gpu_name_of_device("NVIDIA A100-SXM4-40GB"), "A100");
  EXPECT_EQ(gpu_name_of_device("Tesla V100-SXM2-16GB"), "V100");
  EXPECT_EQ(gpu_name_of_device("Tesla T4"), "T4");
  EXPECT_EQ(gpu_name_of_device("NVIDIA L4"), "L4");
  EXPECT_EQ(gpu_name_of_device("NVIDIA GeForce RTX 4090"), "RTX4090");
  EXPECT_EQ(gpu_name_of_device("NVIDIA RTX 6000 Ada Generation"), "RTX6000-Ada");
  EXPECT_EQ(gpu_name_of_device(""), "");
}

}  // namespace
}  // namespace sky::infra
