#include "client/endpoint.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/strings.h"
#include "base/version.h"
#include "net/http.h"

namespace sky::client {
namespace {

auto is_loopback(std::string_view host) -> bool {
  constexpr std::array<std::string_view, 4> kHosts = {"127.0.0.1", "localhost", "0.0.0.0", "::1"};
  return std::ranges::find(kHosts, host) != kHosts.end();
}

auto local_default(std::uint16_t port) -> ServerEndpoint {
  return {.url = fmt::format("http://127.0.0.1:{}", port), .address = net::Endpoint::tcp("127.0.0.1", port)};
}

auto of_url(const std::string& text, EndpointSource source, std::uint16_t local_port) -> Result<ServerEndpoint> {
  Result<net::Url> parsed = net::parse_url(text);
  if (!parsed.ok() || (parsed->scheme != "http" && parsed->scheme != "https")) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("expected the URL of an API server (http://host:port), found '{}'", text));
  }
  const net::Url url = std::move(parsed).value();
  if (url.scheme == "https") {
    return make_error(ErrorCode::kNotSupported,
                      fmt::format("https is not there yet: cannot connect to '{}:{}'", url.host, url.port));
  }
  std::string prefix = url.target.substr(0, url.target.find('?'));
  while (prefix.ends_with('/')) prefix.pop_back();
  const bool v6 = url.host.contains(':');
  return ServerEndpoint{
      .url = fmt::format("{}://{}{}{}:{}{}", url.scheme, v6 ? "[" : "", url.host, v6 ? "]" : "", url.port, prefix),
      .address = net::Endpoint::tcp(url.host == "0.0.0.0" ? "127.0.0.1" : url.host, url.port),
      .path_prefix = prefix,
      .user_info = url.user_info,
      .source = source,
      .local = is_loopback(url.host) && url.port == local_port,
  };
}

}  // namespace

auto parse_local_port(std::optional<std::string_view> value) -> Result<std::uint16_t> {
  if (!value.has_value() || value->empty()) return static_cast<std::uint16_t>(kDefaultPort);
  const auto number = parse_int(*value);
  if (!number.has_value() || *number < 1 || *number > 65535) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("{} must be a port number from 1 to 65535, found '{}'", kLocalPortVariable, *value));
  }
  return static_cast<std::uint16_t>(*number);
}

auto resolve_endpoint(const EndpointInputs& inputs) -> Result<ServerEndpoint> {
  const std::optional<std::string> port_text = inputs.variable(kLocalPortVariable);
  SKY_TRY(const std::uint16_t port, parse_local_port(port_text));
  if (const auto url = inputs.variable(kEndpointVariable); url.has_value() && !url->empty()) {
    return of_url(*url, EndpointSource::kVariable, port);
  }
  if (inputs.configured) {
    SKY_TRY(const std::optional<std::string> url, inputs.configured());
    if (url.has_value() && !url->empty()) return of_url(*url, EndpointSource::kConfig, port);
  }
  return local_default(port);
}

}  // namespace sky::client
