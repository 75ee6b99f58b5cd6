#include "agent/client/install.h"

#include "agent/client/command.h"
#include "base/strings.h"

namespace sky::agent {

using async::Task;

namespace {

// A reference in a coroutine's frame: the infra outlives the calls on it.
auto run_on_node(infra::Infra* infra, infra::ClusterRef cluster, int node, std::vector<std::string> argv,
                 std::string input, Deadline deadline) -> Task<Result<>> {
  SKY_CO_TRY(const std::string ignored,
             co_await run_command(*infra, std::move(cluster), node, std::move(argv), deadline, std::move(input)));
  co_return Result<>();
}

}  // namespace

auto face_command(std::string_view face, const infra::ClusterRef& cluster, const infra::NodeRecord& node)
    -> std::vector<std::string> {
  return {std::string(infra::kAgentProgram),
          std::string(face),
          "--home",
          node.home,
          "--server-id",
          cluster.server.str(),
          "--cluster",
          cluster.cluster.str(),
          "--node",
          fmt::format("{}", node.index)};
}

auto head_port(const infra::ClusterRef& cluster) -> int {
  constexpr int kHeadPortCount = 1000;
  return kHeadPortFirst + static_cast<int>(fnv1a(cluster.server.str() + cluster.cluster_hash) % kHeadPortCount);
}

auto start_command(const infra::ClusterRef& cluster, const infra::NodeRecord& node, const std::string& self_stop)
    -> std::vector<std::string> {
  std::vector<std::string> gpus;
  for (const int gpu : node.gpus) gpus.push_back(fmt::format("{}", gpu));
  const std::string head_address =
      cluster.nodes.empty() ? std::string() : fmt::format("{}:{}", cluster.nodes.front().address, head_port(cluster));
  std::vector<std::string> argv = face_command("start", cluster, node);
  const std::vector<std::string> more{"--nodes",        fmt::format("{}", cluster.nodes.size()),
                                      "--address",      node.address,
                                      "--head-address", head_address,
                                      "--key-file",     "-",
                                      "--cpus",         fmt::format("{:g}", node.cpus),
                                      "--gpus",         join(gpus, ",")};
  argv.insert(argv.end(), more.begin(), more.end());
  // Nobody dials the head of a single node.
  if (node.index == 0 && cluster.nodes.size() > 1) argv.insert(argv.end(), {"--listen", head_address});
  if (node.index == 0 && !self_stop.empty()) argv.insert(argv.end(), {"--self-stop", self_stop});
  return argv;
}

auto start_agents(infra::Infra& infra, infra::ClusterRef cluster, Secret key, Deadline deadline) -> Task<Result<>> {
  const auto start = [&infra, &cluster, &key, deadline](infra::NodeRecord node) {
    return run_on_node(&infra, cluster, node.index, start_command(cluster, node, infra.self_stop_command(cluster)),
                       key.reveal() + "\n", deadline);
  };
  co_return co_await for_all_nodes(cluster, start);
}

auto stop_agents(infra::Infra& infra, infra::ClusterRef cluster, Deadline deadline) -> Task<Result<>> {
  const auto stop = [&infra, &cluster, deadline](infra::NodeRecord node) {
    return run_on_node(&infra, cluster, node.index, face_command("stop", cluster, node), "", deadline);
  };
  co_return co_await for_all_nodes(cluster, stop);
}

}  // namespace sky::agent
