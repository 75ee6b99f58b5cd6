// Query strings of the GET routes: `a=1&b=x%20y`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sky::api {

// In order; a key may repeat. `+` and %XX are decoded; a malformed escape stays as it is.
class Query {
 public:
  static auto parse(std::string_view text) -> Query;

  void add(std::string_view key, std::string_view value);
  // The last value of the key.
  auto get(std::string_view key) const -> std::optional<std::string_view>;
  auto get_all(std::string_view key) const -> std::vector<std::string>;
  // `fallback` when the key is absent. "true", "True", "1", "yes", "on" are true, other words false.
  auto get_bool(std::string_view key, bool fallback) const -> bool;

  // `path`, and `?` with the encoded pairs when there are any.
  auto target(std::string_view path) const -> std::string;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace sky::api
