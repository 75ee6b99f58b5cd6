// The Controller's answers to steps that failed and nodes that died.
#include "async/retry.h"
#include "base/log.h"
#include "cluster/controller.h"

namespace sky::cluster {
namespace {

// A definite "not here": another place may do, the same call will not.
auto is_definite(const Error& error) -> bool {
  return error.code != ErrorCode::kUnavailable && error.code != ErrorCode::kDeadlineExceeded &&
         error.code != ErrorCode::kStorageFull;
}

constexpr async::RetryPolicy kPauses{
    .backoff_first = std::chrono::seconds(1), .backoff_max = std::chrono::seconds(32), .jitter = 0};

}  // namespace

auto Controller::on_step_failed(Step step, std::shared_ptr<const ClusterRecord> current, Error error)
    -> async::Task<Result<>> {
  ++step_attempts_;
  note(fmt::format("Failed: {}", to_string(error)));
  log_warning("cluster", "{}: step {} failed ({}): {}", name_, step.index(), step_attempts_, to_string(error));
  const bool launching = std::holds_alternative<Plan>(step) || std::holds_alternative<Launch>(step);
  const bool bringing_up =
      launching || std::holds_alternative<StartNodes>(step) || std::holds_alternative<ConnectAgents>(step);
  const bool ending = std::holds_alternative<StopNodes>(step) || std::holds_alternative<Terminate>(step);
  const bool full = error.code == ErrorCode::kStorageFull;
  Result<> handled;
  if (launching && (is_definite(error) || full)) {
    handled = co_await abandon_launch(current, std::move(error));
  } else if (bringing_up && (step_attempts_ >= kStepAttemptsMax || is_definite(error) || full)) {
    // What was to be started stays as it is until somebody asks again.
    failure_ = {current->goal_sequence, error};
    co_await detach();
    handled = co_await commit(NodesLost{.reason = error.message, .now = now()}, journal::Urgency::kUrgent);
  } else if (ending && (step_attempts_ >= kStepAttemptsMax || is_definite(error) || full)) {
    // What was to end is tried again for ever; whoever waits hears why it takes so long.
    failure_ = {current->goal_sequence, error};
    handled = error;
  } else {
    handled = std::move(error);
  }
  changed_.notify_all();
  if (!handled.ok()) co_return co_await pause(async::backoff_of(kPauses, step_attempts_ + 1, 0), &record_changed_);
  step_attempts_ = 0;
  co_return Result<>();
}

// The infra said a definite no: clean up what the attempt may have left, try the next place, or give up.
auto Controller::abandon_launch(std::shared_ptr<const ClusterRecord> current, Error error) -> async::Task<Result<>> {
  if (current->attempt_open) {
    SKY_CO_TRY(infra::Infra * infra, infra_of(*current));
    SKY_CO_CHECK(co_await infra->terminate(ref_of(*current, services_.server), deadline(kStopLimit)));
    blocked_.push_back(current->placement);
    const auto next = co_await services_.planner.plan(current->spec, blocked_, deadline(kObserveLimit));
    if (next.ok()) {
      note("Trying other potential resources.");
      co_return co_await commit(LaunchRetried{});
    }
  }
  blocked_.clear();
  failure_ = {current->goal_sequence, error};
  Result<> committed = co_await commit(LaunchFailed{.reason = error.message, .now = now()}, journal::Urgency::kUrgent);
  changed_.notify_all();
  co_return committed;
}

// Jobs that had not ended when their nodes went away get `status`. The agent's own record is out of reach; this is what
// users see, and an agent that comes back may still correct it. Nothing more comes for any copy of output.
auto Controller::end_jobs(JobStatus status) -> async::Task<Result<>> {
  const std::string prefix = hash_ + "/";
  const double ended = now();
  SKY_CO_CHECK(co_await services_.journal.commit(
      [this, prefix, status, ended](journal::Txn& txn) -> Result<> {
        auto& jobs = services_.tables.jobs;
        for (auto row = jobs.lower_bound(prefix); row != jobs.end() && row->first.starts_with(prefix); ++row) {
          const KnownJob* known = txn.find(jobs, row->first);
          if (known == nullptr || is_terminal(known->status)) continue;
          KnownJob next = *known;
          next.status = status;
          SKY_TRY(const Json json, parse_json(next.view));
          SKY_TRY(agent::JobView view, agent::job_view_from_json(json));
          view.status = status;
          view.ended_at = ended;
          next.view = to_json_text(agent::to_json(view));
          txn.put(jobs, row->first, std::move(next));
        }
        return {};
      },
      journal::Urgency::kUrgent));
  const auto& jobs = services_.tables.jobs;
  for (auto row = jobs.lower_bound(prefix); row != jobs.end() && row->first.starts_with(prefix); ++row) {
    services_.logs.finish_job(hash_, row->second->id, row->second->status);
  }
  co_return Result<>();
}

}  // namespace sky::cluster
