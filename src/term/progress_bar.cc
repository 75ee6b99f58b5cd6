#include "term/progress_bar.h"

#include <algorithm>

namespace sky::term {

auto progress_bar(const ByteProgress& progress, size_t width) -> std::string {
  constexpr double kMib = 1024.0 * 1024.0;
  const double done = static_cast<double>(progress.done_bytes);
  if (!progress.total_bytes || *progress.total_bytes == 0) return fmt::format("{:.1f} MiB", done / kMib);
  const double total = static_cast<double>(*progress.total_bytes);
  const double part = std::min(done / total, 1.0);
  const auto filled = static_cast<size_t>(part * static_cast<double>(width));
  std::string bar;
  for (size_t i = 0; i < width; ++i) bar += i < filled ? "━" : " ";
  return fmt::format("{} {:>3.0f}%  {:.1f}/{:.1f} MiB", bar, std::floor(part * 100), done / kMib, total / kMib);
}

}  // namespace sky::term
