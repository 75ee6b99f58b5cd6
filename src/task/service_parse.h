// `service:` and `pool:`: replicas behind one endpoint, workers that wait for jobs.
#pragma once

#include "format/json.h"
#include "task/parse_scope.h"

namespace sky {

// The section in its normal form, every default said. A pool comes as {pool: …}. Errors: kInvalidTask for what the
// schema refuses, kInvalidArgument for settings that do not go together.
// Source: serve/service_spec.py of skypilot 0.14.1, 2026-11.
auto parse_service(const YamlNode& section, const ParseScope& scope) -> Result<JsonObject>;

}  // namespace sky
