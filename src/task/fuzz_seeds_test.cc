// The recorded inputs of the fuzz targets, replayed.
#include <fstream>

#include <gtest/gtest.h>

#define LLVMFuzzerTestOneInput fuzz_task
#include "task/task_fuzz.cc"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_values
#include "task/values_fuzz.cc"
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

TEST(FuzzSeeds, Task_Hold) {
  EXPECT_GT(replay("fuzz_task", fuzz_task), 5U);
}
TEST(FuzzSeeds, Values_Hold) {
  EXPECT_GT(replay("fuzz_values", fuzz_values), 5U);
}

}  // namespace
}  // namespace sky
