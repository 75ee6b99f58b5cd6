#include "cluster/update.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace sky::cluster {
namespace {

auto not_found() -> Error {
  return make_error(ErrorCode::kClusterNotFound, "the cluster does not exist");
}

auto conflict(const ClusterRecord& record, std::string_view expected, std::string_view doing) -> Error {
  return make_error(ErrorCode::kConflict, fmt::format("cluster '{}' {} (expected {})", record.name, doing, expected));
}

void close_usage(ClusterRecord& record, double now) {
  if (!record.usage.empty() && !record.usage.back().end) record.usage.back().end = now;
}

void open_usage(ClusterRecord& record, double now) {
  if (record.usage.empty() || record.usage.back().end) record.usage.push_back({now, std::nullopt});
}

void set_status(ClusterRecord& record, ClusterStatus status, double now, std::string event) {
  record.status = status;
  record.status_updated_at = now;
  record.last_event = std::move(event);
}

void set_goal(ClusterRecord& record, Goal goal, std::string request) {
  record.goal = goal;
  record.goal_request = std::move(request);
  ++record.goal_sequence;
}

auto new_record(const WantUp& update) -> ClusterRecord {
  ClusterRecord record;
  record.name = update.name;
  record.hash = update.hash;
  record.spec = update.spec;
  record.owner = update.actor;
  record.last_use = update.actor.command;
  record.last_creation_yaml = update.creation_yaml;
  record.config_hash = update.config_hash;
  record.launched_at = update.now;
  set_status(record, ClusterStatus::kInit, update.now, "Provisioning started.");
  set_goal(record, Goal::kUp, update.request);
  return record;
}

// --- can_apply, one overload per update. `record` is never null but for WantUp.

auto check(const ClusterRecord* record, const WantUp& update) -> Result<> {
  if (record == nullptr) return {};
  if (record->goal == Goal::kGone) return conflict(*record, "a cluster that stays", "is being terminated");
  if (record->goal == Goal::kStopped && record->status != ClusterStatus::kStopped) {
    return conflict(*record, "UP, INIT or STOPPED", "is being stopped");
  }
  if (record->status == ClusterStatus::kAutostopping) {
    return conflict(*record, "UP, INIT or STOPPED", "is autostopping");
  }
  return fits(*record, update.spec);
}

auto check(const ClusterRecord& record, const WantStopped&) -> Result<> {
  if (record.goal == Goal::kGone) return conflict(record, "a cluster that stays", "is being terminated");
  return {};
}

auto check(const ClusterRecord& record, const LaunchIntent&) -> Result<> {
  if (record.goal != Goal::kUp) return conflict(record, "goal up", fmt::format("has goal {}", to_string(record.goal)));
  if (record.attempt_open) return conflict(record, "no open launch", "has an open launch");
  if (!record.nodes.empty()) return conflict(record, "no nodes", "has nodes");
  return {};
}

auto check(const ClusterRecord& record, const NodesMade& update) -> Result<> {
  if (static_cast<int>(update.nodes.size()) != record.spec.node_count) {
    return conflict(record, fmt::format("{} nodes", record.spec.node_count),
                    fmt::format("was given {} nodes", update.nodes.size()));
  }
  return {};
}

auto check(const ClusterRecord& record, const LaunchRetried&) -> Result<> {
  if (!record.attempt_open) return conflict(record, "an open launch", "has no open launch");
  return {};
}

// It forgets the nodes, so there must be none.
auto check(const ClusterRecord& record, const LaunchFailed&) -> Result<> {
  if (!record.nodes.empty()) return conflict(record, "no nodes", "has nodes");
  return {};
}

auto check(const ClusterRecord& record, const NodesStopped&) -> Result<> {
  if (record.nodes.empty()) return conflict(record, "nodes", "has no nodes");
  return {};
}

auto check(const ClusterRecord& record, const AgentsReady&) -> Result<> {
  if (record.nodes.empty()) return conflict(record, "nodes", "has no nodes");
  if (record.status == ClusterStatus::kStopped) return conflict(record, "running nodes", "is STOPPED");
  if (record.goal != Goal::kUp && record.goal != Goal::kRest) {
    return conflict(record, "goal up", fmt::format("has goal {}", to_string(record.goal)));
  }
  return {};
}

auto check(const ClusterRecord& record, const AutostopChanged&) -> Result<> {
  if (record.status != ClusterStatus::kUp && record.status != ClusterStatus::kInit) {
    return make_error(ErrorCode::kClusterNotUp,
                      fmt::format("cluster '{}' is {} (expected UP)", record.name, to_string(record.status)));
  }
  return {};
}

auto check(const ClusterRecord& record, const AutostopFired&) -> Result<> {
  if (record.goal != Goal::kUp) return conflict(record, "goal up", fmt::format("has goal {}", to_string(record.goal)));
  if (record.nodes.empty()) return conflict(record, "nodes", "has no nodes");
  if (record.status == ClusterStatus::kStopped) return conflict(record, "running nodes", "is STOPPED");
  return {};
}

template <class AnyUpdate>
auto check(const ClusterRecord&, const AnyUpdate&) -> Result<> {
  return {};
}

// --- apply, one overload per update. False: the record goes.

auto change(ClusterRecord& record, const WantUp& update) -> bool {
  record.last_use = update.actor.command;
  if (record.goal == Goal::kUp) return true;
  set_goal(record, Goal::kUp, update.request);
  return true;
}

auto change(ClusterRecord& record, const WantStopped& update) -> bool {
  if (!update.use.empty()) record.last_use = update.use;
  if (record.goal != Goal::kStopped) set_goal(record, Goal::kStopped, update.request);
  record.status_updated_at = update.now;
  return true;
}

auto change(ClusterRecord& record, const WantGone& update) -> bool {
  if (record.goal != Goal::kGone) set_goal(record, Goal::kGone, update.request);
  record.status_updated_at = update.now;
  return true;
}

auto change(ClusterRecord& record, const GiveUp& update) -> bool {
  const bool own = record.goal == Goal::kUp && record.goal_request == update.request;
  if (!own) return true;
  if (record.status == ClusterStatus::kStopped) {
    set_goal(record, Goal::kStopped, update.request);
    return true;
  }
  if (record.status != ClusterStatus::kInit) return true;
  set_goal(record, Goal::kRest, update.request);
  set_status(record, ClusterStatus::kInit, update.now, "Launch cancelled.");
  return true;
}

auto change(ClusterRecord& record, const LaunchIntent& update) -> bool {
  record.placement = update.placement;
  record.hourly_cost_usd = update.hourly_cost_usd;
  ++record.attempt;
  record.attempt_open = true;
  return true;
}

auto change(ClusterRecord& record, const NodesMade& update) -> bool {
  record.nodes = update.nodes;
  record.attempt_open = false;
  record.launched_at = update.now;
  open_usage(record, update.now);
  set_status(record, ClusterStatus::kInit, update.now, "Nodes are running.");
  return true;
}

auto change(ClusterRecord& record, const LaunchRetried&) -> bool {
  record.attempt_open = false;
  return true;
}

auto change(ClusterRecord& record, const LaunchFailed& update) -> bool {
  record.attempt_open = false;
  record.nodes.clear();
  close_usage(record, update.now);
  set_status(record, ClusterStatus::kInit, update.now, update.reason);
  // A stop or down that was wished for meanwhile stands.
  if (record.goal == Goal::kUp) set_goal(record, Goal::kRest, record.goal_request);
  return record.ever_up;
}

auto change(ClusterRecord&, const Terminated&) -> bool {
  return false;
}

auto change(ClusterRecord& record, const AgentsReady& update) -> bool {
  // A cluster at rest whose agents answer after all is up again.
  if (record.goal == Goal::kRest) set_goal(record, Goal::kUp, record.goal_request);
  record.ever_up = true;
  // A setting made meanwhile is still to be sent, and so is one that the former agents knew.
  record.autostop_sent = record.autostop_sent && record.autostop == AutostopSetting{};
  // One that has fired by the time it answers goes on with that.
  if (record.status == ClusterStatus::kAutostopping) return true;
  set_status(record, ClusterStatus::kUp, update.now, "Cluster is UP.");
  return true;
}

auto change(ClusterRecord& record, const NodesStopped& update) -> bool {
  if (record.status == ClusterStatus::kStopped && record.goal == Goal::kStopped) return true;
  close_usage(record, update.now);
  const bool by_itself = record.goal == Goal::kUp || record.goal == Goal::kRest;
  if (by_itself) set_goal(record, record.autostop.down ? Goal::kGone : Goal::kStopped, "");
  record.autostop = {};
  record.autostop_sent = true;
  set_status(record, ClusterStatus::kStopped, update.now, by_itself ? "Autostopped." : "Stopped.");
  return true;
}

auto change(ClusterRecord& record, const NodesLost& update) -> bool {
  // A stop or down that was wished for meanwhile stands.
  if (record.goal == Goal::kUp) set_goal(record, Goal::kRest, "");
  set_status(record, ClusterStatus::kInit, update.now, update.reason);
  return true;
}

auto change(ClusterRecord& record, const AutostopChanged& update) -> bool {
  record.autostop = update.setting;
  record.autostop_sent = false;
  return true;
}

auto change(ClusterRecord& record, const AutostopConfirmed& update) -> bool {
  if (record.autostop == update.setting) record.autostop_sent = true;
  return true;
}

auto change(ClusterRecord& record, const AutostopCleared& update) -> bool {
  if (record.status != ClusterStatus::kAutostopping) return true;
  set_status(record, ClusterStatus::kUp, update.now, "Autostop was called off.");
  return true;
}

auto change(ClusterRecord& record, const AutostopFired& update) -> bool {
  record.autostop.down = update.down;
  set_status(record, ClusterStatus::kAutostopping, update.now, "Autostop fired.");
  return true;
}

}  // namespace

