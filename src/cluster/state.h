// A cluster: what is stored about it and what the stored values mean. Plain data; changed only by update.h.
//
//              ensure_up                nodes made            agents answer
//   (absent) ───────────► INIT(up) ───────────────► INIT(up) ───────────────► UP(up)
//      ▲                     │  ▲                                             │ │ ▲
//      │ terminated          │  └──────── nodes lost, agents silent ──────────┘ │ │ started
//      │                     │ launch cancelled                        stop     ▼ │
//   any(gone) ◄── down       ▼                                   UP(stopped) ► STOPPED(stopped)
//                         INIT(rest)                  fired: AUTOSTOPPING(stopped | gone) ──┘
//
// The word before the bracket is `status`, which users see; the word in it is `goal`, which the controller works
// towards. A goal outlives the server: after a restart the controller goes on from the record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/status.h"
#include "base/time.h"
#include "infra/infra.h"
#include "planner/planner.h"

namespace sky::cluster {

enum class Goal {
  kUp,       // nodes run and their agents answer
  kStopped,  // nodes are stopped, disks kept
  kGone,     // nothing is left; then the record goes too
  kRest,     // stay as you are: a launch was cancelled half way
};

struct AutostopSetting {
  int idle_minutes = -1;  // -1: off
  bool down = false;
  std::string wait_for = "jobs_and_ssh";  // jobs_and_ssh, jobs, none
  std::string hook;                       // shell command, "" for none
  int hook_timeout_seconds = 3600;
  auto operator==(const AutostopSetting&) const -> bool = default;
};

// What the launching task asked for, fixed for the life of the cluster.
using ClusterSpec = planner::Demand;

// Who did it, for tables and audit.
struct Actor {
  std::string user_id;
  std::string user_name;
  std::string command;  // the command line, for `sky status -v` and cost-report
  auto operator==(const Actor&) const -> bool = default;
};

// A span in which the nodes ran (and cost money). Open while `end` is absent.
struct UsageSpan {
  double start = 0;  // epoch seconds
  std::optional<double> end;
  auto operator==(const UsageSpan&) const -> bool = default;
};

struct ClusterRecord {
  ClusterName name;
  std::string hash;  // unique per incarnation, 16 hex digits
  ClusterStatus status = ClusterStatus::kInit;
  Goal goal = Goal::kRest;
  // Counts every change of goal. A waiter remembers the value it set: another value means that it was superseded.
  std::int64_t goal_sequence = 0;
  std::string goal_request;  // the API request that set the goal; "" = autostop

  ClusterSpec spec;
  infra::Placement placement;            // chosen by the planner; infra empty until then
  double hourly_cost_usd = 0;            // of all nodes
  int attempt = 0;                       // launches begun; with `hash` the idempotency key. Committed before the launch
  bool attempt_open = false;             // a launch of `attempt` may have made something that `nodes` does not know
  std::vector<infra::NodeRecord> nodes;  // empty iff no launch has succeeded
  bool ever_up = false;
  std::string config_hash;  // of the task's cluster-relevant parts, for --fast

  AutostopSetting autostop;
  bool autostop_sent = true;  // the head's agent has confirmed `autostop`

  double launched_at = 0;  // epoch seconds; of the last launch or start
  double status_updated_at = 0;
  std::string last_event;  // one sentence, for `sky status -v`
  Actor owner;
  std::string last_use;            // the last command that used it
  std::string last_creation_yaml;  // redacted
  std::vector<UsageSpan> usage;

  auto operator==(const ClusterRecord&) const -> bool = default;
};

// What cost-report shows of a cluster that is gone. Key: hash.
struct ClusterHistory {
  ClusterName name;
  std::string hash;
  ClusterSpec spec;
  infra::Placement placement;
  double hourly_cost_usd = 0;
  double launched_at = 0;
  std::vector<UsageSpan> usage;
  Actor owner;
  std::string last_creation_yaml;
  double ended_at = 0;
};

// The server's last knowledge of a job on a cluster; the head's agent owns the truth. Key: "<cluster hash>/<job id>".
struct KnownJob {
  std::string cluster_hash;
  JobId id;
  JobStatus status = JobStatus::kInit;
  std::string view;  // the agent's JobView as JSON text
};

auto to_string(Goal goal) -> std::string_view;
// kClusterNotFound, in the original's words.
auto cluster_not_found(const ClusterName& name) -> Error;
auto ref_of(const ClusterRecord& record, const ServerId& server) -> infra::ClusterRef;

}  // namespace sky::cluster
