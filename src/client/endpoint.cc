#include "client/endpoint.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/strings.h"
#include "base/version.h"
#include "os/file.h"

namespace sky::client {
namespace {

auto is_loopback(std::string_view host) -> bool {
  constexpr std::array<std::string_view, 4> kHosts = {"127.0.0.1", "localhost", "0.0.0.0", "::1"};
  return std::ranges::find(kHosts, host) != kHosts.end();
}

auto local_default(std::uint16_t port) -> ServerEndpoint {
  return {.url = fmt::format("http://127.0.0.1:{}", port), .address = net::Endpoint::tcp("127.0.0.1", port)};
}

// "host", "[::1]:8080": the port only where the scheme has another one.
auto authority_of(const net::Url& url) -> std::string {
  const std::string host = url.host.contains(':') ? fmt::format("[{}]", url.host) : url.host;
  const bool usual = url.port == (url.scheme == "https" ? 443 : 80);
  return usual ? host : fmt::format("{}:{}", host, url.port);
}

auto of_url(const std::string& text, EndpointSource source, std::uint16_t local_port) -> Result<ServerEndpoint> {
  Result<net::Url> parsed = net::parse_url(text);
  if (!parsed.ok() || (parsed->scheme != "http" && parsed->scheme != "https")) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("expected the URL of an API server (http://host:port), found '{}'", text));
  }
  const net::Url url = std::move(parsed).value();
  std::string prefix = url.target.substr(0, url.target.find('?'));
  while (prefix.ends_with('/')) prefix.pop_back();
  return ServerEndpoint{
      .url = fmt::format("{}://{}{}", url.scheme, authority_of(url), prefix),
      .address = net::Endpoint::tcp(url.host == "0.0.0.0" ? "127.0.0.1" : url.host, url.port),
      .path_prefix = prefix,
      .user_info = url.user_info,
      .tls = url.scheme == "https",
      .trust = {},
      .token = {},
      .source = source,
      .local = url.scheme == "http" && is_loopback(url.host) && url.port == local_port,
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

namespace {

auto is_directory(const std::string& path) -> bool {
  const Result<os::FileInfo> info = os::stat_file(path);
  return info.ok() && info->type == os::FileType::kDirectory;
}

auto resolve_url(const EndpointInputs& inputs) -> Result<ServerEndpoint> {
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

}  // namespace

auto resolve_endpoint(const EndpointInputs& inputs) -> Result<ServerEndpoint> {
  SKY_TRY(ServerEndpoint endpoint, resolve_url(inputs));
  std::optional<std::string> token = inputs.variable(kTokenVariable);
  if ((!token || token->empty()) && inputs.configured_token) token = inputs.configured_token();
  if (token && !token->empty()) {
    SKY_CHECK(check_token(*token));
    endpoint.token = Secret(*std::move(token));
  }
  if (endpoint.tls) endpoint.trust = net::tls_trust_of(inputs.variable, is_directory);
  return endpoint;
}

auto check_token(std::string_view token) -> Result<> {
  if (token.starts_with("sky_")) return {};
  return make_error(ErrorCode::kInvalidArgument,
                    "Invalid service account token format. Token must start with \"sky_\"");
}

auto make_connector(async::IoLoop& loop, const ServerEndpoint& endpoint) -> net::Connector {
  if (endpoint.tls) return net::tls_connector(loop, endpoint.address, endpoint.trust);
  return [&loop, address = endpoint.address](Deadline deadline) { return net::connect(loop, address, deadline); };
}

auto host_header(const ServerEndpoint& endpoint) -> std::string {
  const std::string_view host = std::string_view(endpoint.url).substr(endpoint.url.find("://") + 3);
  return std::string(host.substr(0, host.find('/')));
}

auto make_http_client(async::IoLoop& loop, const ServerEndpoint& endpoint, net::ClientLimits limits)
    -> net::HttpClient {
  return net::HttpClient(loop, make_connector(loop, endpoint), host_header(endpoint), limits);
}

void add_credentials(const ServerEndpoint& endpoint, net::Headers& headers) {
  if (!endpoint.token.empty()) {
    headers.add("Authorization", "Bearer " + endpoint.token.reveal());
  } else if (!endpoint.user_info.empty()) {
    headers.add("Authorization", "Basic " + base64_encode(endpoint.user_info));
  }
}

}  // namespace sky::client
