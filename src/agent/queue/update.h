// Every way in which a job may change. Each change is refused with a sentence unless the state allows it, so that a
// repeated or late one never undoes anything. Pure.
#pragma once

#include <variant>

#include "agent/queue/state.h"

namespace sky::agent {

// The job got its nodes. Durable before anything of it is started.
struct Dispatched {
  std::vector<Placement> placements;  // spec.num_nodes of them, nodes ascending
  std::vector<JobNode> nodes;         // of the cluster; setup runs on all of them
  double at = 0;
};

// A rank of the current phase is over. The last one ends the phase, and with it the job or its setup.
struct RankEnded {
  Phase phase = Phase::kRun;
  int rank = 0;
  RankExit exit;
  double at = 0;
};

// Ends a pending job at once; a dispatched one ends when its ranks were stopped.
struct CancelRequested {
  double at = 0;
};

// The infra has confirmed that a node is gone: nothing on it will ever report.
struct NodeLost {
  int node = 0;
  double at = 0;
};

using JobChange = std::variant<Dispatched, RankEnded, CancelRequested, NodeLost>;

// kConflict naming the job, what was expected and what was found.
auto can_apply(const Job& job, const JobChange& change) -> Result<>;
// REQUIRES: can_apply().
void apply(Job& job, const JobChange& change);

}  // namespace sky::agent
