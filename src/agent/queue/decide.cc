#include "agent/queue/decide.h"

#include <cmath>

namespace sky::agent {

namespace {

// Sums of shares like 0.1 are not exact.
constexpr double kEpsilon = 1e-6;

struct FreeGpu {
  int index = 0;
  double free = 1;
};
struct FreeNode {
  double cpus = 0;
  std::vector<FreeGpu> gpus;
};

auto all_free(std::span<const NodeCapacity> nodes) -> std::vector<FreeNode> {
  std::vector<FreeNode> free;
  for (const NodeCapacity& node : nodes) {
    FreeNode& one = free.emplace_back(FreeNode{.cpus = node.cpus, .gpus = {}});
    for (const int index : node.gpus) one.gpus.push_back({index, 1.0});
  }
  return free;
}

void take(FreeNode& node, const JobSpec& spec, const Placement& placement) {
  node.cpus -= spec.cpus_per_node;
  for (const GpuShare& taken : placement.gpus) {
    for (FreeGpu& gpu : node.gpus) {
      if (gpu.index == taken.index) gpu.free -= taken.share;
    }
  }
}

// A fraction goes to the fullest GPU that still has room, so that whole ones stay whole.
auto pick_fraction(const FreeNode& node, double share) -> std::optional<std::vector<GpuShare>> {
  const FreeGpu* best = nullptr;
  for (const FreeGpu& gpu : node.gpus) {
    if (gpu.free + kEpsilon >= share && (best == nullptr || gpu.free < best->free - kEpsilon)) best = &gpu;
  }
  if (best == nullptr) return std::nullopt;
  return std::vector<GpuShare>{{best->index, share}};
}

auto pick_gpus(const FreeNode& node, double count) -> std::optional<std::vector<GpuShare>> {
  if (count <= 0) return std::vector<GpuShare>();
  if (count < 1) return pick_fraction(node, count);
  const auto wanted = static_cast<size_t>(std::ceil(count - kEpsilon));
  std::vector<GpuShare> picked;
  for (const FreeGpu& gpu : node.gpus) {
    if (picked.size() < wanted && gpu.free + kEpsilon >= 1) picked.push_back({gpu.index, 1.0});
  }
  if (picked.size() < wanted) return std::nullopt;
  return picked;
}

// One rank per node, on the first nodes with room.
auto place(const JobSpec& spec, const std::vector<FreeNode>& free) -> std::optional<std::vector<Placement>> {
  std::vector<Placement> placements;
  for (size_t node = 0; node < free.size() && placements.size() < static_cast<size_t>(spec.num_nodes); ++node) {
    if (free[node].cpus + kEpsilon < spec.cpus_per_node) continue;
    std::optional<std::vector<GpuShare>> gpus = pick_gpus(free[node], spec.gpus_per_node);
    if (gpus) placements.push_back({static_cast<int>(node), std::move(*gpus)});
  }
  if (placements.size() < static_cast<size_t>(spec.num_nodes)) return std::nullopt;
  return placements;
}

void add_rank_actions(const Job& job, Phase phase, std::vector<Action>& actions) {
  const auto& exits = exits_of(job, phase);
  bool stop = job.cancel_requested;
  for (const auto& exit : exits) stop = stop || (exit && exit->code != 0);
  for (size_t rank = 0; rank < exits.size(); ++rank) {
    if (exits[rank]) continue;
    const RankKey key{job.id, job.attempt, phase, static_cast<int>(rank)};
    const int node = node_of(job, phase, key.rank);
    actions.emplace_back(RunRank{key, node});
    if (stop) actions.emplace_back(KillRank{key, node});
  }
}

}  // namespace

auto decide(std::span<const Job* const> active, std::span<const NodeCapacity> nodes) -> std::vector<Action> {
  std::vector<Action> actions;
  std::vector<FreeNode> free = all_free(nodes);
  for (const Job* job : active) {
    for (const Placement& placement : job->placements) {
      take(free[static_cast<size_t>(placement.node)], job->spec, placement);
    }
    if (const std::optional<Phase> phase = phase_of(*job)) add_rank_actions(*job, *phase, actions);
  }
  if (!std::all_of(nodes.begin(), nodes.end(), [](const NodeCapacity& node) { return node.ready; })) return actions;
  for (const Job* job : active) {
    if (phase_of(*job)) continue;
    std::optional<std::vector<Placement>> placements = place(job->spec, free);
    if (!placements) break;
    for (const Placement& placement : *placements) {
      take(free[static_cast<size_t>(placement.node)], job->spec, placement);
    }
    actions.emplace_back(DispatchJob{job->id, std::move(*placements)});
  }
  return actions;
}

auto check_fits(const JobSpec& spec, std::span<const NodeCapacity> nodes) -> Result<> {
  if (static_cast<size_t>(spec.num_nodes) > nodes.size()) {
    return make_error(ErrorCode::kResourcesMismatch,
                      fmt::format("the job asks for {} nodes, the cluster has {}", spec.num_nodes, nodes.size()));
  }
  if (place(spec, all_free(nodes))) return {};
  double cpus = 0;
  size_t gpus = 0;
  for (const NodeCapacity& node : nodes) {
    cpus = std::max(cpus, node.cpus);
    gpus = std::max(gpus, node.gpus.size());
  }
  return make_error(ErrorCode::kResourcesMismatch,
                    fmt::format("the job asks for {} CPUs and {} GPUs on each of {} nodes, the cluster's largest node "
                                "has {} CPUs and {} GPUs",
                                spec.cpus_per_node, spec.gpus_per_node, spec.num_nodes, cpus, gpus));
}

auto decide_autostop(const Autostop& autostop, const IdleFacts& facts) -> IdleVerdict {
  if (autostop.fired || autostop.spec.idle_minutes < 0) return IdleVerdict::kOff;
  const WaitFor wait_for = autostop.spec.wait_for;
  if (facts.jobs_active && wait_for != WaitFor::kNone) return IdleVerdict::kBusy;
  if (facts.ssh_active && wait_for == WaitFor::kJobsAndSsh) return IdleVerdict::kBusy;
  const Duration due = facts.minute * std::max(1, autostop.spec.idle_minutes);
  return facts.now - facts.active_last >= due ? IdleVerdict::kFire : IdleVerdict::kWait;
}

}  // namespace sky::agent
