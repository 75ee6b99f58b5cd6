#include "infra/local/node_processes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"

namespace sky::infra {
namespace {

auto option(const std::vector<std::string>& argv, std::string_view name) -> std::string_view {
  for (size_t i = 0; i + 1 < argv.size(); ++i) {
    if (argv[i] == name) return argv[i + 1];
  }
  return {};
}

auto is_below(std::string_view path, std::string_view dir) -> bool {
  return path.starts_with(dir) && path.substr(dir.size()).starts_with('/');
}

// The face is a word before the first option.
auto face_of(const std::vector<std::string>& argv) -> std::optional<NodeProcess::Face> {
  for (const std::string& word : argv) {
    if (word.starts_with("--")) return std::nullopt;
    if (word == "guard") return NodeProcess::Face::kGuard;
    if (word == "run") return NodeProcess::Face::kAgent;
    if (word == "supervise") return NodeProcess::Face::kSupervisor;
  }
  return std::nullopt;
}

}  // namespace

auto parse_node_command(const std::vector<std::string>& argv, const ServerId& server, const ClusterName& cluster,
                        std::string_view home_prefix) -> std::optional<NodeProcess> {
  const auto face = face_of(argv);
  const auto node = parse_int(option(argv, "--node"));
  if (!face || !node || option(argv, "--server-id") != server.str() || option(argv, "--cluster") != cluster.str()) {
    return std::nullopt;
  }
  const std::string_view home = option(argv, "--home");
  if (!home.empty() && !is_below(home, home_prefix)) return std::nullopt;
  return NodeProcess{.id = {}, .face = *face, .node = static_cast<int>(*node)};
}

auto find_agents(const ServerId& server, const ClusterName& cluster, const std::string& home_prefix)
    -> std::vector<NodeProcess> {
  std::vector<NodeProcess> found;
  for (const os::ProcessInfo& info : os::list_processes()) {
    if (info.dead()) continue;
    auto process = parse_node_command(os::read_command_line(info.id.pid), server, cluster, home_prefix);
    if (!process) continue;
    process->id = info.id;
    found.push_back(*process);
  }
  return found;
}

auto find_all(const ServerId& server, const ClusterName& cluster, const std::string& home_prefix)
    -> std::vector<NodeProcess> {
  const std::string of_job = fmt::format("{}={}/{}/", kJobVariable, server, cluster);
  const std::string of_node = fmt::format("{}={}/{}/", kNodeVariable, server, cluster);
  const os::ProcessId self = os::own_process_id();
  std::vector<NodeProcess> found = find_agents(server, cluster, home_prefix);
  for (const os::ProcessInfo& info : os::list_processes()) {
    if (info.dead() || info.id == self) continue;
    const bool ours = std::ranges::any_of(os::read_environment(info.id.pid), [&](const std::string& entry) {
      return entry.starts_with(of_job) || entry.starts_with(of_node);
    });
    if (ours) found.push_back({.id = info.id, .face = NodeProcess::Face::kJob, .node = -1});
  }
  return found;
}

}  // namespace sky::infra
