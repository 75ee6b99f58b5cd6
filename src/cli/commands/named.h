// Things that are listed and deleted by name: storage and volumes.
#pragma once

#include <string>
#include <vector>

#include "cli/invocation.h"
#include "format/json.h"

namespace sky::cli {

// The `name` of each object of an array.
auto names_in(const Json& array) -> Result<std::vector<std::string>>;

// Those of `existing` that the argument `names` matches, each once; says which patterns match nothing.
auto matching_names(const Invocation& given, std::string_view noun, const std::vector<std::string>& existing)
    -> std::vector<std::string>;

}  // namespace sky::cli