auto can_apply(const ClusterRecord* record, const Update& update) -> Result<> {
  if (const auto* want = std::get_if<WantUp>(&update)) return check(record, *want);
  if (record == nullptr) return not_found();
  return std::visit(
      [&](const auto& one) -> Result<> {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(one)>, WantUp>) {
          return check(record, one);
        } else {
          return check(*record, one);
        }
      },
      update);
}

auto applied(const ClusterRecord* record, const Update& update) -> std::optional<ClusterRecord> {
  if (record == nullptr) return new_record(std::get<WantUp>(update));
  ClusterRecord next = *record;
  const bool stays = std::visit([&](const auto& one) { return change(next, one); }, update);
  if (!stays) return std::nullopt;
  return next;
}

auto fits(const ClusterRecord& record, const ClusterSpec& wanted) -> Result<> {
  std::string mismatch;
  const auto& has = record.spec;
  if (wanted.node_count > has.node_count) {
    mismatch = fmt::format("{} nodes asked for, the cluster has {}", wanted.node_count, has.node_count);
  } else if (!wanted.infra.empty() && !record.placement.infra.empty() && wanted.infra != record.placement.infra) {
    mismatch = fmt::format("infra '{}' asked for, the cluster is on '{}'", wanted.infra, record.placement.infra);
  } else if (!wanted.cpus_text.empty() && wanted.shape.cpus > has.shape.cpus) {
    mismatch = fmt::format("{} CPUs per node asked for, the cluster has {}", wanted.shape.cpus, has.shape.cpus);
  } else if (wanted.shape.memory_gib > 0 && has.shape.memory_gib > 0 &&
             wanted.shape.memory_gib > has.shape.memory_gib) {
    mismatch = fmt::format("{} GiB of memory per node asked for, the cluster has {}", wanted.shape.memory_gib,
                           has.shape.memory_gib);
  } else if (wanted.shape.accelerator_count > 0 && (wanted.shape.accelerator != has.shape.accelerator ||
                                                    wanted.shape.accelerator_count > has.shape.accelerator_count)) {
    mismatch = fmt::format(
        "{}:{} per node asked for, the cluster has {}", wanted.shape.accelerator, wanted.shape.accelerator_count,
        has.shape.accelerator_count > 0 ? fmt::format("{}:{}", has.shape.accelerator, has.shape.accelerator_count)
                                        : std::string("no accelerator"));
  }
  if (mismatch.empty()) return {};
  return make_error(
      ErrorCode::kResourcesMismatch,
      fmt::format("Requested resources do not match the existing cluster '{}': {}.", record.name, mismatch),
      fmt::format("To fix: specify a new cluster name, or down the existing cluster first: sky down {}", record.name));
}

}  // namespace sky::cluster
