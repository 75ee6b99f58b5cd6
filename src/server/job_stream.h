// The output of one job as the reply of a log request or as the second half of a launch: from the server's own copy, so
// that any number of clients costs one subscription to the node.
#pragma once

#include <memory>

#include "logs/follower.h"
#include "server/app.h"
#include "server/handlers/job_lookup.h"

namespace sky::server {

struct JobStreamRequest {
  std::string cluster_hash;
  JobId job;
  bool follow = true;
  std::int64_t tail_lines = 0;   // 0: all
  std::uint64_t skip_bytes = 0;  // already had: of what this request would send from its start
};

// A cursor that starts where the request says. Without `follow` the copy is first brought up to date and the cursor
// ends there.
auto open_job_stream(App& app, JobStreamRequest request) -> async::Task<Result<std::unique_ptr<logs::Follower>>>;

}  // namespace sky::server
