#include "cluster/controller.h"

#include <algorithm>

#include <fmt/format.h>

#include "agent/client/install.h"
#include "cluster/commit.h"
#include "os/file.h"

namespace sky::cluster {
namespace {

auto autostop_spec(const AutostopSetting& setting) -> agent::AutostopSpec {
  return {.idle_minutes = setting.idle_minutes,
          .down = setting.down,
          .wait_for = agent::parse_wait_for(setting.wait_for).value_or(agent::WaitFor::kJobsAndSsh),
          .hook = setting.hook,
          .hook_timeout_seconds = setting.hook_timeout_seconds};
}

auto no_ability(const infra::Infra& infra, std::string_view what) -> Error {
  return make_error(ErrorCode::kNotSupported, fmt::format("infra '{}' does not support {}", infra.name(), what));
}

}  // namespace

Controller::Controller(Services& services, ClusterName name, std::string hash)
    : services_(services), name_(std::move(name)), hash_(std::move(hash)) {}

auto Controller::commit(Update update, journal::Urgency urgency) -> async::Task<Result<>> {
  co_return co_await commit_update(services_.journal, services_.tables, name_, hash_, std::move(update), urgency);
}

auto Controller::infra_of(const ClusterRecord& current) const -> Result<infra::Infra*> {
  infra::Infra* found = services_.planner.find(current.placement.infra);
  if (found != nullptr) return found;
  return make_error(ErrorCode::kNotSupported,
                    fmt::format("cluster '{}' is on infra '{}', which this version of sky does not have", current.name,
                                current.placement.infra));
}

auto Controller::failure_of(std::int64_t goal_sequence) const -> std::optional<Error> {
  if (failure_ && failure_->first == goal_sequence) return failure_->second;
  return std::nullopt;
}

auto Controller::record() const -> std::shared_ptr<const ClusterRecord> {
  auto found = services_.tables.clusters.get(name_.str());
  return found != nullptr && found->hash == hash_ ? found : nullptr;
}

auto Controller::deadline(Duration limit) const -> Deadline {
  return Deadline::after(services_.loop.now(), limit);
}

void Controller::on_session_change() {
  if (!session_up()) seen_.autostop_seen = false;
  woken_ = true;
  wake_.notify_all();
  changed_.notify_all();
}

void Controller::wake() {
  woken_ = true;
  record_changed_ = true;
  wake_.notify_all();
  const auto now = record();
  if (acting_ != nullptr && (now == nullptr || now->goal_sequence != acting_sequence_)) {
    acting_->cancel(make_error(ErrorCode::kCancelled, "the cluster has another goal now"));
  }
  changed_.notify_all();
}

auto Controller::run() -> async::Task<Result<>> {
  const auto initial = record();
  const bool has_agents =
      initial != nullptr && (initial->status == ClusterStatus::kUp || initial->status == ClusterStatus::kAutostopping);
  if (has_agents) attach(*initial);
  Result<> outcome;
  for (;;) {
    const std::shared_ptr<const ClusterRecord> current = record();
    if (current == nullptr) break;
    seen_.session_up = session_up();
    if (seen_.session_up) seen_.nodes_known = false;
    Step step = decide(*current, seen_);
    if (std::holds_alternative<Rest>(step)) {
      seen_.refresh_wanted = false;
      ++refresh_count_;
      changed_.notify_all();
      outcome = co_await rest(*current);
    } else {
      outcome = co_await perform(std::move(step), current);
    }
    if (!outcome.ok() && outcome.error().code == ErrorCode::kCancelled) break;
  }
  co_await detach();
  ended_ = true;
  changed_.notify_all();
  co_return outcome;
}

// Waits for a change; what is silent is looked at again after a while.
auto Controller::rest(ClusterRecord current) -> async::Task<Result<>> {
  const bool silent = current.goal == Goal::kUp && (!session_up() || !silent_workers_.empty());
  const MonoTime began = services_.loop.now();
  Result<> rested = co_await pause(silent ? kObserveInterval : Duration::max(), &woken_);
  if (silent && services_.loop.now() - began >= kObserveInterval) {
    seen_.nodes_known = false;
    seen_.workers_silent = !silent_workers_.empty();
  }
  co_return rested;
}

auto Controller::pause(Duration span, bool* flag) -> async::Task<Result<>> {
  async::CancelScope& outer = co_await async::current_scope();
  async::CancelScope scope(outer);
  const Deadline until = span == Duration::max() ? Deadline::never() : deadline(span);
  async::DeadlineTimer timer(scope, until, "the pause");
  while (!*flag) {
    const Result<> woken = co_await wait_wake().in(scope);
    if (woken.ok()) continue;
    if (outer.cancelled()) co_return outer.reason();
    break;
  }
  *flag = false;
  co_return Result<>();
}

auto Controller::wait_wake() -> async::Task<Result<>> {
  co_return co_await wake_.wait();
}

auto Controller::perform(Step step, std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>> {
  async::CancelScope& outer = co_await async::current_scope();
  async::CancelScope scope(outer);
  acting_ = &scope;
  acting_sequence_ = current->goal_sequence;
  woken_ = false;
  record_changed_ = false;
  Result<> outcome = co_await act(step, current).in(scope);
  acting_ = nullptr;
  if (outer.cancelled()) co_return outer.reason();
  if (outcome.ok()) {
    step_attempts_ = 0;
    failure_.reset();
    co_return Result<>();
  }
  const auto now = record();
  // Another goal was set meanwhile: what this step met is of no interest any more.
  if (now == nullptr || now->goal_sequence != current->goal_sequence) co_return Result<>();
  co_return co_await on_step_failed(std::move(step), now, std::move(outcome).error());
}

auto Controller::act(Step step, std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>> {
  if (std::holds_alternative<Plan>(step)) co_return co_await plan(current);
  if (std::holds_alternative<Launch>(step)) co_return co_await launch(current);
  if (std::holds_alternative<StartNodes>(step)) co_return co_await start_nodes(current);
  if (std::holds_alternative<ConnectAgents>(step)) co_return co_await connect_agents(current);
  if (std::holds_alternative<ObserveNodes>(step)) co_return co_await observe_nodes(current);
  if (std::holds_alternative<LookAgain>(step)) co_return co_await look_again(current);
  if (std::holds_alternative<CheckWorkers>(step)) co_return co_await check_workers(current);
  if (std::holds_alternative<AskAutostop>(step)) co_return co_await ask_autostop();
  if (std::holds_alternative<SendAutostop>(step)) co_return co_await send_autostop(current);
  if (std::holds_alternative<StopNodes>(step)) co_return co_await stop_nodes(current);
  if (std::holds_alternative<Terminate>(step)) co_return co_await terminate(current);
  if (std::holds_alternative<MarkStopped>(step)) {
    co_await detach();
    note("The nodes stopped by themselves.");
    SKY_CO_CHECK(co_await end_jobs(JobStatus::kCancelled));
    co_return co_await commit(NodesStopped{now()}, journal::Urgency::kUrgent);
  }
  if (auto* lost = std::get_if<MarkLost>(&step)) co_return co_await mark_lost(lost->reason);
  co_return Result<>();
}

auto Controller::plan(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>> {
  SKY_CO_TRY(const planner::Plan plan,
             co_await services_.planner.plan(current->spec, blocked_, deadline(kObserveLimit)));
  co_return co_await commit(
      LaunchIntent{.placement = plan.chosen().placement, .hourly_cost_usd = plan.hourly_cost_usd()});
}

auto Controller::launch(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>> {
  SKY_CO_TRY(infra::Infra * infra, infra_of(*current));
  infra::LaunchRequest request{.server = services_.server,
                               .cluster = current->name,
                               .cluster_hash = current->hash,
                               .attempt = current->attempt,
                               .node_count = current->spec.node_count,
                               .shape = current->spec.shape,
                               .placement = current->placement,
                               .ports = current->spec.ports,
                               .taken = taken_nodes(services_.tables, current->placement.infra, hash_),
                               .note = [this](std::string_view line) { note(line); }};
  note(fmt::format("Launching {} node(s) on {}, attempt {}.", request.node_count, infra->display_name(),
                   request.attempt));
  SKY_CO_TRY(std::vector<infra::NodeRecord> nodes, co_await infra->launch(std::move(request), deadline(kLaunchLimit)));
  for (const auto& node : nodes) note(fmt::format("Node {} is {} at {}.", node.index, node.id, node.address));
  co_return co_await commit(NodesMade{.nodes = std::move(nodes), .now = now()});
}

auto Controller::start_nodes(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>> {
  SKY_CO_TRY(infra::Infra * infra, infra_of(*current));
  infra::StopStart* ability = infra->stop_start();
  if (ability == nullptr) co_return no_ability(*infra, "starting stopped clusters");
  note("Starting the stopped nodes.");
  SKY_CO_TRY(std::vector<infra::NodeRecord> nodes,
             co_await ability->start(ref_of(*current, services_.server), deadline(kLaunchLimit)));
  co_return co_await commit(NodesMade{.nodes = std::move(nodes), .now = now()});
}

auto Controller::connect_agents(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>> {
  SKY_CO_TRY(infra::Infra * infra, infra_of(*current));
  if (infra::StopStart* ability = infra->stop_start(); ability != nullptr && current->ever_up) {
    // After an outage nodes may be stopped, or have other addresses.
    SKY_CO_TRY(std::vector<infra::NodeRecord> nodes,
               co_await ability->start(ref_of(*current, services_.server), deadline(kLaunchLimit)));
    if (nodes != current->nodes) co_return co_await commit(NodesMade{.nodes = std::move(nodes), .now = now()});
  }
  note("Starting the agents.");
  SKY_CO_TRY(const Secret shown, key());
  SKY_CO_CHECK(
      co_await agent::start_agents(*infra, ref_of(*current, services_.server), shown, deadline(kConnectLimit)));
  if (session_ == nullptr) attach(*current);
  SKY_CO_CHECK(co_await session_->wait_ready(deadline(kConnectLimit)));
  note("The agents answer.");
  co_return co_await commit(AgentsReady{now()});
}

auto Controller::stop_nodes(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>> {
  SKY_CO_TRY(infra::Infra * infra, infra_of(*current));
  infra::StopStart* ability = infra->stop_start();
  if (ability == nullptr) co_return no_ability(*infra, "stopping clusters");
  note("Stopping the nodes.");
  co_await detach();
  SKY_CO_CHECK(co_await ability->stop(ref_of(*current, services_.server), deadline(kStopLimit)));
  SKY_CO_CHECK(co_await end_jobs(JobStatus::kCancelled));
  co_return co_await commit(NodesStopped{now()}, journal::Urgency::kUrgent);
}

auto Controller::terminate(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>> {
  note("Terminating.");
  co_await detach();
  SKY_CO_CHECK(co_await end_jobs(JobStatus::kCancelled));
  if (!current->placement.infra.empty()) {
    SKY_CO_TRY(infra::Infra * infra, infra_of(*current));
    SKY_CO_CHECK(co_await infra->terminate(ref_of(*current, services_.server), deadline(kStopLimit)));
  }
  const Result<> removed = os::remove_file(key_path());
  if (!removed.ok()) note(to_string(removed.error()));
  co_return co_await commit(Terminated{now()}, journal::Urgency::kUrgent);
}

auto Controller::send_autostop(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>> {
  SKY_CO_TRY(const std::shared_ptr<agent::AgentSession> head, session());
  SKY_CO_CHECK(co_await head->set_autostop(autostop_spec(current->autostop), deadline(kObserveLimit)));
  co_return co_await commit(AutostopConfirmed{.setting = current->autostop});
}

auto Controller::ask_autostop() -> async::Task<Result<>> {
  SKY_CO_TRY(const std::shared_ptr<agent::AgentSession> head, session());
  SKY_CO_TRY(const Json info, co_await head->info(deadline(kObserveLimit)));
  SKY_CO_TRY(const JsonObject* fields, as_object(info));
  SKY_CO_TRY(seen_.autostop_seen, get_bool(*fields, "autostop_fired"));
  if (seen_.autostop_seen) co_return Result<>();
  note("The head's node was started anew: autostop counts from the beginning.");
  co_return co_await commit(AutostopCleared{now()}, journal::Urgency::kUrgent);
}

auto Controller::mark_lost(std::string reason) -> async::Task<Result<>> {
  note(reason);
  co_await detach();
  SKY_CO_CHECK(co_await end_jobs(JobStatus::kFailedDriver));
  co_return co_await commit(NodesLost{.reason = std::move(reason), .now = now()}, journal::Urgency::kUrgent);
}

}  // namespace sky::cluster
