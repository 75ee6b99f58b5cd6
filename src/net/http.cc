#include "net/http.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/strings.h"

namespace sky::net {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

constexpr std::array kPhrases = {
    Phrase{100, "Continue"},
    Phrase{101, "Switching Protocols"},
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{206, "Partial Content"},
    Phrase{301, "Moved Permanently"},
    Phrase{302, "Found"},
    Phrase{303, "See Other"},
    Phrase{304, "Not Modified"},
    Phrase{307, "Temporary Redirect"},
    Phrase{308, "Permanent Redirect"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{411, "Length Required"},
    Phrase{413, "Content Too Large"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{421, "Misdirected Request"},
    Phrase{422, "Unprocessable Content"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{499, "Client Closed Request"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
    Phrase{507, "Insufficient Storage"},
};

auto hex_value(char c) -> int {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

struct Scheme {
  std::string_view name;
  std::uint16_t port;
};
constexpr std::array kSchemes = {Scheme{"http", 80}, Scheme{"https", 443}, Scheme{"ws", 80}, Scheme{"wss", 443}};

auto is_host_char(char c) -> bool {
  return is_alnum(c) || c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
}

// `host`, `host:port`, `[v6]`, `[v6]:port`.
auto parse_authority(std::string_view text, Url* url) -> bool {
  size_t host_end = text.find(':');
  if (text.starts_with('[')) {
    const size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return false;
    url->host = text.substr(1, bracket - 1);
    if (url->host.find(':') == std::string::npos) return false;
    host_end = bracket + 1 < text.size() ? bracket + 1 : std::string_view::npos;
  } else {
    url->host = text.substr(0, host_end);
  }
  if (url->host.empty() || !std::all_of(url->host.begin(), url->host.end(), is_host_char)) return false;
  if (host_end == std::string_view::npos) return true;
  const auto port = parse_int(text.substr(host_end + 1));
  if (text[host_end] != ':' || !port || *port < 1 || *port > 65535) return false;
  url->port = static_cast<std::uint16_t>(*port);
  return true;
}

}  // namespace

auto Headers::find(std::string_view name) const -> std::optional<std::string_view> {
  for (const auto& [field, value] : fields_) {
    if (equals_ignore_case(field, name)) return value;
  }
  return std::nullopt;
}

auto Headers::count(std::string_view name) const -> size_t {
  return static_cast<size_t>(std::count_if(fields_.begin(), fields_.end(),
                                           [&](const Field& field) { return equals_ignore_case(field.first, name); }));
}

auto Headers::has_token(std::string_view name, std::string_view token) const -> bool {
  for (const auto& [field, value] : fields_) {
    if (!equals_ignore_case(field, name)) continue;
    for (const std::string_view item : split(value, ',')) {
      if (equals_ignore_case(trim(item), token)) return true;
    }
  }
  return false;
}

void Headers::set(std::string_view name, std::string value) {
  remove(name);
  add(std::string(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return equals_ignore_case(field.first, name); });
}

auto HttpRequest::query_value(std::string_view name) const -> std::optional<std::string_view> {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

auto reason_phrase(int status) -> std::string_view {
  for (const Phrase& phrase : kPhrases) {
    if (phrase.status == status) return phrase.text;
  }
  return "Unknown";
}

auto is_idempotent(std::string_view method) -> bool {
  constexpr std::array<std::string_view, 5> kMethods = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

auto http_date(WallTime time) -> std::string {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

auto percent_encode(std::string_view text, std::string_view keep) -> std::string {
  std::string encoded;
  for (const char c : text) {
    const bool unreserved = is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved || keep.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

auto percent_decode(std::string_view text) -> std::optional<std::string> {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

auto make_target(std::string_view path, const Query& query) -> std::string {
  std::string target = percent_encode(path, "/:@!$&'()*+,;=");
  char separator = '?';
  for (const auto& [key, value] : query) {
    target += fmt::format("{}{}={}", separator, percent_encode(key), percent_encode(value));
    separator = '&';
  }
  return target;
}

auto parse_query(std::string_view text) -> std::optional<Query> {
  Query query;
  for (const std::string_view part : split(text, '&')) {
    if (part.empty()) continue;
    const std::string spaced = replace_all(part, "+", " ");
    const size_t equals = spaced.find('=');
    auto key = percent_decode(std::string_view(spaced).substr(0, equals));
    auto value = equals == std::string::npos ? std::optional<std::string>("")
                                             : percent_decode(std::string_view(spaced).substr(equals + 1));
    if (!key || !value) return std::nullopt;
    query.emplace_back(std::move(*key), std::move(*value));
  }
  return query;
}

auto split_target(HttpRequest& request) -> Result<> {
  const std::string_view target = request.target;
  const auto refuse = [&](std::string_view why) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("bad request target '{}': {}", target, why));
  };
  if (!target.starts_with('/')) return refuse("it must begin with '/'");
  if (target.find('#') != std::string_view::npos) return refuse("a fragment is for the client alone");
  const size_t mark = target.find('?');
  auto path = percent_decode(target.substr(0, mark));
  auto query = parse_query(mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1));
  if (!path || !query) return refuse("a broken percent escape");
  if (path->find('\0') != std::string::npos) return refuse("a NUL in the path");
  request.path = std::move(*path);
  request.query = std::move(*query);
  return {};
}

auto parse_url(std::string_view text) -> Result<Url> {
  const auto refuse = [&](std::string_view why) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("bad URL '{}': {}", text, why));
  };
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return refuse("expected http:// or https://");
  Url url;
  url.scheme = to_lower(text.substr(0, colon));
  const auto* const scheme =
      std::find_if(kSchemes.begin(), kSchemes.end(), [&](const Scheme& known) { return known.name == url.scheme; });
  if (scheme == kSchemes.end()) return refuse("expected http:// or https://");
  url.port = scheme->port;
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, authority_end);
  const std::string_view target = rest.substr(authority_end);
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    auto user_info = percent_decode(authority.substr(0, at));
    if (!user_info) return refuse("a broken percent escape");
    url.user_info = std::move(*user_info);
    authority.remove_prefix(at + 1);
  }
  if (!parse_authority(authority, &url)) return refuse("expected HOST or HOST:PORT");
  const auto is_printable = [](char c) { return c > ' ' && c < 0x7f; };
  if (!std::all_of(target.begin(), target.end(), is_printable)) return refuse("a character that must be escaped");
  url.target = target.starts_with('/') ? std::string(target) : fmt::format("/{}", target);
  return url;
}

}  // namespace sky::net
