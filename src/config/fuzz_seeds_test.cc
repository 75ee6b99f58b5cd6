// The recorded inputs of the fuzz target, replayed.
#include <gtest/gtest.h>

#include "testing/fuzz_replay.h"

#define LLVMFuzzerTestOneInput fuzz_config
#include "config/config_fuzz.cc"
#undef LLVMFuzzerTestOneInput

namespace sky {
namespace {

TEST(FuzzSeeds, Config_Hold) {
  EXPECT_GT(testing::replay_seeds(std::string(SKY_SOURCE_DIR) + "/testdata/fuzz_config", fuzz_config), 5U);
}

}  // namespace
}  // namespace sky
