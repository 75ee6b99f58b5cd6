// The output of one job as the reply of a log request or as the second half of a launch, and what the job came to: from
// the server's own copy, so that any number of clients costs one subscription to the node, and so that both can be had
// when the cluster is gone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/client/log_store.h"
#include "logs/follower.h"

namespace sky::server {

struct JobStreamRequest {
  std::string cluster_hash;
  JobId job;
  bool follow = true;
  std::int64_t tail_lines = 0;  // 0: all
  // Where a client goes on that was cut off: absolute, because the last lines of a log that has grown are other ones.
  std::optional<std::uint64_t> start_offset = {};
  // There is no such cluster any more: a copy that has no end will never get one, and is all there is.
  bool cluster_gone = false;
};

// A cursor that starts where the request says: its offset() is absolute. Without `follow` the copy is first brought up
// to date, and the cursor ends there. Its end has an exit status when a followed job has ended and was seen to.
auto open_job_stream(agent::LogStore& logs, JobStreamRequest request, Deadline deadline)
    -> async::Task<Result<std::unique_ptr<logs::Follower>>>;

// How a job ended, out of the exit status of its complete copy: the words that share an exit code are told apart by
// `known`, the server's last knowledge of the job, where that agrees. Pure.
auto status_of_copy(int exit_status, std::optional<JobStatus> known) -> JobStatus;

}  // namespace sky::server
