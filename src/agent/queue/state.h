// The jobs of one cluster as its head knows them. Plain values; the journal holds exactly this.
//
//   submit ─► PENDING ─dispatched─► SETTING_UP ─all nodes exit 0─► RUNNING ─all ranks exit 0─► SUCCEEDED
//                │                    │      │                       │    └─ a rank exits ≠ 0 ─► FAILED
//                │                    │      └─ a node exits ≠ 0 ─► FAILED_SETUP
//                └── cancel ─► CANCELLED ◄─ cancel, once every rank has ended ─┘
//                        a rank lost without an exit record (setup or run) ─► FAILED_DRIVER
//
// A job without setup is dispatched to RUNNING at once, one without a run script ends after its setup. One failing rank
// stops the others of its phase; a stopped rank counts as 137. Terminal states never change.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/protocol/messages.h"
#include "agent/protocol/rank.h"

namespace sky::agent {

struct GpuShare {
  int index = 0;     // as CUDA_VISIBLE_DEVICES counts
  double share = 1;  // of this GPU, in (0, 1]
  auto operator==(const GpuShare&) const -> bool = default;
};

// What one rank of a job holds, from dispatch to the job's end. CPUs are spec.cpus_per_node each.
struct Placement {
  int node = 0;
  std::vector<GpuShare> gpus;
  auto operator==(const Placement&) const -> bool = default;
};

// A node of the cluster as a job found it.
struct JobNode {
  std::string address;
  std::string boot_id;
  auto operator==(const JobNode&) const -> bool = default;
};

struct Job {
  JobId id;
  std::string key;             // of its submission; unique
  JobSpec spec;                // secrets are not here
  std::string sealed_secrets;  // empty: none
  JobStatus status = JobStatus::kPending;
  int attempt = 1;
  bool cancel_requested = false;
  std::string reason;  // why it ended as it did, empty when that is plain
  double submitted_at = 0;
  std::optional<double> started_at;
  std::optional<double> ended_at;
  std::vector<Placement> placements;           // by rank, nodes ascending; empty before dispatch
  std::vector<JobNode> nodes;                  // of the cluster, as of dispatch
  std::vector<std::optional<RankExit>> setup;  // by node of the cluster; empty when there is no setup or no dispatch
  std::vector<std::optional<RankExit>> run;    // by rank; empty when there is no run script or no dispatch
  auto operator==(const Job&) const -> bool = default;
};

// The phase whose ranks are to run now; nothing before dispatch and after the end.
auto phase_of(const Job& job) -> std::optional<Phase>;
auto exits_of(const Job& job, Phase phase) -> const std::vector<std::optional<RankExit>>&;
// The node that a rank of this phase is on.
auto node_of(const Job& job, Phase phase, int rank) -> int;
auto view_of(const Job& job) -> JobView;
// `3-train`; unnamed jobs are `3--`.
auto log_dir_name(JobId id, std::string_view name) -> std::string;

// What jobs may use of a node.
struct NodeCapacity {
  double cpus = 1;
  std::vector<int> gpus;  // indexes of its devices
  bool ready = false;     // its agent is connected
  auto operator==(const NodeCapacity&) const -> bool = default;
};

struct Autostop {
  AutostopSpec spec;
  bool fired = false;   // final: the node is going away
  std::string boot_id;  // of the head's machine when it fired
  auto operator==(const Autostop&) const -> bool = default;
};

// Text for the journal; decoding gives kInvalidArgument for anything that encode did not write.
auto encode_job(const Job& job) -> std::string;
auto decode_job(std::string_view text) -> Result<Job>;
auto encode_autostop(const Autostop& autostop) -> std::string;
auto decode_autostop(std::string_view text) -> Result<Autostop>;

}  // namespace sky::agent
