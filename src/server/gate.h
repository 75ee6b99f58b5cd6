// Who may come in, and as whom.
//
// A loopback server trusts every user of this machine, as the original does, but not the web pages that their browsers
// show: a page can send requests to 127.0.0.1, yet it cannot choose the Host header and cannot hide its Origin. So a
// request must name this server as Host, and if a browser sent it, it must come from this server's own pages.
//
// A server that other machines reach asks for a token with each request, and its own user comes in through a Unix
// socket that nobody else can open. Pages of other sites are refused there too.
//
// Answers to stock clients: 401 for a missing or wrong token; /api/health says `needs_auth` with 200 instead, or
// `healthy` to one that is no client (a probe). Source: server.py of skypilot 0.14.1, BearerTokenMiddleware and health.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/attempts.h"
#include "access/token_store.h"
#include "api/results.h"
#include "async/loop.h"
#include "base/result.h"
#include "net/http.h"

namespace sky::server {

enum class Door {
  kLoopback,  // 127.0.0.1: everybody on this machine
  kOwner,     // the Unix socket: the user whose server this is
  kNetwork,   // anybody who can reach the port
};

struct GateRequest {
  std::optional<std::string_view> host;
  std::optional<std::string_view> origin;
  std::optional<std::string_view> fetch_site;  // Sec-Fetch-Site
};

// For kLoopback; `port` is the one that the server listens on. kPermissionDenied with the header that was refused.
// Pure.
auto check_loopback(const GateRequest& request, int port) -> Result<>;
// For kNetwork: a page must be of the server that it names as Host. Pure.
auto check_same_site(const GateRequest& request) -> Result<>;
// "Bearer sky_x" -> "sky_x". Pure.
auto bearer_token(std::optional<std::string_view> authorization) -> std::optional<std::string_view>;

class Gate {
 public:
  Gate(async::Loop& loop, access::TokenStore tokens) : loop_(loop), tokens_(std::move(tokens)) {}

  // Who asks: nullopt where the door says all (the request's body then names its user). kPermissionDenied: a page, or
  // an address that guessed too often. kUnauthenticated: no token, or one that is nobody's. `port` as in
  // check_loopback.
  auto admit(const net::HttpRequest& request, const std::string& peer, Door door, int port)
      -> Result<std::optional<api::User>>;

 private:
  auto authenticate(const net::HttpRequest& request, const std::string& peer) -> Result<api::User>;

  async::Loop& loop_;
  access::TokenStore tokens_;
  access::Attempts attempts_;
};

}  // namespace sky::server
