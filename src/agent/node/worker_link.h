// The connections between a head and its workers, both sides. Workers dial, again and again; the greeting carries the
// cluster's key. The head pings; a worker that does not answer is silent until it is back.
//
// Loop thread only. stop() before destruction.
#pragma once

#include "agent/node/config.h"
#include "agent/node/head.h"
#include "agent/node/remote_node.h"
#include "net/socket.h"

namespace sky::agent {

// The head's side: accepts workers and hands their connections to the RemoteNodes.
class WorkerListener {
 public:
  // `workers[i]` is node i + 1. All outlive this.
  WorkerListener(async::IoLoop& loop, const NodeConfig& config, Head& head, std::vector<RemoteNode*> workers,
                 Secret key);
  auto start() -> Result<>;
  auto stop() -> async::Task<>;

 private:
  auto accept_loop() -> async::Task<Result<>>;
  auto serve(std::unique_ptr<net::Connection> connection) -> async::Task<>;
  auto keep(int node, std::shared_ptr<Mux> mux) -> async::Task<Error>;
  auto check(const Hello& hello) const -> Result<>;

  async::IoLoop& loop_;
  const NodeConfig& config_;
  Head& head_;
  std::vector<RemoteNode*> workers_;
  Secret key_;
  std::unique_ptr<net::Listener> listener_;
  async::TaskGroup tasks_;
};

// A worker's side: serves its node to the head, for ever.
auto serve_head(async::IoLoop* loop, const NodeConfig* config, Node* node, Hello hello) -> async::Task<Result<>>;

}  // namespace sky::agent
