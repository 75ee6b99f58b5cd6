#include "base/ids.h"

#include "base/strings.h"

namespace sky {

auto parse_cluster_name(std::string_view text) -> Result<ClusterName> {
  const auto inner = [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; };
  bool valid = !text.empty() && is_alpha(text.front()) && is_alnum(text.back());
  for (const char c : text) valid = valid && inner(c);
  if (valid) return ClusterName(std::string(text));
  return make_error(ErrorCode::kInvalidArgument,
                    fmt::format("Cluster name \"{}\" is invalid; ensure it is fully matched by regex "
                                "(e.g., only contains letters, numbers and dash): "
                                "[a-zA-Z]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?",
                                text));
}

auto format_uuid(std::uint64_t high, std::uint64_t low) -> std::string {
  high = (high & ~0xF000ULL) | 0x4000ULL;
  low = (low & ~(3ULL << 62)) | (1ULL << 63);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF, high & 0xFFFF, low >> 48,
                     low & 0xFFFFFFFFFFFFULL);
}

}  // namespace sky
