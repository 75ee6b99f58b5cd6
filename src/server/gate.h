// Who may come in. Pure.
//
// A loopback server trusts every user of this machine, as the original does, but not the web pages that their browsers
// show: a page can send requests to 127.0.0.1, yet it cannot choose the Host header and cannot hide its Origin. So a
// request must name this server as Host, and if a browser sent it, it must come from this server's own pages.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sky::server {

struct GateRequest {
  std::optional<std::string_view> host;
  std::optional<std::string_view> origin;
  std::optional<std::string_view> fetch_site;  // Sec-Fetch-Site
};

// `port` is the one that the server listens on. kPermissionDenied with the header that was refused.
auto check_gate(const GateRequest& request, int port) -> Result<>;

}  // namespace sky::server
