// The small faces of sky-agent: everything but `run` (agent.h) and `supervise` (supervise.h). Each returns the exit
// code of the process; what went wrong is told on stderr in one line.
#pragma once

#include <map>
#include <string>

#include "agent/node/config.h"
#include "async/asio_loop.h"
#include "format/json.h"

namespace sky::agent {

using Options = std::map<std::string, std::string>;

// Starts the node, or finds it running; returns once its socket answers. A running agent of an older version is
// replaced, under its jobs.
auto start_node(async::AsioLoop& loop, const Options& options, const std::string& program) -> Result<>;
// Cancels the node's jobs and ends its guard and agent; whatever still runs then is killed. Idempotent.
auto stop_node(async::AsioLoop& loop, const NodeId& id) -> Result<>;
// Keeps `run` alive. Ends on SIGTERM, which it hands on, and when `run` ends by itself.
auto guard_node(async::AsioLoop& loop, const NodeId& id, const std::string& program) -> Result<>;
// Copies stdin to the agent's socket and the socket to stdout, until either side ends.
auto attach_node(const NodeId& id) -> Result<>;
// Makes `target` (relative to the home, or absolute) equal to what the peer at stdin and stdout sends.
auto receive_files_at(async::AsioLoop& loop, const std::string& home, const std::string& target, bool keep_extra)
    -> Result<>;
// Facts about this machine on one line of JSON: arch, kernel, cpus, memory_bytes, gpus, boot_id, host, version.
auto probe(async::AsioLoop& loop) -> Json;

}  // namespace sky::agent
