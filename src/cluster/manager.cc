#include "cluster/manager.h"

#include "base/log.h"
#include "base/strings.h"
#include "cluster/commit.h"

namespace sky::cluster {
namespace {

auto superseded(const ClusterRecord& record) -> Error {
  std::string_view what = "launched";
  if (record.goal == Goal::kGone) what = "terminated";
  if (record.goal == Goal::kStopped) what = "stopped";
  return make_error(ErrorCode::kCancelled, fmt::format("Cluster '{}' was {} meanwhile.", record.name, what));
}

}  // namespace

ClusterManager::ClusterManager(Services services) : services_(services), tasks_(services.loop) {
  services_.tables.clusters.on_change(
      [this](const std::string&, const ClusterRecord* before, const ClusterRecord* after) {
        if (after != nullptr) controller_of(*after).wake();
        if (before != nullptr && (after == nullptr || after->hash != before->hash)) controller_of(*before).wake();
        changed_.notify_all();
        job_changed_.notify_all();
      });
  services_.tables.jobs.on_change(
      [this](const std::string&, const KnownJob*, const KnownJob*) { job_changed_.notify_all(); });
}

void ClusterManager::start() {
  for (const auto& [name, record] : services_.tables.clusters) controller_of(*record);
}

auto ClusterManager::stop() -> async::Task<> {
  co_await tasks_.stop();
  changed_.notify_all();
}

auto ClusterManager::controller_of(const ClusterRecord& record) -> Controller& {
  auto& slot = controllers_[record.hash];
  if (slot == nullptr) {
    slot = std::make_shared<Controller>(services_, record.name, record.hash);
    tasks_.spawn("controller", run_controller(slot));
  }
  return *slot;
}

auto ClusterManager::run_controller(std::shared_ptr<Controller> controller) -> async::Task<Result<>> {
  Result<> outcome = co_await controller->run();
  // Waiters still read its failure: it goes when the last of them does.
  controllers_.erase(controller->hash());
  changed_.notify_all();
  job_changed_.notify_all();
  co_return outcome;
}

auto ClusterManager::find(const ClusterName& name) const -> std::shared_ptr<const ClusterRecord> {
  return services_.tables.clusters.get(name.str());
}

auto ClusterManager::match(std::string_view pattern) const -> std::vector<std::shared_ptr<const ClusterRecord>> {
  std::vector<std::shared_ptr<const ClusterRecord>> found;
  for (const auto& [name, record] : services_.tables.clusters) {
    if (name == pattern || (has_glob_chars(pattern) && glob_match(pattern, name))) found.push_back(record);
  }
  return found;
}

// Commits the wish; while the cluster is on its way down or stopping, waits for that to end first.
auto ClusterManager::commit_want_up(WantUp want) -> async::Task<Result<>> {
  for (;;) {
    Result<> committed = co_await commit_update(services_.journal, services_.tables, want.name, {}, want);
    if (committed.ok() || committed.error().code != ErrorCode::kConflict) co_return committed;
    // What stood in the way may have changed in the same batch, before anybody could wait for it.
    if (can_apply(find(want.name).get(), want).ok()) continue;
    SKY_CO_CHECK(co_await changed_.wait());
  }
}

auto ClusterManager::ensure_up(WantUp want, Progress progress) -> async::Task<Result<ClusterRecord>> {
  for (;;) {
    SKY_CO_CHECK(co_await commit_want_up(want));
    const auto record = find(want.name);
    if (record == nullptr) co_return make_error(ErrorCode::kCancelled, "the cluster went away at once");
    forget_failure(record->hash);
    Result<ClusterRecord> up = co_await wait_up(want.name, record->hash, record->goal_sequence, progress);
    // Another launch of the same cluster was given up; this one still wants it.
    const async::CancelScope& scope = co_await async::current_scope();
    if (up.ok() || up.error().code != ErrorCode::kConflict || scope.cancelled()) co_return up;
  }
}

auto ClusterManager::give_up(ClusterName name, std::string request) -> async::Task<Result<>> {
  const GiveUp update{.request = std::move(request), .now = to_epoch_seconds(services_.loop.wall_now())};
  Result<> given_up = co_await commit_update(services_.journal, services_.tables, std::move(name), {}, update,
                                             journal::Urgency::kUrgent);
  if (!given_up.ok() && given_up.error().code == ErrorCode::kClusterNotFound) co_return Result<>();
  co_return given_up;
}

void ClusterManager::forget_failure(const std::string& hash) {
  if (const auto found = controllers_.find(hash); found != controllers_.end()) found->second->forget_failure();
}

// kConflict: the goal was given up by another request.
auto ClusterManager::wait_up(ClusterName name, std::string hash, std::int64_t sequence, Progress progress)
    -> async::Task<Result<ClusterRecord>> {
  const auto found = controllers_.find(hash);
  if (found == controllers_.end()) co_return cluster_not_found(name);
  const std::shared_ptr<Controller> controller = found->second;
  for (;;) {
    if (auto failure = controller->failure_of(sequence)) co_return std::move(*failure);
    const auto record = find(name);
    if (record == nullptr || record->hash != hash) {
      co_return make_error(ErrorCode::kCancelled, fmt::format("Cluster '{}' was terminated meanwhile.", name));
    }
    if (record->goal_sequence != sequence) {
      if (record->goal == Goal::kRest) co_return make_error(ErrorCode::kConflict, record->last_event);
      if (record->goal != Goal::kUp) co_return superseded(*record);
      sequence = record->goal_sequence;
    }
    if (progress) progress(*record);
    if (record->status == ClusterStatus::kUp && controller->session_up()) co_return *record;
    SKY_CO_CHECK(co_await controller->changed().wait());
  }
}

auto ClusterManager::ensure_stopped(ClusterName name, std::string hash, WantStopped want) -> async::Task<Result<>> {
  SKY_CO_CHECK(
      co_await commit_update(services_.journal, services_.tables, name, hash, want, journal::Urgency::kUrgent));
  co_return co_await wait_ended(std::move(name), std::move(hash), Goal::kStopped);
}

auto ClusterManager::ensure_gone(ClusterName name, std::string hash, WantGone want) -> async::Task<Result<>> {
  Result<> wanted =
      co_await commit_update(services_.journal, services_.tables, name, hash, want, journal::Urgency::kUrgent);
  // That incarnation is gone already: an earlier run of the same request, or its own autodown.
  if (!wanted.ok() && wanted.error().code == ErrorCode::kClusterNotFound) co_return Result<>();
  SKY_CO_CHECK(std::move(wanted));
  co_return co_await wait_ended(std::move(name), std::move(hash), Goal::kGone);
}

auto ClusterManager::wait_ended(ClusterName name, std::string hash, Goal goal) -> async::Task<Result<>> {
  const auto found = controllers_.find(hash);
  const auto record = find(name);
  if (found == controllers_.end() || record == nullptr || record->hash != hash) co_return Result<>();
  const std::shared_ptr<Controller> controller = found->second;
  controller->forget_failure();
  for (;;) {
    const auto now = find(name);
    if (now == nullptr || now->hash != hash) co_return Result<>();
    if (now->goal != goal) co_return superseded(*now);
    if (goal == Goal::kStopped && now->status == ClusterStatus::kStopped) co_return Result<>();
    if (auto failure = controller->failure_of(now->goal_sequence)) co_return std::move(*failure);
    SKY_CO_CHECK(co_await controller->changed().wait());
  }
}

auto ClusterManager::purge(ClusterName name, std::string hash) -> async::Task<Result<>> {
  const Terminated update{.now = to_epoch_seconds(services_.loop.wall_now())};
  Result<> purged = co_await commit_update(services_.journal, services_.tables, std::move(name), std::move(hash),
                                           update, journal::Urgency::kUrgent);
  if (!purged.ok() && purged.error().code == ErrorCode::kClusterNotFound) co_return Result<>();
  co_return purged;
}

auto ClusterManager::set_autostop(ClusterName name, AutostopSetting setting) -> async::Task<Result<>> {
  const AutostopChanged change{.setting = std::move(setting), .now = to_epoch_seconds(services_.loop.wall_now())};
  co_return co_await commit_update(services_.journal, services_.tables, name, {}, change);
}

auto ClusterManager::refresh(ClusterName name) -> async::Task<Result<>> {
  const auto record = find(name);
  if (record == nullptr) co_return cluster_not_found(name);
  const auto found = controllers_.find(record->hash);
  if (found == controllers_.end()) co_return Result<>();
  const std::shared_ptr<Controller> controller = found->second;
  co_return co_await controller->refresh();
}

auto ClusterManager::session(ClusterName name, Deadline deadline)
    -> async::Task<Result<std::shared_ptr<agent::AgentSession>>> {
  const auto record = find(name);
  if (record == nullptr) co_return cluster_not_found(name);
  const auto found = controllers_.find(record->hash);
  const bool usable = record->status == ClusterStatus::kUp || record->status == ClusterStatus::kAutostopping;
  if (!usable || found == controllers_.end()) {
    co_return make_error(ErrorCode::kClusterNotUp,
                         fmt::format("Cluster '{}' is not UP (status: {}).", name, to_string(record->status)),
                         fmt::format("To start it: sky start {}", name));
  }
  const std::shared_ptr<Controller> controller = found->second;
  co_return co_await async::with_deadline(deadline, fmt::format("the head node of cluster '{}'", name),
                                          wait_session(controller));
}

auto ClusterManager::wait_session(std::shared_ptr<Controller> controller)
    -> async::Task<Result<std::shared_ptr<agent::AgentSession>>> {
  for (;;) {
    auto session = controller->session();
    if (session.ok()) co_return session;
    Result<> woken = co_await controller->changed().wait();
    if (!woken.ok()) co_return woken.error().code == ErrorCode::kDeadlineExceeded ? session.error() : woken.error();
  }
}

auto ClusterManager::session_now(const ClusterName& name) const -> Result<std::shared_ptr<agent::AgentSession>> {
  const auto record = find(name);
  if (record == nullptr) return cluster_not_found(name);
  const auto found = controllers_.find(record->hash);
  if (found == controllers_.end()) return cluster_not_found(name);
  return found->second->session();
}

auto ClusterManager::wait_autostop(ClusterName name) -> async::Task<Result<>> {
  for (;;) {
    const auto record = find(name);
    if (record == nullptr || record->status != ClusterStatus::kAutostopping) co_return Result<>();
    SKY_CO_CHECK(co_await changed_.wait());
  }
}

auto ClusterManager::is_coming_up(std::string_view hash) const -> bool {
  const auto found = controllers_.find(std::string(hash));
  const auto record = found == controllers_.end() ? nullptr : find(found->second->name());
  return record != nullptr && record->hash == hash && record->goal == Goal::kUp &&
         record->status != ClusterStatus::kUp && record->status != ClusterStatus::kAutostopping;
}

auto ClusterManager::restart_agents(ClusterName name) -> async::Task<Result<>> {
  const NodesLost update{.reason = "Started again.", .now = to_epoch_seconds(services_.loop.wall_now())};
  co_return co_await commit_update(services_.journal, services_.tables, std::move(name), {}, update);
}

auto ClusterManager::wait_job_change() -> async::Task<Result<>> {
  co_return co_await job_changed_.wait();
}

}  // namespace sky::cluster
