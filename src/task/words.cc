#include "base/strings.h"
#include "task/task.h"

namespace sky {
namespace {

constexpr std::array<std::string_view, 3> kWaits = {"jobs_and_ssh", "jobs", "none"};
constexpr std::array<std::string_view, 5> kDiskTiers = {"low", "medium", "high", "ultra", "best"};
constexpr std::array<std::string_view, 2> kNetworkTiers = {"standard", "best"};

template <class Enum, size_t kSize>
auto parse_word(const std::array<std::string_view, kSize>& words, std::string_view text) -> std::optional<Enum> {
  for (size_t i = 0; i < kSize; ++i) {
    if (equals_ignore_case(words[i], text)) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

auto to_string(AutostopWait wait) -> std::string_view {
  return kWaits[static_cast<size_t>(wait)];
}
auto to_string(DiskTier tier) -> std::string_view {
  return kDiskTiers[static_cast<size_t>(tier)];
}
auto to_string(NetworkTier tier) -> std::string_view {
  return kNetworkTiers[static_cast<size_t>(tier)];
}
auto parse_autostop_wait(std::string_view text) -> std::optional<AutostopWait> {
  return parse_word<AutostopWait>(kWaits, text);
}
auto parse_disk_tier(std::string_view text) -> std::optional<DiskTier> {
  return parse_word<DiskTier>(kDiskTiers, text);
}
auto parse_network_tier(std::string_view text) -> std::optional<NetworkTier> {
  return parse_word<NetworkTier>(kNetworkTiers, text);
}

}  // namespace sky
