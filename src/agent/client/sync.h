// Files of the server onto every node of a cluster, through Infra::run and `sky-agent receive`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "files/sync.h"
#include "infra/infra.h"

namespace sky::agent {

struct SyncRequest {
  files::Tree tree;
  std::string target;  // on the nodes: absolute, `~/…`, or relative to the home directory
};

struct SyncCounts {
  std::uint64_t file_count = 0;  // in the tree
  std::uint64_t sent_files = 0;  // to all nodes together
  std::uint64_t sent_bytes = 0;
  std::vector<std::string> notes;  // one clause for each thing that was left out
};

// `target` on every node gets what the tree holds; what else lies there stays. All nodes in parallel; files that a node
// has already (by size and time) are not sent. Idempotent. Errors of a node name it.
auto sync_files(infra::Infra& infra, infra::ClusterRef cluster, SyncRequest request, Deadline deadline)
    -> async::Task<Result<SyncCounts>>;

// Pure: where `target` lies on a node.
auto path_on_node(std::string_view target, const infra::NodeRecord& node) -> std::string;

}  // namespace sky::agent
