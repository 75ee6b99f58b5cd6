#include "cluster/decide.h"

#include <algorithm>

#include <fmt/format.h>

namespace sky::cluster {
namespace {

auto all_in(const Observation& seen, infra::NodeState state) -> bool {
  return !seen.node_states.empty() &&
         std::ranges::all_of(seen.node_states, [&](const auto& node) { return node.state == state; });
}

// Empty while the node may be alive.
auto end_word(infra::NodeState state) -> std::string_view {
  if (state == infra::NodeState::kGone) return "is gone";
  if (state == infra::NodeState::kStopped) return "is stopped";
  if (state == infra::NodeState::kCrashed) return "died";
  return {};
}

// The head does not answer. Silence is not death: only what the infra says about the nodes moves the cluster.
auto decide_silent(const Observation& seen) -> Step {
  if (!seen.nodes_known) return ObserveNodes{};
  if (all_in(seen, infra::NodeState::kStopped)) return MarkStopped{};
  for (const auto& node : seen.node_states) {
    const std::string_view word = end_word(node.state);
    if (word.empty()) continue;
    return MarkLost{fmt::format("Node {} {}{}{}.", node.index, word, node.detail.empty() ? "" : ": ", node.detail)};
  }
  return Rest{};
}

auto decide_up(const ClusterRecord& record, const Observation& seen) -> Step {
  if (record.nodes.empty()) {
    if (record.attempt_open) return Launch{};
    return Plan{};
  }
  switch (record.status) {
    case ClusterStatus::kStopped:
      return StartNodes{};
    case ClusterStatus::kInit:
      return ConnectAgents{};
    case ClusterStatus::kUp:
      if (!seen.session_up) return decide_silent(seen);
      if (!record.autostop_sent) return SendAutostop{};
      if (seen.workers_silent) return CheckWorkers{};
      return Rest{};
    case ClusterStatus::kAutostopping:
      // The agent runs the hook, then reports; until then only the nodes' end is of interest. A head whose node was
      // started anew meanwhile has nothing to report.
      if (!seen.session_up) return decide_silent(seen);
      if (!seen.autostop_seen) return AskAutostop{};
      return Rest{};
  }
  return Rest{};
}

}  // namespace

auto decide(const ClusterRecord& record, const Observation& seen) -> Step {
  const bool settled = record.goal == Goal::kRest || record.status == ClusterStatus::kUp ||
                       record.status == ClusterStatus::kAutostopping;
  const bool ending = record.goal == Goal::kStopped || record.goal == Goal::kGone;
  if (seen.refresh_wanted && settled && !ending && !record.nodes.empty()) return LookAgain{};
  switch (record.goal) {
    case Goal::kUp:
      return decide_up(record, seen);
    case Goal::kStopped:
      if (record.status == ClusterStatus::kStopped) return Rest{};
      // Without nodes there is nothing to keep.
      if (record.nodes.empty()) return Terminate{};
      return StopNodes{};
    case Goal::kGone:
      return Terminate{};
    case Goal::kRest:
      return Rest{};
  }
  return Rest{};
}

}  // namespace sky::cluster
