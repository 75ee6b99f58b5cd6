// Plans as text, as the original prints them, and as JSON.
#pragma once

#include <string>

#include "format/json.h"
#include "optimizer/plan.h"

namespace sky::optimizer {

// `Considered resources (N nodes):` and the ruled table; with several tasks also the best plan, and the egress plan
// where data moves. Ends with a newline.
auto render_plan(const Plan& plan) -> std::string;

// Why the others lost, what disks cost: how old prices are: of a plan made with Detail::kExplained.
auto render_explanation(const Plan& plan) -> std::string;

// {"plan": […], "considered": […], "excluded": […], …}: `plan` has an entry per task in their order; hourly costs are
// those of all nodes.
auto plan_json(const Plan& plan) -> JsonObject;

}  // namespace sky::optimizer
