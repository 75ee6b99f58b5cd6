// Which API server a command talks to. Pure.
//
// In this order, as in the original: $SKYPILOT_API_SERVER_ENDPOINT, `api_server.endpoint` of the configuration, else
// the local server on $SKYPILOT_API_SERVER_LOCAL_PORT (46580). The client goes there and nowhere else. Source:
// sky/server/common.py of skypilot 0.14.1.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/socket.h"

namespace sky::client {

inline constexpr std::string_view kEndpointVariable = "SKYPILOT_API_SERVER_ENDPOINT";
inline constexpr std::string_view kLocalPortVariable = "SKYPILOT_API_SERVER_LOCAL_PORT";

enum class EndpointSource { kVariable, kConfig, kDefault };

struct ServerEndpoint {
  std::string url;          // without credentials, without a slash at the end: for messages
  net::Endpoint address;    // where to connect
  std::string path_prefix;  // "" or "/x": put in front of every path
  std::string user_info;    // "user:password" of the URL, for basic authentication
  EndpointSource source = EndpointSource::kDefault;
  // This machine, and the port of the local server: started on demand.
  bool local = true;
};

struct EndpointInputs {
  std::function<std::optional<std::string>(std::string_view name)> variable;
  // `api_server.endpoint`; asked only when no variable decides. Null: not configured.
  std::function<Result<std::optional<std::string>>()> configured = nullptr;
};

// kInvalidArgument: a port or URL that is none, as one sentence; kNotSupported: https; errors of `configured`.
auto resolve_endpoint(const EndpointInputs& inputs) -> Result<ServerEndpoint>;

// The port of the local server out of the value of kLocalPortVariable.
auto parse_local_port(std::optional<std::string_view> value) -> Result<std::uint16_t>;

}  // namespace sky::client
