// The recorded inputs of the fuzz targets, replayed.
#include <gtest/gtest.h>

#include "testing/fuzz_replay.h"

#define LLVMFuzzerTestOneInput fuzz_json
#include "format/json_fuzz.cc"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_yaml
#include "format/yaml_fuzz.cc"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_dotenv
#include "format/dotenv_fuzz.cc"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_csv
#include "format/csv_fuzz.cc"
#undef LLVMFuzzerTestOneInput

namespace sky {
namespace {

const std::string kSeeds = std::string(SKY_SOURCE_DIR) + "/testdata/";

TEST(FuzzSeeds, Json_Hold) {
  EXPECT_GT(testing::replay_seeds(kSeeds + "fuzz_json", fuzz_json), 5U);
}
TEST(FuzzSeeds, Yaml_Hold) {
  EXPECT_GT(testing::replay_seeds(kSeeds + "fuzz_yaml", fuzz_yaml), 5U);
}
TEST(FuzzSeeds, Dotenv_Hold) {
  EXPECT_GT(testing::replay_seeds(kSeeds + "fuzz_dotenv", fuzz_dotenv), 2U);
}

TEST(FuzzSeeds, Csv_Hold) {
  EXPECT_GT(testing::replay_seeds(kSeeds + "fuzz_csv", fuzz_csv), 3U);
}

}  // namespace
}  // namespace sky
