// The recorded inputs of the fuzz targets, replayed.
#include <fstream>

#include <gtest/gtest.h>

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

auto replay(const std::string& folder, int (*target)(const std::uint8_t*, size_t)) -> size_t {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(SKY_SOURCE_DIR) + "/testdata/" + folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ++count;
  }
  return count;
}

TEST(FuzzSeeds, Json_Hold) {
  EXPECT_GT(replay("fuzz_json", fuzz_json), 5U);
}
TEST(FuzzSeeds, Yaml_Hold) {
  EXPECT_GT(replay("fuzz_yaml", fuzz_yaml), 5U);
}
TEST(FuzzSeeds, Dotenv_Hold) {
  EXPECT_GT(replay("fuzz_dotenv", fuzz_dotenv), 2U);
}

TEST(FuzzSeeds, Csv_Hold) {
  EXPECT_GT(replay("fuzz_csv", fuzz_csv), 3U);
}

}  // namespace
}  // namespace sky
