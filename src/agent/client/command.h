// One program on one node, run to its end. What install and sync are made of.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "infra/infra.h"

namespace sky::agent {

inline constexpr size_t kCommandOutputMaxBytes = size_t{1} << 20U;
// Nodes of one cluster that are worked on at once.
inline constexpr size_t kNodesAtOnceMax = 32;

// The output of a program that exited with 0. kCommandFailed for another exit code: the message names program, node
// and code and ends with its reason. Errors of Infra::run pass through. `input` is short: it is written first.
auto run_command(infra::Infra& infra, infra::ClusterRef cluster, int node, std::vector<std::string> argv,
                 Deadline deadline, std::string input = {}) -> async::Task<Result<std::string>>;

// The error of a program that ended with `exit_code`, as above.
auto command_error(const infra::ClusterRef& cluster, int node, const std::vector<std::string>& argv, int exit_code,
                   const std::string& error_tail) -> Error;

// What a program said on standard error before it failed: sky-agent's `Error: message` line and the hint below it, else
// the last line. Pure.
struct Reason {
  std::string message;
  std::string hint;
};
auto reason_in(std::string_view error_tail) -> Reason;

// Calls `work` for every node of the cluster, at most kNodesAtOnceMax at a time, and waits for all; the first error in
// the order of the nodes. `work` is called with the node's record.
auto for_all_nodes(infra::ClusterRef cluster, std::function<async::Task<Result<>>(infra::NodeRecord)> work)
    -> async::Task<Result<>>;

}  // namespace sky::agent
