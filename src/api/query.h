// Queries of the GET routes as decoded pairs, in order; a key may repeat. The same type as net::Query, which encodes
// and decodes them.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sky::api {

using Query = std::vector<std::pair<std::string, std::string>>;

// The first value of the key.
inline auto query_value(const Query& query, std::string_view key) -> std::optional<std::string_view> {
  const auto found = std::ranges::find(query, key, &Query::value_type::first);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

// `fallback` when the key is absent. The words are those that the original's server takes for true.
inline auto query_bool(const Query& query, std::string_view key, bool fallback) -> bool {
  const auto value = query_value(query, key);
  if (!value.has_value()) return fallback;
  return *value == "true" || *value == "True" || *value == "1" || *value == "yes" || *value == "on";
}

}  // namespace sky::api
