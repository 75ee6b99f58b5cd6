#include "server/gate.h"

#include <array>

#include <fmt/format.h>

#include "base/strings.h"

namespace sky::server {
namespace {

constexpr std::array<std::string_view, 3> kLoopbackNames = {"127.0.0.1", "localhost", "[::1]"};

auto is_loopback_authority(std::string_view text, int port) -> bool {
  for (const std::string_view name : kLoopbackNames) {
    if (equals_ignore_case(text, name) || equals_ignore_case(text, fmt::format("{}:{}", name, port))) return true;
  }
  return false;
}

auto refuse(std::string_view header, std::string_view value) -> Error {
  return make_error(
      ErrorCode::kPermissionDenied,
      fmt::format("this API server answers programs on its own machine only; refused {} '{}'", header, value),
      "Use http://127.0.0.1 as the server's address.");
}

}  // namespace

auto check_gate(const GateRequest& request, int port) -> Result<> {
  if (!request.host) return refuse("a request without header", "Host");
  if (!is_loopback_authority(*request.host, port)) return refuse("Host", *request.host);
  if (request.origin) {
    std::string_view authority = *request.origin;
    if (!authority.starts_with("http://")) return refuse("Origin", *request.origin);
    authority.remove_prefix(std::string_view("http://").size());
    // The port must be named: a page on another port of this machine is another site.
    if (!is_loopback_authority(authority, port) || authority.find(':') == std::string_view::npos) {
      return refuse("Origin", *request.origin);
    }
  }
  if (request.fetch_site && *request.fetch_site != "same-origin" && *request.fetch_site != "none") {
    return refuse("Sec-Fetch-Site", *request.fetch_site);
  }
  return {};
}

}  // namespace sky::server
