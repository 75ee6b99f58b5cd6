// What the head does next, out of what it knows. Pure: the same state gives the same actions, and carrying one out a
// second time is harmless (see agent/protocol/rank.h).
//
// Scheduling is first come, first served: the first pending job waits until every one of its nodes has room at once,
// and nobody overtakes it. Several jobs share the cluster while their CPUs and GPUs fit. Nothing is dispatched while a
// node of the cluster is not ready, because setup runs on all of them.
#pragma once

#include <span>
#include <variant>

#include "agent/queue/state.h"

namespace sky::agent {

struct DispatchJob {
  JobId job;
  std::vector<Placement> placements;
  auto operator==(const DispatchJob&) const -> bool = default;
};
// Start the rank, or join it if it runs.
struct RunRank {
  RankKey key;
  int node = 0;
  auto operator==(const RunRank&) const -> bool = default;
};
// End the rank if it runs.
struct KillRank {
  RankKey key;
  int node = 0;
  auto operator==(const KillRank&) const -> bool = default;
};
using Action = std::variant<DispatchJob, RunRank, KillRank>;

// `active`: the jobs that have not ended, by id. A rank that is to be ended but was never started gets both RunRank and
// KillRank: what it became is known only on its node.
auto decide(std::span<const Job* const> active, std::span<const NodeCapacity> nodes) -> std::vector<Action>;

// Whether an empty cluster could run this. kResourcesMismatch naming what was asked and what there is.
auto check_fits(const JobSpec& spec, std::span<const NodeCapacity> nodes) -> Result<>;

// ---- Autostop ------------------------------------------------------------------------------------------------------

struct IdleFacts {
  bool jobs_active = false;  // any job in INIT..RUNNING
  bool ssh_active = false;
  MonoTime active_last{};  // submit, end of a job, restart, new setting, or the last time this was busy
  MonoTime now{};
  Duration minute = std::chrono::minutes(1);
};
enum class IdleVerdict {
  kOff,   // no autostop is set, or it has fired already
  kBusy,  // the timer starts again from now
  kWait,  // idle, not yet for long enough
  kFire,
};
auto decide_autostop(const Autostop& autostop, const IdleFacts& facts) -> IdleVerdict;

}  // namespace sky::agent
