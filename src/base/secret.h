// A value that must never be shown. It prints as <redacted> through fmt; the only way to the text is reveal(), which is
// easy to grep for. Copies are ordinary (no memory locking): the type guards against printing, not against a debugger.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace sky {

inline constexpr std::string_view kRedacted = "<redacted>";

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  auto reveal() const -> const std::string& { return value_; }
  auto empty() const -> bool { return value_.empty(); }
  auto operator==(const Secret&) const -> bool = default;

 private:
  std::string value_;
};

}  // namespace sky

template <>
struct fmt::formatter<sky::Secret> : fmt::formatter<std::string_view> {
  auto format(const sky::Secret&, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(sky::kRedacted, context);
  }
};
