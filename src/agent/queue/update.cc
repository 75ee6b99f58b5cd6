#include "agent/queue/update.h"

#include "base/assert.h"

namespace sky::agent {

namespace {

// The exit code of what was stopped because of another rank or a cancel, whatever the script made of the signal.
constexpr int kStoppedCode = 137;

auto refusal(const Job& job, std::string_view expected) -> Error {
  return make_error(ErrorCode::kConflict,
                    fmt::format("expected job {} to be {}, found it {}", job.id, expected, to_string(job.status)));
}

auto check(const Job& job, const Dispatched& change) -> Result<> {
  if (job.status != JobStatus::kPending) return refusal(job, "PENDING");
  if (change.placements.size() != static_cast<size_t>(job.spec.num_nodes)) {
    return make_error(ErrorCode::kConflict, fmt::format("expected job {} to get {} nodes, found {}", job.id,
                                                        job.spec.num_nodes, change.placements.size()));
  }
  return {};
}

auto check(const Job& job, const RankEnded& change) -> Result<> {
  if (phase_of(job) != change.phase) {
    return refusal(job, change.phase == Phase::kSetup ? "SETTING_UP" : "RUNNING");
  }
  const auto& exits = exits_of(job, change.phase);
  if (change.rank < 0 || static_cast<size_t>(change.rank) >= exits.size()) {
    return make_error(ErrorCode::kConflict, fmt::format("expected job {} to have more than {} ranks, found {}", job.id,
                                                        change.rank, exits.size()));
  }
  if (exits[static_cast<size_t>(change.rank)]) {
    return make_error(ErrorCode::kConflict,
                      fmt::format("expected rank {} of job {} to run, found that it has ended", change.rank, job.id));
  }
  return {};
}

auto check(const Job& job, const CancelRequested&) -> Result<> {
  if (is_terminal(job.status)) return refusal(job, "unfinished");
  return {};
}

auto check(const Job& job, const NodeLost&) -> Result<> {
  if (!phase_of(job)) return refusal(job, "dispatched");
  return {};
}

void finish(Job& job, JobStatus status, double at) {
  job.status = status;
  job.ended_at = at;
  // What is needed to run it is not needed to list it.
  job.spec.setup.clear();
  job.spec.run.clear();
  job.spec.envs.clear();
  job.sealed_secrets.clear();
}

// What the exits of a whole phase mean; nothing while a rank runs.
struct Verdict {
  bool all_zero = true;
  std::string lost;  // detail of the first lost rank
  bool any_lost = false;
};

auto verdict_of(const std::vector<std::optional<RankExit>>& exits) -> std::optional<Verdict> {
  Verdict verdict;
  for (const auto& exit : exits) {
    if (!exit) return std::nullopt;
    verdict.all_zero = verdict.all_zero && exit->code == 0;
    if (exit->lost() && !verdict.any_lost) verdict.lost = exit->detail;
    verdict.any_lost = verdict.any_lost || exit->lost();
  }
  return verdict;
}

void start_run(Job& job, double at) {
  if (job.spec.run.empty()) {
    finish(job, JobStatus::kSucceeded, at);
    return;
  }
  job.status = JobStatus::kRunning;
  job.run.assign(static_cast<size_t>(job.spec.num_nodes), std::nullopt);
}

void conclude_phase(Job& job, Phase phase, double at) {
  const std::optional<Verdict> verdict = verdict_of(exits_of(job, phase));
  if (!verdict) return;
  // A job that ended well before the cancel reached it has ended well; its setup having done so is not enough.
  if (job.cancel_requested && !(phase == Phase::kRun && verdict->all_zero)) {
    finish(job, JobStatus::kCancelled, at);
  } else if (verdict->any_lost) {
    job.reason = verdict->lost;
    finish(job, JobStatus::kFailedDriver, at);
  } else if (!verdict->all_zero) {
    finish(job, phase == Phase::kSetup ? JobStatus::kFailedSetup : JobStatus::kFailed, at);
  } else if (phase == Phase::kSetup) {
    start_run(job, at);
  } else {
    finish(job, JobStatus::kSucceeded, at);
  }
}

void change_job(Job& job, const Dispatched& change) {
  job.placements = change.placements;
  job.nodes = change.nodes;
  job.started_at = change.at;
  if (job.spec.setup.empty()) {
    start_run(job, change.at);
    return;
  }
  job.status = JobStatus::kSettingUp;
  job.setup.assign(change.nodes.size(), std::nullopt);
}

void change_job(Job& job, const RankEnded& change) {
  auto& exits = change.phase == Phase::kSetup ? job.setup : job.run;
  RankExit exit = change.exit;
  if (exit.killed && exit.code) exit.code = kStoppedCode;
  exits[static_cast<size_t>(change.rank)] = std::move(exit);
  conclude_phase(job, change.phase, change.at);
}

void change_job(Job& job, const CancelRequested& change) {
  job.cancel_requested = true;
  if (!phase_of(job)) finish(job, JobStatus::kCancelled, change.at);
}

void change_job(Job& job, const NodeLost& change) {
  const Phase phase = *phase_of(job);
  auto& exits = phase == Phase::kSetup ? job.setup : job.run;
  for (size_t rank = 0; rank < exits.size(); ++rank) {
    if (exits[rank] || node_of(job, phase, static_cast<int>(rank)) != change.node) continue;
    exits[rank] = RankExit{.code = {}, .detail = fmt::format("node {} is gone", change.node)};
  }
  conclude_phase(job, phase, change.at);
}

}  // namespace

auto can_apply(const Job& job, const JobChange& change) -> Result<> {
  return std::visit([&job](const auto& one) { return check(job, one); }, change);
}

void apply(Job& job, const JobChange& change) {
  SKY_ASSERT(can_apply(job, change).ok());
  std::visit([&job](const auto& one) { change_job(job, one); }, change);
}

}  // namespace sky::agent
