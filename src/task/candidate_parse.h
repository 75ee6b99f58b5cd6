// The fields of one candidate, after its schema was checked. Used by resources_parse.cc and the command-line overrides.
#pragma once

#include <optional>
#include <string_view>

#include "task/parse_scope.h"
#include "task/task.h"

namespace sky {

struct ParsedCandidate {
  Resources resources;
  std::optional<Hook> autostop_hook = {};
};

// `accelerator` is the one of this candidate, as text; the mapping's own accelerators field only lends its place.
auto parse_candidate(const YamlNode& mapping, std::optional<std::string_view> accelerator, const ParseScope& scope)
    -> Result<ParsedCandidate>;

// Completes a candidate whose accelerator is a TPU: its infrastructure and runtime version.
auto apply_tpu_defaults(Resources& resources) -> Result<>;

}  // namespace sky
