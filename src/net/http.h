// The words of HTTP/1.1 as values: headers, requests, responses, URLs. Pure; no I/O.
// Source: RFC 9110, RFC 9112, RFC 3986.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace sky::net {

// In the order in which they were added; names compare without case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  // The first of that name. The view lives as long as the headers stay unchanged.
  auto find(std::string_view name) const -> std::optional<std::string_view>;
  auto contains(std::string_view name) const -> bool { return find(name).has_value(); }
  auto count(std::string_view name) const -> size_t;
  // Whether a comma-separated list of tokens has `token`, in any field of that name.
  auto has_token(std::string_view name, std::string_view token) const -> bool;
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  // Replaces all of that name.
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  auto size() const -> size_t { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

using Query = std::vector<std::pair<std::string, std::string>>;  // decoded, in order; a name may repeat

// A server gets all of it, path and query decoded from the target; a client fills method, target, headers and body.
struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  // as on the wire: path and query, encoded
  std::string path = {};
  Query query = {};
  Headers headers = {};
  std::string body = {};
  int version = 11;  // 10 or 11

  // The first value of that name.
  auto query_value(std::string_view name) const -> std::optional<std::string_view>;
};

struct HttpResponse {
  int status = 200;
  std::string reason = {};  // as received; a server sends the standard phrase
  Headers headers = {};
  std::string body = {};
};

auto reason_phrase(int status) -> std::string_view;  // "Unknown" when it has none
// GET, HEAD, PUT, DELETE, OPTIONS: repeating one does no more than the first did.
auto is_idempotent(std::string_view method) -> bool;
// "Wed, 25 Nov 2026 10:00:00 GMT"
auto http_date(WallTime time) -> std::string;

// Bytes of an unreserved character stay, and those in `keep`.
auto percent_encode(std::string_view text, std::string_view keep = {}) -> std::string;
// nullopt on a broken escape.
auto percent_decode(std::string_view text) -> std::optional<std::string>;
// `/path` plus `?a=b&c=d`, encoded.
auto make_target(std::string_view path, const Query& query) -> std::string;
// `application/x-www-form-urlencoded`: '+' is a space. nullopt on a broken escape.
auto parse_query(std::string_view text) -> std::optional<Query>;

// Fills path and query of `request` from its target, which must be in origin form. kInvalidArgument for a target that
// does not begin with '/', a broken escape, a NUL or a fragment. "." and ".." stay: paths here are names, not files.
auto split_target(HttpRequest& request) -> Result<>;

struct Url {
  std::string scheme;      // lower case
  std::string host;        // without brackets
  std::uint16_t port = 0;  // the scheme's own when none is written: 80, 443
  std::string target = "/";
  std::string user_info = {};  // "user:password", decoded
};
// Absolute http, https, ws and wss URLs.
auto parse_url(std::string_view text) -> Result<Url>;

}  // namespace sky::net
