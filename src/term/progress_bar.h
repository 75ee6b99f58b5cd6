// `━━━━━━━━━━━━        48%  4.6/9.6 MiB`, or without a known total `4.6 MiB`. Pure; one line, no colours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sky::term {

struct ByteProgress {
  std::uint64_t done_bytes = 0;
  std::optional<std::uint64_t> total_bytes;
};

// `width` columns for the bar itself.
auto progress_bar(const ByteProgress& progress, size_t width = 24) -> std::string;

}  // namespace sky::term
