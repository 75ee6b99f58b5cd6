#include "server/gate.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/log.h"
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

constexpr std::string_view kLoginHint =
    "Log in with a token: sky api login -e URL --token TOKEN. Whoever runs the server makes one with: sky api token "
    "create NAME";

auto foreign_page(std::string_view header, std::string_view value) -> Error {
  return make_error(
      ErrorCode::kPermissionDenied,
      fmt::format("this API server does not answer pages of other sites; refused {} '{}'", header, value));
}

auto refuse(std::string_view header, std::string_view value) -> Error {
  return make_error(
      ErrorCode::kPermissionDenied,
      fmt::format("this API server answers programs on its own machine only; refused {} '{}'", header, value),
      "Use http://127.0.0.1 as the server's address.");
}

}  // namespace

auto check_loopback(const GateRequest& request, int port) -> Result<> {
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

auto check_same_site(const GateRequest& request) -> Result<> {
  if (request.origin) {
    const size_t scheme = request.origin->find("://");
    const std::string_view authority =
        scheme == std::string_view::npos ? std::string_view() : request.origin->substr(scheme + 3);
    if (authority.empty() || !request.host || !equals_ignore_case(authority, *request.host)) {
      return foreign_page("Origin", *request.origin);
    }
  }
  if (request.fetch_site && *request.fetch_site != "same-origin" && *request.fetch_site != "none") {
    return foreign_page("Sec-Fetch-Site", *request.fetch_site);
  }
  return {};
}

auto bearer_token(std::optional<std::string_view> authorization) -> std::optional<std::string_view> {
  constexpr std::string_view kScheme = "bearer ";
  if (!authorization || !equals_ignore_case(authorization->substr(0, kScheme.size()), kScheme)) return std::nullopt;
  return trim(authorization->substr(kScheme.size()));
}

auto Gate::authenticate(const net::HttpRequest& request, const std::string& peer) -> Result<api::User> {
  const auto token = bearer_token(request.headers.find("Authorization"));
  if (!token) return make_error(ErrorCode::kUnauthenticated, "Authentication required", std::string(kLoginHint));
  const std::string address = peer.substr(0, peer.rfind(':'));
  if (const Duration pause = attempts_.pause_of(address, loop_.now()); pause > Duration::zero()) {
    return make_error(ErrorCode::kPermissionDenied,
                      fmt::format("too many wrong tokens came from {}; try again in {:.0f} s", address,
                                  std::ceil(to_seconds(pause))));
  }
  const auto found = tokens_.lookup(*token);
  if (!found) {
    attempts_.note_failure(address, loop_.now());
    log_warning("gate", "refused a wrong token from {}", address);
    return make_error(ErrorCode::kUnauthenticated, "Invalid or revoked token", std::string(kLoginHint));
  }
  attempts_.note_success(address);
  return api::User{.id = found->user_id, .name = found->name};
}

auto Gate::admit(const net::HttpRequest& request, const std::string& peer, Door door, int port)
    -> Result<std::optional<api::User>> {
  const GateRequest headers{.host = request.headers.find("Host"),
                            .origin = request.headers.find("Origin"),
                            .fetch_site = request.headers.find("Sec-Fetch-Site")};
  switch (door) {
    case Door::kOwner:
      return std::optional<api::User>();
    case Door::kLoopback:
      SKY_CHECK(check_loopback(headers, port));
      return std::optional<api::User>();
    case Door::kNetwork:
      break;
  }
  SKY_CHECK(check_same_site(headers));
  SKY_TRY(api::User user, authenticate(request, peer));
  return std::optional(std::move(user));
}

}  // namespace sky::server
