// RemoteNode: a worker, over the connection that the worker dials. It lives as long as the cluster; connections come
// and go. While there is none every call gives kUnavailable.
#pragma once

#include <memory>

#include "agent/node/node.h"
#include "agent/protocol/mux.h"

namespace sky::agent {

class RemoteNode final : public Node {
 public:
  // The connection in use; null when it has broken. The mux must be running; whoever runs it also stops it.
  void attach(std::shared_ptr<Mux> mux) { mux_ = std::move(mux); }
  auto mux() const -> const std::shared_ptr<Mux>& { return mux_; }

  auto run_rank(RankSpec spec, OnStarted on_started) -> async::Task<Result<RankExit>> override;
  auto kill_rank(RankKey key) -> async::Task<Result<>> override;
  auto follow_output(OutputRequest request) -> Result<std::unique_ptr<logs::Follower>> override;

 private:
  auto open(const Json& request) -> Result<std::unique_ptr<Channel>>;

  std::shared_ptr<Mux> mux_;
};

// The worker's side: answers `rank`, `kill`, `output` and `ping` out of a node.
auto serve_node(Node* node, Channel* channel) -> async::Task<Result<Json>>;

}  // namespace sky::agent
