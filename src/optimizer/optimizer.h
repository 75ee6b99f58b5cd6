// Where tasks should run: what is asked and what is offered, to a plan. Pure; docs/optimizer.md tells how.
//
// The plan is the cheapest (or fastest) there is, of equal ones the one with the earlier market, region and zone; the
// same request always gives the same plan. Blocking places and asking again gives the order of failover.
#pragma once

#include "base/result.h"
#include "optimizer/plan.h"
#include "optimizer/request.h"

namespace sky::optimizer {

enum class Detail {
  kPlan,      // what runs where, and the table
  kExplained  // with TaskPlan::ranked
};

// kResourcesUnavailable with the original's sentence when a task fits nowhere; details["excluded"] is a JSON array of
// {"infra", "reason"}.
auto optimize(const Request& request, Detail detail = Detail::kPlan) -> Result<Plan>;

}  // namespace sky::optimizer
