// The agent of one node: opens what the node's number asks for (head or worker), serves its unix socket, ends on
// SIGTERM, on `shutdown`, or when its store is lost. Jobs go on without it.
#pragma once

#include <functional>
#include <memory>

#include "agent/node/config.h"
#include "async/asio_loop.h"
#include "journal/store.h"

namespace sky::agent {

using StoreFactory = std::function<std::unique_ptr<journal::Store>(const std::string& path)>;

// Exit codes of `run`; any other makes the guard start it again.
inline constexpr int kRunEnded = 0;
inline constexpr int kRunRestart = 3;

auto run_agent(async::AsioLoop& loop, NodeConfig config, std::string program, StoreFactory make_store) -> int;

}  // namespace sky::agent
