// AutostopLoop: notices when the cluster has been idle for long enough, and sees the stop through: `fired` is durable
// first, then the hook runs, then the watchers hear that the cluster may go, then the node stops itself where its infra
// gave it a command for that. A restart in the middle goes on where it was; the hook may then run again.
//
// Loop thread only. stop() before destruction.
#pragma once

#include "agent/node/config.h"
#include "agent/node/head.h"

namespace sky::agent {

class AutostopLoop {
 public:
  AutostopLoop(async::IoLoop& loop, Head& head, const NodeConfig& config)
      : loop_(loop), head_(head), config_(config), tasks_(loop) {}

  void start() { tasks_.spawn("autostop", run()); }
  auto stop() -> async::Task<> { return tasks_.stop(); }
  auto standing_events() const -> std::vector<Event>;

 private:
  auto run() -> async::Task<Result<>>;
  auto wait_until_due() -> async::Task<Result<>>;
  auto run_hook(AutostopSpec spec) -> async::Task<Result<>>;

  async::IoLoop& loop_;
  Head& head_;
  const NodeConfig& config_;
  bool ready_ = false;  // the hook is over
  async::TaskGroup tasks_;
};

// Whether somebody is logged in by ssh to this home: a process of such a session that is not an agent's.
auto ssh_session_exists(const std::string& home) -> bool;

}  // namespace sky::agent
