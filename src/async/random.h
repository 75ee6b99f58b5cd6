// What programs make of chance. The source is the loop, so that a simulated run is a function of its seed.
#pragma once

#include <string>

#include "async/loop.h"
#include "base/ids.h"

namespace sky::async {

// Uniform in [0, 1), all 53 bits of it.
inline auto uniform(Loop& loop) -> double {
  return static_cast<double>(loop.random_u64() >> 11U) * 0x1.0p-53;
}

// A version 4 UUID.
inline auto random_uuid(Loop& loop) -> std::string {
  const std::uint64_t high = loop.random_u64();
  return format_uuid(high, loop.random_u64());
}

}  // namespace sky::async
