// Finding jobs of a cluster: from its head when that answers, else from what the server knows last.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/protocol/messages.h"
#include "logs/stream_reader.h"
#include "server/app.h"

namespace sky::server {

// In the order of the queue. `ids` empty: all. Errors: kClusterNotFound; kClusterNotUp for a STOPPED cluster; a head
// that does not answer is no error.
auto jobs_of(App& app, ClusterName cluster, std::vector<JobId> ids, Deadline deadline)
    -> async::Task<Result<std::vector<agent::JobView>>>;

struct FoundJob {
  std::string cluster_hash;
  std::optional<JobId> job;  // nullopt: no such job
  int num_nodes = 1;
};
// `asked` or the latest. Works for clusters in every state, from the server's own knowledge. kClusterNotFound.
auto find_job(App& app, ClusterName cluster, std::optional<JobId> asked, Deadline deadline)
    -> async::Task<Result<FoundJob>>;

// Waits for the end of a job, by its events; of a cluster that is gone, out of the copy of the job's output.
// kClusterNotFound when the cluster went away before the job ended.
auto wait_job(App& app, std::string cluster_hash, JobId job) -> async::Task<Result<JobStatus>>;
// The same for who has read the job's output to its `end`, which tells it without a wait.
auto followed_job(App& app, std::string cluster_hash, JobId job, std::optional<logs::StreamEnd> end)
    -> async::Task<Result<JobStatus>>;

}  // namespace sky::server
