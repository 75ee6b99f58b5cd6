#include "infra/local/node_store.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "base/strings.h"
#include "infra/local/listeners.h"
#include "os/file.h"

namespace sky::infra {
namespace {

constexpr size_t kHashPartLength = 8;
constexpr std::string_view kMarkerName = "cluster.json";
constexpr std::string_view kSelfStoppedName = "self_stopped";

// Of all clusters but `own`: the machine's truth and the server's, of which either may know more after a crash.
struct Held {
  std::vector<int> gpus;
  std::set<std::string> addresses;
};

auto held_by_others(const std::vector<ClusterMarker>& markers, const std::vector<NodeRecord>& taken,
                    const std::string& own_hash) -> Held {
  Held held;
  for (const NodeRecord& node : taken) {
    held.gpus.insert(held.gpus.end(), node.gpus.begin(), node.gpus.end());
    held.addresses.insert(node.address);
  }
  for (const ClusterMarker& marker : markers) {
    if (marker.cluster_hash == own_hash) continue;
    for (const NodeRecord& node : marker.nodes) {
      if (!marker.stopped) held.gpus.insert(held.gpus.end(), node.gpus.begin(), node.gpus.end());
      held.addresses.insert(node.address);
    }
  }
  return held;
}

auto is_of(const ClusterMarker& marker, const ClusterRef& cluster) -> bool {
  return marker.cluster_hash == cluster.cluster_hash && marker.server == cluster.server;
}

auto check_link(const std::string& link) -> Result<> {
  const auto parts = split(link, '/');
  const bool inside = !link.empty() && std::ranges::none_of(parts, [](auto part) {
    return part.empty() || part == "." || part == "..";
  });
  if (inside) return {};
  return make_error(
      ErrorCode::kInvalidArgument,
      fmt::format("local.link_from_home: expected folders of the home directory such as '.cache', found '{}'", link));
}

}  // namespace

auto NodeStore::cluster_dir(const ClusterName& cluster, const std::string& cluster_hash) const -> std::string {
  return fmt::format("{}/{}-{}", root_, cluster, cluster_hash.substr(0, kHashPartLength));
}

auto NodeStore::node_home(const ClusterName& cluster, const std::string& cluster_hash, int node) const -> std::string {
  return fmt::format("{}/node-{}/home", cluster_dir(cluster, cluster_hash), node);
}

auto NodeStore::exists(const ClusterRef& cluster) const -> bool {
  return os::file_exists(cluster_dir(cluster.cluster, cluster.cluster_hash));
}

auto NodeStore::read_marker(const std::string& dir) const -> Result<std::optional<ClusterMarker>> {
  const std::string path = fmt::format("{}/{}", dir, kMarkerName);
  const auto text = os::read_file(path);
  if (!text.ok() && text.error().code == ErrorCode::kNotFound) return std::optional<ClusterMarker>();
  if (!text.ok()) return text.error();
  auto json = parse_json(*text);
  auto marker = json.ok() ? marker_from_json(*json) : Result<ClusterMarker>(json.error());
  if (marker.ok()) {
    marker->stopped = marker->stopped || os::file_exists(fmt::format("{}/{}", dir, kSelfStoppedName));
    return std::optional(std::move(*marker));
  }
  return make_error(ErrorCode::kDataCorrupt, fmt::format("'{}' is damaged: {}", path, marker.error().message));
}

auto NodeStore::find(const ClusterRef& cluster) const -> Result<std::optional<ClusterMarker>> {
  SKY_TRY(auto marker, read_marker(cluster_dir(cluster.cluster, cluster.cluster_hash)));
  if (marker && !is_of(*marker, cluster)) marker.reset();
  return marker;
}

auto NodeStore::write(const ClusterMarker& marker) const -> Result<> {
  const std::string path = fmt::format("{}/{}", cluster_dir(marker.cluster, marker.cluster_hash), kMarkerName);
  SKY_CHECK(os::write_file_atomic(path, to_json_text(to_json(marker))));
  return os::remove_file(self_stopped_path(marker.cluster, marker.cluster_hash));
}

auto NodeStore::self_stopped_path(const ClusterName& cluster, const std::string& cluster_hash) const -> std::string {
  return fmt::format("{}/{}", cluster_dir(cluster, cluster_hash), kSelfStoppedName);
}

auto NodeStore::list() const -> Result<std::vector<ClusterMarker>> {
  std::vector<ClusterMarker> markers;
  const auto entries = os::list_dir(root_);
  if (!entries.ok() && entries.error().code == ErrorCode::kNotFound) return markers;
  if (!entries.ok()) return entries.error();
  for (const os::DirEntry& entry : *entries) {
    auto marker = read_marker(fmt::format("{}/{}", root_, entry.name));
    if (!marker.ok()) {
      log_warning("local", "{}", marker.error().message);
    } else if (marker->has_value()) {
      markers.push_back(std::move(**marker));
    }
  }
  return markers;
}

auto NodeStore::plan(const LaunchRequest& request, const LocalMachine& machine) const -> Result<ClusterMarker> {
  const NodeShape granted = granted_shape(request.shape, machine);
  SKY_TRY(const auto markers, list());
  Held held = held_by_others(markers, request.taken, request.cluster_hash);
  SKY_TRY(const auto gpus, allocate_gpus(granted, request.node_count, machine, held.gpus));
  ClusterMarker marker{.server = request.server,
                       .cluster = request.cluster,
                       .cluster_hash = request.cluster_hash,
                       .attempt = request.attempt,
                       .placement = request.placement,
                       .nodes = {},
                       .accelerator = granted.accelerator,
                       .accelerator_count = granted.accelerator_count,
                       .stopped = false,
                       .start_count = 1,
                       .machine_boot = machine.boot_id};
  // Servers of other homes keep their addresses elsewhere; what they share with this one is the kernel.
  held.addresses.merge(listening_addresses());
  const auto in_use = [&](const std::string& address) { return held.addresses.contains(address); };
  for (int i = 0; i < request.node_count; ++i) {
    SKY_TRY(auto address, allocate_address(request.server, request.cluster_hash, i, in_use));
    held.addresses.insert(address);
    NodeRecord node{
        .index = i,
        .id = fmt::format("{}-{}/node-{}", request.cluster, request.cluster_hash.substr(0, kHashPartLength), i),
        .address = std::move(address),
        .external_address = {},
        .home = node_home(request.cluster, request.cluster_hash, i),
        .gpus = gpus[static_cast<size_t>(i)],
        .cpus = granted.cpus,
        .memory_gib = granted.memory_gib};
    marker.nodes.push_back(std::move(node));
  }
  return marker;
}

auto NodeStore::make_home(const std::string& home) const -> Result<> {
  SKY_CHECK(os::make_dirs(home));
  for (const std::string& link : links_) {
    SKY_CHECK(check_link(link));
    const std::string target = fmt::format("{}/{}", real_home_, link);
    const std::string path = fmt::format("{}/{}", home, link);
    if (!os::file_exists(target)) continue;
    // What the node itself put there stays.
    if (const auto there = os::stat_file(path, os::Follow::kNo); there.ok()) continue;
    SKY_CHECK(os::make_dirs(os::parent_dir(path)));
    SKY_CHECK(os::replace_symlink(target, path));
  }
  return {};
}

auto NodeStore::make_homes(const ClusterMarker& marker) const -> Result<> {
  for (const NodeRecord& node : marker.nodes) SKY_CHECK(make_home(node.home));
  return {};
}

auto NodeStore::create(const LaunchRequest& request, const LocalMachine& machine) const -> Result<ClusterMarker> {
  const ClusterRef ref{request.server, request.cluster, request.cluster_hash, request.placement, {}};
  const std::string dir = cluster_dir(request.cluster, request.cluster_hash);
  SKY_TRY(auto known, read_marker(dir));
  if (known) {
    if (!is_of(*known, ref) || known->attempt != request.attempt) {
      return make_error(ErrorCode::kConflict,
                        fmt::format("nodes of cluster '{}' from another launch are in '{}'", request.cluster, dir));
    }
    SKY_CHECK(make_homes(*known));
    return std::move(*known);
  }
  SKY_TRY(auto marker, plan(request, machine));
  Result<> made = os::make_dirs(dir);
  if (made.ok()) made = write(marker);
  if (made.ok()) made = make_homes(marker);
  if (made.ok()) return marker;
  if (const auto undone = remove(ref); !undone.ok()) log_warning("local", "{}", undone.error().message);
  return made.error();
}

auto NodeStore::with_gpus_again(ClusterMarker marker, const LocalMachine& machine) const -> Result<ClusterMarker> {
  SKY_TRY(const auto markers, list());
  const Held held = held_by_others(markers, {}, marker.cluster_hash);
  std::vector<std::vector<int>> former;
  for (const NodeRecord& node : marker.nodes) former.push_back(node.gpus);
  const int node_count = static_cast<int>(marker.nodes.size());
  const NodeShape shape{.accelerator = marker.accelerator, .accelerator_count = marker.accelerator_count};
  SKY_TRY(const auto gpus, allocate_gpus(shape, node_count, machine, held.gpus, former));
  for (size_t i = 0; i < gpus.size(); ++i) marker.nodes[i].gpus = gpus[i];
  return marker;
}

auto NodeStore::remove(const ClusterRef& cluster) const -> Result<> {
  const std::string dir = cluster_dir(cluster.cluster, cluster.cluster_hash);
  const auto marker = read_marker(dir);
  if (marker.ok() && marker->has_value()) {
    if (!is_of(**marker, cluster)) return {};
    // The marker goes last: until then a repeated call finds what is left.
    for (const NodeRecord& node : (*marker)->nodes) SKY_CHECK(os::remove_tree(os::parent_dir(node.home)));
  }
  return os::remove_tree(dir);
}

auto NodeStore::agent_was_started(const ClusterMarker& marker, const NodeRecord& node) const -> bool {
  const auto started =
      os::stat_file(fmt::format("{}/.sky/agent/{}/{}/claim", node.home, marker.server, marker.cluster));
  const auto came_up =
      os::stat_file(fmt::format("{}/{}", cluster_dir(marker.cluster, marker.cluster_hash), kMarkerName));
  return started.ok() && came_up.ok() && started->modified >= came_up->modified;
}

}  // namespace sky::infra
