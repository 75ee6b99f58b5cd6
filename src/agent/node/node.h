// One node as the head of its cluster uses it: this machine (LocalNode) or one behind a connection (RemoteNode). Tests
// have FakeNode (agent/node/testing/fake_node.h).
#pragma once

#include <functional>
#include <memory>

#include "agent/protocol/rank.h"
#include "async/task.h"
#include "logs/follower.h"

namespace sky::agent {

class Node {
 public:
  using OnStarted = std::function<void(int pid)>;

  virtual ~Node() = default;

  // Starts the rank, or joins it, and waits for its end. `on_started` gets the script's pid once it is known. What the
  // node finds out is in the RankExit, also that a rank cannot be run; an error says nothing about the rank:
  // kUnavailable when the way to the node broke (ask again when it is back), kCancelled.
  virtual auto run_rank(RankSpec spec, OnStarted on_started) -> async::Task<Result<RankExit>> = 0;
  // Asks for the end of a rank; returns at once. A rank that has ended is success; what it left running is ended.
  // kUnavailable: nobody has asked for the rank since the node's agent started, or the way to it broke: ask again.
  virtual auto kill_rank(RankKey key) -> async::Task<Result<>> = 0;
  // What the rank wrote, from `offset` on, up to its end. The follower's errors: kUnavailable as above.
  virtual auto follow_output(OutputRequest request) -> Result<std::unique_ptr<logs::Follower>> = 0;
};

}  // namespace sky::agent
