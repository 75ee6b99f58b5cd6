#include "api/dialect.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace sky::api {

auto dialect_of(std::optional<std::string_view> client, std::optional<std::string_view> version) -> Result<Dialect> {
  Dialect dialect;
  if (client.has_value() && equals_ignore_case(*client, kClientNative)) dialect.kind = DialectKind::kNative;
  if (!version.has_value()) return dialect;
  const auto number = parse_int(*version);
  if (!number.has_value() || *number < 0 || *number > 1'000'000) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("Header {}: {} is not a valid API version.", kHeaderApiVersion, *version));
  }
  if (*number < kApiVersionMin) {
    return make_error(
        ErrorCode::kVersionMismatch,
        fmt::format("Your SkyPilot client speaks API version {}, which is too old for this API server: it needs "
                    "version {} (SkyPilot {}) or later.",
                    *number, kApiVersionMin, kStockVersionMin),
        fmt::format("Upgrade your client with: pip install -U \"skypilot=={}\"", kStockVersion));
  }
  dialect.version = static_cast<int>(*number);
  return dialect;
}

}  // namespace sky::api
