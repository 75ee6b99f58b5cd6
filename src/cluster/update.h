// Every change that a cluster's record can see. Pure: can_apply says whether a change fits the record (the refusal
// names what was expected and what was found), applied makes the new record. Neither looks at clocks: times come in the
// update.
#pragma once

#include <optional>
#include <variant>

#include "base/result.h"
#include "cluster/state.h"

namespace sky::cluster {

// A user wants the cluster up. Absent record: it is created. UP: only usage fields change.
struct WantUp {
  std::string request;
  ClusterName name;
  std::string hash;  // for a new record
  ClusterSpec spec;
  Actor actor;
  std::string creation_yaml;
  std::string config_hash;
  double now = 0;
};
struct WantStopped {
  std::string request;
  double now = 0;
  std::string use;
};
struct WantGone {
  std::string request;
  double now = 0;
};
// The request that wanted the cluster up was cancelled. Applies only while that goal is still its own.
struct GiveUp {
  std::string request;
  double now = 0;
};
// The planner chose; the launch of the next attempt may begin.
struct LaunchIntent {
  infra::Placement placement;
  double hourly_cost_usd = 0;
};
struct NodesMade {
  std::vector<infra::NodeRecord> nodes;
  double now = 0;
};
// The place that was planned cannot give it and nothing of the attempt is left: plan again.
struct LaunchRetried {};
// The infra cannot give what was planned and nothing of the attempt is left. A cluster that never was up is removed.
struct LaunchFailed {
  std::string reason;
  double now = 0;
};
// Nothing is left of the cluster: the record is removed.
struct Terminated {
  double now = 0;
};
struct AgentsReady {
  double now = 0;
};
// All nodes are stopped, on request or found so. With `autodown` the goal becomes kGone: an agent that stopped itself
// meant the cluster to go.
struct NodesStopped {
  double now = 0;
};
// Nodes died or their agents do not answer: INIT until someone launches, starts, stops or downs it.
struct NodesLost {
  std::string reason;
  double now = 0;
};
struct AutostopChanged {
  AutostopSetting setting;
  double now = 0;
};
// The head knows `setting`; another one may have been set meanwhile.
struct AutostopConfirmed {
  AutostopSetting setting;
};
// The head says that it has not fired after all: its node was started anew.
struct AutostopCleared {
  double now = 0;
};
// The head's agent fired: submissions are refused from now on.
struct AutostopFired {
  bool down = false;
  double now = 0;
};

using Update = std::variant<WantUp, WantStopped, WantGone, GiveUp, LaunchIntent, NodesMade, LaunchRetried, LaunchFailed,
                            Terminated, AgentsReady, NodesStopped, NodesLost, AutostopChanged, AutostopConfirmed,
                            AutostopCleared, AutostopFired>;

// `record` is null when the cluster does not exist.
auto can_apply(const ClusterRecord* record, const Update& update) -> Result<>;
// REQUIRES: can_apply(record, update).ok(). nullopt: the record is removed.
auto applied(const ClusterRecord* record, const Update& update) -> std::optional<ClusterRecord>;

// Does a task that asks for `wanted` fit the cluster as it is? kResourcesMismatch says which figure does not.
auto fits(const ClusterRecord& record, const ClusterSpec& wanted) -> Result<>;

}  // namespace sky::cluster
