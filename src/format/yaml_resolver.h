// The types of YAML scalars: which type a plain text has, and the value of a text under a type.
// Source: the implicit resolvers and constructors of PyYAML 6.0 (SafeLoader).
#pragma once

#include <string>
#include <string_view>

#include "format/yaml.h"

namespace sky {

enum class YamlTag { kNull, kBool, kInt, kFloat, kString, kTimestamp, kBinary, kMerge, kValue };

inline constexpr std::string_view kYamlTagPrefix = "tag:yaml.org,2002:";

// The type of a plain (unquoted, untagged) scalar.
auto resolve_plain(std::string_view text) -> YamlTag;

// Fills kind and value of `node` from its text. Errors have no position: the text does not suit the tag, as after an
// explicit `!!int x`, or for values such as 2024-02-30 that only look right.
auto construct_scalar(YamlTag tag, std::string_view text, YamlNode& node) -> Result<>;

}  // namespace sky
