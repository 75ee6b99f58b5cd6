// The processes of local nodes, found by what their command lines and environments say. Linux: /proc.
//
//   sky-agent <guard|run|supervise> … --server-id S --cluster C --node K …      agents and supervisors
//   SKY_JOB=S/C/… or SKY_NODE=S/C/K in the environment                          what agents and jobs started
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "os/proc.h"

namespace sky::infra {

// The variables that the agent gives to all processes of a job, and of a node.
inline constexpr std::string_view kJobVariable = "SKY_JOB";
inline constexpr std::string_view kNodeVariable = "SKY_NODE";

struct NodeProcess {
  enum class Face { kGuard, kAgent, kSupervisor, kJob };
  os::ProcessId id;
  Face face = Face::kAgent;
  int node = 0;  // of kJob unknown
};

// Pure: what a command line says about itself. nullopt when it is not one of a node of this cluster. `home_prefix` is
// the cluster's directory: a --home outside it belongs to another incarnation.
auto parse_node_command(const std::vector<std::string>& argv, const ServerId& server, const ClusterName& cluster,
                        std::string_view home_prefix) -> std::optional<NodeProcess>;

// Living agents and supervisors of the cluster. Reads every process's command line: call it on the pool.
auto find_agents(const ServerId& server, const ClusterName& cluster, const std::string& home_prefix)
    -> std::vector<NodeProcess>;
// Those, and every process with one of the variables of this cluster; without this process.
auto find_all(const ServerId& server, const ClusterName& cluster, const std::string& home_prefix)
    -> std::vector<NodeProcess>;

}  // namespace sky::infra
