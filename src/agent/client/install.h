// Brings the agents of a cluster up and ends them, through Infra::run alone.
#pragma once

#include <string>
#include <vector>

#include "async/task.h"
#include "base/secret.h"
#include "infra/infra.h"

namespace sky::agent {

// Where the head listens for its workers, on its address of the cluster's network: one of a thousand ports, by the
// cluster's hash, because heads of several accounts may run on one host.
inline constexpr int kHeadPortFirst = 46590;
auto head_port(const infra::ClusterRef& cluster) -> int;

// Starts the agent on every node, several at once. `key` is what workers show to the head; it goes over stdin, because
// everybody on a host sees its command lines. Idempotent: where an agent runs nothing changes, a dead guard is
// restarted. Errors: those of run_command; the node is named.
auto start_agents(infra::Infra& infra, infra::ClusterRef cluster, Secret key, Deadline deadline)
    -> async::Task<Result<>>;

// Ends the cluster's jobs and agents, so that supervisors and logs come to a proper end. Idempotent. Nodes that cannot
// be reached are reported after all others were ended.
auto stop_agents(infra::Infra& infra, infra::ClusterRef cluster, Deadline deadline) -> async::Task<Result<>>;

// Pure: the command line that starts the agent of one node. `self_stop` may be empty and is for the head alone.
auto start_command(const infra::ClusterRef& cluster, const infra::NodeRecord& node, const std::string& self_stop)
    -> std::vector<std::string>;
// Pure: `sky-agent FACE --home … --server-id … --cluster … --node …`, what every face is told.
auto face_command(std::string_view face, const infra::ClusterRef& cluster, const infra::NodeRecord& node)
    -> std::vector<std::string>;

}  // namespace sky::agent
