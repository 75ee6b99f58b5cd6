// What ended jobs leave on a node goes when it has been kept for kKept: on every node the files of ranks
// (rank_files.h), on the head also the jobs' logs. Logs of workers' ranks stay with their node: a worker does not know
// which of the files in ~/sky_logs are its cluster's.
//
// Nothing that lacks an exit record, and nothing that the head's store does not know, is ever removed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/node/config.h"
#include "agent/node/queue_store.h"
#include "agent/node/rank_files.h"
#include "async/loop.h"

namespace sky::agent {

// As long as the server keeps its own copies (the original's api_server.logs_retention_hours).
inline constexpr Duration kKept = std::chrono::hours(720);
inline constexpr Duration kAgingInterval = std::chrono::hours(1);

// Of ranks that ended before `limit`. `jobs_dir` is <state>/jobs. Blocking.
auto remove_old_ranks(const std::string& jobs_dir, WallTime limit) -> Result<>;
// ~/sky_logs/<job> of jobs that ended before `limit`. Blocking.
auto remove_old_logs(const std::string& home, const std::vector<std::shared_ptr<const Job>>& jobs, WallTime limit)
    -> Result<>;

// Every kAgingInterval, until cancelled. `store` is null on workers; references outlive the task.
auto age(async::Loop* loop, NodeId id, QueueStore* store) -> async::Task<Result<>>;

}  // namespace sky::agent
