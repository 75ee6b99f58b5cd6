#include "api/query.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"

namespace sky::api {
namespace {

auto hex_value(char c) -> int {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

auto decode(std::string_view text) -> std::string {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

void append_encoded(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
}

}  // namespace

auto Query::parse(std::string_view text) -> Query {
  Query query;
  for (const std::string_view pair : split(text, '&')) {
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    query.pairs_.emplace_back(decode(pair.substr(0, equals)), decode(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return query;
}

void Query::add(std::string_view key, std::string_view value) {
  pairs_.emplace_back(key, value);
}

auto Query::get(std::string_view key) const -> std::optional<std::string_view> {
  const auto found = std::find_if(pairs_.rbegin(), pairs_.rend(), [&](const auto& pair) { return pair.first == key; });
  if (found == pairs_.rend()) return std::nullopt;
  return found->second;
}

auto Query::get_all(std::string_view key) const -> std::vector<std::string> {
  std::vector<std::string> values;
  for (const auto& [name, value] : pairs_) {
    if (name == key) values.push_back(value);
  }
  return values;
}

auto Query::get_bool(std::string_view key, bool fallback) const -> bool {
  const auto value = get(key);
  if (!value.has_value()) return fallback;
  const std::string word = to_lower(*value);
  return word == "true" || word == "1" || word == "yes" || word == "on";
}

auto Query::target(std::string_view path) const -> std::string {
  std::string out(path);
  char separator = '?';
  for (const auto& [key, value] : pairs_) {
    out += std::exchange(separator, '&');
    append_encoded(out, key);
    out += '=';
    append_encoded(out, value);
  }
  return out;
}

}  // namespace sky::api
