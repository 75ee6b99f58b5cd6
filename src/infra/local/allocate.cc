#include "infra/local/allocate.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "infra/gpu_name.h"

namespace sky::infra {
namespace {

constexpr double kCpusDefault = 1;
constexpr double kMemoryPerCpuGib = 4;
constexpr int kAddressTriesMax = 1000;

// The high bits are FNV's better ones; addresses are made of the low ones.
auto hash_of(std::string_view text) -> std::uint64_t {
  const std::uint64_t hash = fnv1a(text);
  return hash ^ (hash >> 29U);
}

auto number(double value) -> std::string {
  return fmt::format("{:g}", value);
}

auto refuse(std::string message, std::string hint) -> Error {
  Error error = make_error(ErrorCode::kResourcesUnavailable, std::move(message), std::move(hint));
  error.details["scope"] = "infra";
  return error;
}

// A device that does not tell its name is taken at the user's word.
auto matches(const os::Gpu& gpu, std::string_view asked) -> bool {
  const std::string name = gpu_name_of_device(gpu.name);
  return name.empty() || equals_ignore_case(name, asked);
}

auto devices_per_node(const NodeShape& shape) -> int {
  return shape.accelerator.empty() ? 0 : static_cast<int>(std::ceil(shape.accelerator_count));
}

auto count_matching(const NodeShape& shape, const LocalMachine& machine) -> int {
  return static_cast<int>(
      std::ranges::count_if(machine.gpus, [&](const os::Gpu& gpu) { return matches(gpu, shape.accelerator); }));
}

auto gpu_names(const LocalMachine& machine) -> std::string {
  if (machine.gpus.empty()) return "no GPU";
  std::vector<std::string> names;
  for (const os::Gpu& gpu : machine.gpus) {
    const std::string name = gpu_name_of_device(gpu.name);
    names.push_back(name.empty() ? "GPU" : name);
  }
  return join(names, ", ");
}

}  // namespace

auto granted_shape(const NodeShape& asked, const LocalMachine& machine) -> NodeShape {
  NodeShape granted = asked;
  if (granted.cpus <= 0) granted.cpus = std::min(kCpusDefault, machine.cpus);
  if (granted.memory_gib <= 0) granted.memory_gib = std::min(granted.cpus * kMemoryPerCpuGib, machine.memory_gib);
  return granted;
}

auto instance_type_of(const NodeShape& granted) -> std::string {
  const double memory_gib = std::round(granted.memory_gib * 10) / 10;
  std::string type = fmt::format("{}CPU--{}GB", number(granted.cpus), number(memory_gib));
  if (!granted.accelerator.empty()) {
    type += fmt::format("--{}:{}", granted.accelerator, number(granted.accelerator_count));
  }
  return type;
}

auto check_fits(const NodeShape& asked, int node_count, const LocalMachine& machine) -> Result<> {
  if (asked.use_spot) {
    return make_error(ErrorCode::kNotSupported, "Local does not support spot instances", "Leave out use_spot.");
  }
  if (asked.cpus > machine.cpus) {
    return refuse(fmt::format("a node asks for {} CPUs, this machine has {}", number(asked.cpus), number(machine.cpus)),
                  fmt::format("Ask for at most {} CPUs per node.", number(machine.cpus)));
  }
  if (asked.memory_gib > machine.memory_gib) {
    const double present = std::floor(machine.memory_gib * 10) / 10;
    return refuse(
        fmt::format("a node asks for {} GB of memory, this machine has {}", number(asked.memory_gib), number(present)),
        fmt::format("Ask for at most {} GB per node.", number(present)));
  }
  const int wanted = devices_per_node(asked) * node_count;
  const int present = count_matching(asked, machine);
  if (wanted <= present) return {};
  if (present == 0) {
    return refuse(fmt::format("asked for {}:{}, this machine has {}", asked.accelerator,
                              number(asked.accelerator_count), gpu_names(machine)),
                  machine.gpus.empty() ? "Leave out the accelerators." : "Ask for a GPU that is there.");
  }
  return refuse(fmt::format("{} node{} ask for {} {} GPUs, this machine has {}", node_count, node_count == 1 ? "" : "s",
                            wanted, asked.accelerator, present),
                fmt::format("Ask for at most {} in all.", present));
}

auto allocate_gpus(const NodeShape& granted, int node_count, const LocalMachine& machine, const std::vector<int>& held,
                   const std::vector<std::vector<int>>& preferred) -> Result<std::vector<std::vector<int>>> {
  const auto per_node = static_cast<size_t>(devices_per_node(granted));
  std::vector<std::vector<int>> nodes(static_cast<size_t>(node_count));
  if (per_node == 0) return nodes;
  std::vector<int> free;
  for (const os::Gpu& gpu : machine.gpus) {
    if (matches(gpu, granted.accelerator) && std::ranges::find(held, gpu.index) == held.end())
      free.push_back(gpu.index);
  }
  if (free.size() < per_node * nodes.size()) {
    return refuse(fmt::format("asked for {} {} GPUs, {} of {} on this machine are free", per_node * nodes.size(),
                              granted.accelerator, free.size(), count_matching(granted, machine)),
                  "Stop a cluster that holds one (`sky status`), or ask for fewer.");
  }
  for (size_t i = 0; i < nodes.size() && i < preferred.size(); ++i) {
    for (const int gpu : preferred[i]) {
      const auto found = std::ranges::find(free, gpu);
      if (found == free.end() || nodes[i].size() == per_node) continue;
      nodes[i].push_back(gpu);
      free.erase(found);
    }
  }
  size_t next = 0;
  for (auto& node : nodes) {
    while (node.size() < per_node) node.push_back(free[next++]);
    std::ranges::sort(node);
  }
  return nodes;
}

auto allocate_address(const ServerId& server, const std::string& cluster_hash, int node,
                      const std::function<bool(const std::string&)>& in_use) -> Result<std::string> {
  for (int turn = 0; turn < kAddressTriesMax; ++turn) {
    const std::uint64_t hash = hash_of(fmt::format("{}/{}/{}/{}", server, cluster_hash, node, turn));
    std::string address = fmt::format("127.{}.{}.{}", 64 + hash % 128, (hash >> 8U) % 256, 1 + (hash >> 16U) % 254);
    if (!in_use(address)) return address;
  }
  return refuse(fmt::format("no loopback address is free after {} tries", kAddressTriesMax),
                "See with `ss -ltn` what listens on 127.x.y.z.");
}

auto over_commit_note(const LaunchRequest& request, const LocalMachine& machine) -> std::optional<std::string> {
  double asked = granted_shape(request.shape, machine).cpus * request.node_count;
  for (const NodeRecord& node : request.taken) asked += node.cpus;
  if (asked <= machine.cpus) return std::nullopt;
  return fmt::format("asked {} CPUs, {} present", number(asked), number(machine.cpus));
}

}  // namespace sky::infra
