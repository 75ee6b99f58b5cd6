// What the parsers of one task file share: where rewritten nodes live, the file's name, reading of checked nodes, and
// whether the first mistake ends the reading.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/shared_schemas.h"
#include "format/schema.h"
#include "format/yaml.h"

namespace sky {

struct ParseScope {
  YamlStream& stream;
  std::string_view file;
  // Null: the first mistake ends the reading. Else mistakes are noted here, and reading goes on without what is wrong.
  std::vector<Error>* mistakes = nullptr;
  PluginKeys plugin_keys = PluginKeys::kRefused;

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

  // Notes a mistake; or gives it back, to be returned.
  auto report(Error error) const -> Result<> {
    if (mistakes == nullptr) return error;
    mistakes->push_back(std::move(error));
    return {};
  }
  auto report_failure(Result<> result) const -> Result<> {
    return result.ok() ? Result<>() : report(std::move(result).error());
  }

  // The mapping when it suits the schema. While mistakes are noted: without the fields that do not.
  auto checked(const YamlNode& mapping, const Schema& schema, std::string_view prefix) const
      -> Result<const YamlNode*> {
    auto error = check_schema(mapping, schema, prefix, file);
    if (!error) return &mapping;
    if (mistakes == nullptr || !mapping.is_mapping()) return *std::move(error);
    YamlNode* good = stream.add(mapping);
    std::erase_if(good->entries, [&](const YamlEntry& entry) {
      if (entry.value->is_null()) return true;
      auto errors = find_violations(YamlNode{.kind = YamlKind::kMapping, .entries = {entry}}, schema, prefix, file);
      for (auto& one : errors) mistakes->push_back(std::move(one));
      return !errors.empty();
    });
    return good;
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
