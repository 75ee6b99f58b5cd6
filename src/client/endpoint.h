// Which API server a command talks to. Pure.
//
// In this order, as in the original: $SKYPILOT_API_SERVER_ENDPOINT, `api_server.endpoint` of the configuration, else
// the local server on $SKYPILOT_API_SERVER_LOCAL_PORT (46580). The client goes there and nowhere else. A token is that
// of $SKYPILOT_SERVICE_ACCOUNT_TOKEN, else `api_server.service_account_token`. Source: sky/server/common.py and
// sky/client/service_account_auth.py of skypilot 0.14.1.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "net/http_client.h"
#include "net/tls.h"

namespace sky::client {

inline constexpr std::string_view kEndpointVariable = "SKYPILOT_API_SERVER_ENDPOINT";
inline constexpr std::string_view kTokenVariable = "SKYPILOT_SERVICE_ACCOUNT_TOKEN";
inline constexpr std::string_view kLocalPortVariable = "SKYPILOT_API_SERVER_LOCAL_PORT";

enum class EndpointSource { kVariable, kConfig, kDefault };

struct ServerEndpoint {
  std::string url;          // without credentials, without a slash at the end: for messages
  net::Endpoint address;    // where to connect
  std::string path_prefix;  // "" or "/x": put in front of every path
  std::string user_info;    // "user:password" of the URL, for basic authentication
  bool tls = false;         // https
  net::TlsTrust trust;      // with tls: who vouches for the server
  Secret token;             // "sky_…"; empty: none
  EndpointSource source = EndpointSource::kDefault;
  // This machine, and the port of the local server: started on demand.
  bool local = true;
};

struct EndpointInputs {
  std::function<std::optional<std::string>(std::string_view name)> variable;
  // `api_server.endpoint`; asked only when no variable decides. Null: not configured.
  std::function<Result<std::optional<std::string>>()> configured = nullptr;
  // `api_server.service_account_token`; asked only when no variable decides. Null: none.
  std::function<std::optional<std::string>()> configured_token = nullptr;
};

// kInvalidArgument: a port, a URL or a token that is none, as one sentence; errors of `configured`.
auto resolve_endpoint(const EndpointInputs& inputs) -> Result<ServerEndpoint>;

// kInvalidArgument unless it begins as tokens do. Never shows it.
auto check_token(std::string_view token) -> Result<>;

// Connections to that endpoint, through TLS where its URL says so; nothing is connected or read before the first one.
auto make_connector(async::IoLoop& loop, const ServerEndpoint& endpoint) -> net::Connector;
// What its Host header says.
auto host_header(const ServerEndpoint& endpoint) -> std::string;
// HTTP to that endpoint, through TLS where its URL says so; nothing is connected or read before the first request.
auto make_http_client(async::IoLoop& loop, const ServerEndpoint& endpoint, net::ClientLimits limits) -> net::HttpClient;
// The headers that say who asks: a token, or the user and password of the URL.
void add_credentials(const ServerEndpoint& endpoint, net::Headers& headers);

// The port of the local server out of the value of kLocalPortVariable.
auto parse_local_port(std::optional<std::string_view> value) -> Result<std::uint16_t>;

}  // namespace sky::client
