// The port to an infrastructure: makes, watches and removes nodes, and runs programs on them. It knows nothing about
// jobs, files or agents; those are built once on run(), in agent/client.
//
// An infra keeps no database. Everything that it must remember between calls comes back to it: in the request (what is
// taken, which attempt) and in the NodeRecords that it returned. Every outside name derives from (server id, cluster,
// attempt), so that a repeated call finds the first one's result.
//
// Ownership and concurrency: one object per infra, owned by main, used on the loop's thread by many coroutines at once.
// Calls on one cluster are serialised by its controller; calls on different clusters are not.
//
// Errors carry a scope in details["scope"]: "zone", "region", "infra" (where to stop trying) or "abort" (trying
// elsewhere is pointless). kResourcesUnavailable means "not here", kNotSupported names infra and feature, kUnavailable
// means "ask again". A result that is unknown (a lost reply) is kUnavailable or kDeadlineExceeded, and calling again is
// safe.
//
// Test double: infra/testing/fake_infra.h. Contract tests that every adapter passes: infra/testing/contract.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/stream.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "infra/abilities.h"
#include "infra/node.h"

namespace sky::infra {

struct LaunchRequest {
  ServerId server;
  ClusterName cluster;
  std::string cluster_hash;
  int attempt = 1;  // of this incarnation; with cluster_hash the idempotency key
  int node_count = 1;
  NodeShape shape;
  Placement placement;
  std::vector<std::string> ports;  // "8080", "9000-9010"
  std::vector<NodeRecord> taken;   // nodes of this infra that other clusters of this server hold
  // What the user should hear about this launch while it runs, a sentence at a time. May be empty.
  std::function<void(std::string_view)> note;
};

enum class NodeState {
  kRunning,
  kStopped,  // on purpose, by anybody; the disk is kept
  kCrashed,  // nothing of it runs though nobody stopped it, and that is certain; the disk is kept
  kGone,     // confirmed: no node and no disk
  kUnknown,  // cannot be told now: silence, not death
};

struct NodeObservation {
  int index = 0;
  NodeState state = NodeState::kUnknown;
  std::string boot_id;  // "" unless running; a change means that everything on the node was lost but its disk
  std::string detail;   // for the user, may be empty
};

struct CheckResult {
  bool enabled = false;
  std::string reason;  // why not, one clause; empty when enabled
  std::string hint;
  std::vector<std::string> capabilities;  // "compute", "storage"
  std::string account = {};               // whom the credentials belong to; "" where there are none
};

// One offer that the optimizer turns into candidates. Prices in USD per hour and node.
struct OfferRow {
  Placement placement;
  NodeShape shape;
  double hourly_cost_usd = 0;
};

// A program running on a node: its stdin and stdout as one stream. Destroying it ends the program.
class RemoteProcess {
 public:
  virtual ~RemoteProcess() = default;
  virtual auto stream() -> async::ByteStream& = 0;
  // Exit code (128 + n after signal n). kUnavailable when the way to the node broke and the code is not known.
  virtual auto wait() -> async::Task<Result<int>> = 0;
  // The last 4 KiB of standard error, for messages.
  virtual auto error_tail() const -> std::string = 0;
};

class Infra {
 public:
  virtual ~Infra() = default;

  // The name on the command line and in the YAML ("local"), and as tables show it ("Local").
  virtual auto name() const -> std::string_view = 0;
  virtual auto display_name() const -> std::string_view = 0;

  // May this infra be used? Reads only, never prompts.
  virtual auto check(Deadline deadline) -> async::Task<Result<CheckResult>> = 0;
  // Can this infra ever satisfy the shape? Pure; the error says what was asked, what there is, and what to change.
  virtual auto validate(const NodeShape& shape, int node_count) const -> Result<> = 0;
  // Offers that satisfy `shape`, cheapest first.
  virtual auto rows(NodeShape shape, Deadline deadline) -> async::Task<Result<std::vector<OfferRow>>> = 0;

  // What the user should know before this launch, one line each. Pure.
  virtual auto remarks(const LaunchRequest&) const -> std::vector<std::string> { return {}; }
  // All nodes or none. Idempotent per (cluster_hash, attempt).
  virtual auto launch(LaunchRequest request, Deadline deadline) -> async::Task<Result<std::vector<NodeRecord>>> = 0;
  // One entry per node of `cluster`, in its order. Never changes anything.
  virtual auto observe(ClusterRef cluster, Deadline deadline) -> async::Task<Result<std::vector<NodeObservation>>> = 0;
  // Returns only when the nodes and their disks are confirmed to be gone. Idempotent; also for half-made launches.
  virtual auto terminate(ClusterRef cluster, Deadline deadline) -> async::Task<Result<>> = 0;
  // Names of everything on this infra that carries the server's tag, known to it or not: for adoption and clean-up.
  virtual auto list(ServerId server, Deadline deadline) -> async::Task<Result<std::vector<ClusterRef>>> = 0;

  // Starts `argv` on the node, as the user, with HOME = node.home. The only way onto a node. An argv[0] of
  // kAgentProgram stands for the agent's program, which the infra makes available first.
  virtual auto run(ClusterRef cluster, int node_index, std::vector<std::string> argv, Deadline deadline)
      -> async::Task<Result<std::unique_ptr<RemoteProcess>>> = 0;

  // Shell command that the head node runs, as the user, to stop all nodes of its cluster when autostop fires; it works
  // while the server is away. Empty: only the server can stop them. Pure.
  virtual auto self_stop_command(const ClusterRef&) const -> std::string { return {}; }

  virtual auto stop_start() -> StopStart* { return nullptr; }
  virtual auto ports() -> Ports* { return nullptr; }
  virtual auto node_pools() -> NodePools* { return nullptr; }
};

inline constexpr std::string_view kAgentProgram = "sky-agent";

}  // namespace sky::infra
