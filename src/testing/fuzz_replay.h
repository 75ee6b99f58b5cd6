// Replays the recorded inputs of a fuzz target in a unit test.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sky::testing {

using FuzzTarget = int (*)(const std::uint8_t*, size_t);

// Every file of `folder` through the target; returns how many there were. A target that fails ends the process.
inline auto replay_seeds(const std::string& folder, FuzzTarget target) -> size_t {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ++count;
  }
  return count;
}

}  // namespace sky::testing
