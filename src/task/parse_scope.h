// What the parsers of one task file share: where rewritten nodes live, the file's name, and reading of checked nodes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "format/yaml.h"

namespace sky {

struct ParseScope {
  YamlStream& stream;
  std::string_view file;

  // An error that knows the place of `node`.
  auto error(const YamlNode& node, std::string message) const -> Error {
    Error made = make_error(ErrorCode::kInvalidArgument, std::move(message));
    if (node.line != 0) made.details["location"] = location_of(node, file);
    return made;
  }
  // Adds the place of `node` to a failed result that has none yet.
  template <class T>
  auto at(const YamlNode& node, Result<T> result) const -> Result<T> {
    if (!result.ok() && node.line != 0) result.error().details.emplace("location", location_of(node, file));
    return result;
  }
};

// Values of nodes that a schema has found to be numbers.
inline auto int_of(const YamlNode& node) -> std::int64_t {
  return node.is(YamlKind::kFloat) ? static_cast<std::int64_t>(node.float_value) : node.int_value;
}
inline auto double_of(const YamlNode& node) -> double {
  return node.is(YamlKind::kFloat) ? node.float_value : static_cast<double>(node.int_value);
}

}  // namespace sky
