// The recorded inputs of the fuzz targets, replayed.
#include <gtest/gtest.h>

#include "testing/fuzz_replay.h"

#define LLVMFuzzerTestOneInput fuzz_task
#include "task/task_fuzz.cc"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_values
#include "task/values_fuzz.cc"
#undef LLVMFuzzerTestOneInput

namespace sky {
namespace {

const std::string kSeeds = std::string(SKY_SOURCE_DIR) + "/testdata/";

TEST(FuzzSeeds, Task_Hold) {
  EXPECT_GT(testing::replay_seeds(kSeeds + "fuzz_task", fuzz_task), 5U);
}
TEST(FuzzSeeds, Values_Hold) {
  EXPECT_GT(testing::replay_seeds(kSeeds + "fuzz_values", fuzz_values), 5U);
}

}  // namespace
}  // namespace sky
