// The Controller's looks at nodes whose agents are silent, or at all of them when somebody asks.
#include <algorithm>

#include <fmt/format.h>

#include "agent/client/install.h"
#include "cluster/controller.h"

namespace sky::cluster {
namespace {

auto is_dead(infra::NodeState state) -> bool {
  return state == infra::NodeState::kGone || state == infra::NodeState::kCrashed || state == infra::NodeState::kStopped;
}

auto all_running(const std::vector<infra::NodeObservation>& nodes) -> bool {
  return std::ranges::all_of(nodes, [](const auto& node) { return node.state == infra::NodeState::kRunning; });
}

}  // namespace

auto Controller::observe_nodes(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>> {
  SKY_CO_TRY(infra::Infra * infra, infra_of(*current));
  SKY_CO_TRY(seen_.node_states, co_await infra->observe(ref_of(*current, services_.server), deadline(kObserveLimit)));
  seen_.nodes_known = true;
  const bool any_dead = std::ranges::any_of(seen_.node_states, [](const auto& node) { return is_dead(node.state); });
  if (any_dead || session_up()) co_return Result<>();
  // The nodes may live while their agents are silent: where one died with its guard, it is started again.
  SKY_CO_TRY(const Secret shown, key());
  const Result<> started =
      co_await agent::start_agents(*infra, ref_of(*current, services_.server), shown, deadline(kConnectLimit));
  if (!started.ok()) note(fmt::format("Agents do not start: {}", to_string(started.error())));
  co_return Result<>();
}

auto Controller::look_again(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>> {
  seen_.refresh_wanted = false;
  if (session_up()) {
    const std::shared_ptr<agent::AgentSession> head = session_;
    const Result<Json> info = co_await head->info(deadline(kObserveLimit));
    if (info.ok()) seen_.workers_silent = !silent_workers_.empty();
    co_return Result<>();
  }
  SKY_CO_CHECK(co_await observe_nodes(current));
  if (current->goal != Goal::kRest || !all_running(seen_.node_states)) co_return Result<>();
  if (session_ == nullptr) attach(*current);
  const Result<> ready = co_await session_->wait_ready(deadline(kObserveLimit));
  if (!ready.ok()) {
    co_await detach();
    co_return Result<>();
  }
  co_return co_await commit(AgentsReady{now()});
}

auto Controller::check_workers(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>> {
  seen_.workers_silent = false;
  SKY_CO_TRY(infra::Infra * infra, infra_of(*current));
  SKY_CO_TRY(const std::vector<infra::NodeObservation> nodes,
             co_await infra->observe(ref_of(*current, services_.server), deadline(kObserveLimit)));
  std::string lost;
  for (const auto& node : nodes) {
    if (!silent_workers_.contains(node.index) || !is_dead(node.state)) continue;
    // The head ends what ran there; the other nodes' jobs go on.
    SKY_CO_TRY(const std::shared_ptr<agent::AgentSession> head, session());
    SKY_CO_CHECK(co_await head->node_lost(node.index, deadline(kObserveLimit)));
    silent_workers_.erase(node.index);
    lost = fmt::format("Node {} died{}{}.", node.index, node.detail.empty() ? "" : ": ", node.detail);
    note(lost);
  }
  if (!lost.empty()) co_return co_await commit(NodesLost{.reason = lost, .now = now()}, journal::Urgency::kUrgent);
  if (silent_workers_.empty()) co_return Result<>();
  SKY_CO_TRY(const Secret shown, key());
  co_return co_await agent::start_agents(*infra, ref_of(*current, services_.server), shown, deadline(kConnectLimit));
}

auto Controller::refresh() -> async::Task<Result<>> {
  if (ended_) co_return Result<>();
  seen_.refresh_wanted = true;
  const std::int64_t before = refresh_count_;
  wake();
  co_return co_await wait_refreshed(before);
}

auto Controller::wait_refreshed(std::int64_t count) -> async::Task<Result<>> {
  while (!ended_ && refresh_count_ == count) SKY_CO_CHECK(co_await changed_.wait());
  co_return Result<>();
}

}  // namespace sky::cluster
