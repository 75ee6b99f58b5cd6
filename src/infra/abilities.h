// Abilities that not every infra has. An infra hands out a pointer or null; who needs one that is missing says which
// infra lacks what (kNotSupported). Same rules as infra/infra.h.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "base/result.h"
#include "base/time.h"
#include "infra/node.h"

namespace sky::infra {

class StopStart {
 public:
  virtual ~StopStart() = default;
  // Nodes stop, disks stay. Idempotent.
  virtual auto stop(ClusterRef cluster, Deadline deadline) -> async::Task<Result<>> = 0;
  // All nodes run again; addresses may differ from before. Idempotent.
  virtual auto start(ClusterRef cluster, Deadline deadline) -> async::Task<Result<std::vector<NodeRecord>>> = 0;
};

class Ports {
 public:
  virtual ~Ports() = default;
  // The address, host:port, at which `port` of the head answers from outside. Pure.
  virtual auto endpoint(const ClusterRef& cluster, int port) const -> Result<std::string> = 0;
};

// Machines that the user lists and the infra hands out whole.
class NodePools {
 public:
  virtual ~NodePools() = default;
  using Report = std::function<void(std::string_view line)>;
  // Checks every host of `pool` ("" = all pools), all at once, and makes it ready, or removes what was put there. A
  // line per host, in the order in which they end. kNotFound for an unknown pool; kUnavailable, with the number, when a
  // host failed; kConflict when a host to be cleared is in use.
  virtual auto set_up(std::string pool, Report report, Deadline deadline) -> async::Task<Result<>> = 0;
  virtual auto clear(std::string pool, Report report, Deadline deadline) -> async::Task<Result<>> = 0;
  // Adds the pools of a pools file to the server's own. Idempotent; what the server's file says already stays as it is.
  // kConflict for a pool that it has with other content; kInvalidArgument with the place of a mistake.
  virtual auto add_pools(std::string yaml) -> Result<> = 0;
};

}  // namespace sky::infra
