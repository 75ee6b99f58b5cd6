// Infra "ssh": machines that the user lists in ~/.sky/ssh_node_pools.yaml. A plain account is enough: no root, no
// Python, no packages.
//
// A node is a whole host: all of its CPUs, memory and GPUs, and the home directory of the account. A region is a pool;
// hosts are handed out in the order of the file, those that are down, too small or held by somebody else are skipped
// and named. Who holds a host stands on the host (agent/node/host.h), so that two servers see each other, and a
// repeated launch finds its first one. The file is read anew by every call: hosts may come and go while the server
// runs.
//
// There is no power switch. A host that does not answer is kUnknown, never gone, and a cluster on it cannot be
// terminated until it answers again — or until the user takes it out of the file, which says that it is gone for good.
// A host that was booted is kRunning with another boot id: its agent is started again and ends what it lost.
//
// Concurrency: as infra.h says. State in memory: connections, and facts about hosts for a minute.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "infra/infra.h"
#include "infra/ssh/node_pools.h"
#include "infra/ssh/ssh_hosts.h"

namespace sky::infra {

struct SshConfig {
  std::string home;      // $HOME of the server's user
  std::string work_dir;  // private; sockets of ssh
  std::string owner;     // what a second server hears: "ada@laptop"
  AgentPrograms agents;
};

class SshInfra final : public Infra, private StopStart, private Ports, private NodePools {
 public:
  SshInfra(async::IoLoop& loop, SshConfig config);

  auto name() const -> std::string_view override { return "ssh"; }
  auto display_name() const -> std::string_view override { return "SSH"; }
  auto check(Deadline deadline) -> async::Task<Result<CheckResult>> override;
  auto validate(const NodeShape& shape, int node_count) const -> Result<> override;
  auto rows(NodeShape shape, Deadline deadline) -> async::Task<Result<std::vector<OfferRow>>> override;
  auto remarks(const LaunchRequest& request) const -> std::vector<std::string> override;
  auto launch(LaunchRequest request, Deadline deadline) -> async::Task<Result<std::vector<NodeRecord>>> override;
  auto observe(ClusterRef cluster, Deadline deadline) -> async::Task<Result<std::vector<NodeObservation>>> override;
  auto terminate(ClusterRef cluster, Deadline deadline) -> async::Task<Result<>> override;
  auto list(ServerId server, Deadline deadline) -> async::Task<Result<std::vector<ClusterRef>>> override;
  auto run(ClusterRef cluster, int node_index, std::vector<std::string> argv, Deadline deadline)
      -> async::Task<Result<std::unique_ptr<RemoteProcess>>> override;
  auto stop_start() -> StopStart* override { return this; }
  auto ports() -> Ports* override { return this; }
  auto node_pools() -> NodePools* override { return this; }

 private:
  auto stop(ClusterRef cluster, Deadline deadline) -> async::Task<Result<>> override;
  auto start(ClusterRef cluster, Deadline deadline) -> async::Task<Result<std::vector<NodeRecord>>> override;
  auto endpoint(const ClusterRef& cluster, int port) const -> Result<std::string> override;
  auto set_up(std::string pool, Report report, Deadline deadline) -> async::Task<Result<>> override;
  auto clear(std::string pool, Report report, Deadline deadline) -> async::Task<Result<>> override;
  auto add_pools(std::string yaml) -> Result<> override;

  auto pools_path() const -> std::string;
  auto pools() const -> Result<std::vector<NodePool>>;
  // All pools for "".
  auto hosts_of(const std::string& pool) const -> Result<std::vector<net::SshTarget>>;
  // nullopt when the file does not list it any more.
  auto host_of(const ClusterRef& cluster, const NodeRecord& node) const -> Result<std::optional<net::SshTarget>>;
  auto pool_row(NodePool pool, NodeShape shape, Deadline deadline) -> async::Task<Result<OfferRow>>;
  auto observe_node(ClusterRef cluster, NodeRecord node, Deadline deadline) -> async::Task<Result<NodeObservation>>;
  auto start_node(ClusterRef cluster, NodeRecord node, Deadline deadline) -> async::Task<Result<NodeRecord>>;
  // `op` on every host of the cluster at once; the first error.
  auto ask_all(ClusterRef cluster, std::string op, Deadline deadline) -> async::Task<Result<>>;
  auto set_up_host(net::SshTarget host, Report report, Deadline deadline) -> async::Task<Result<bool>>;
  auto clear_host(net::SshTarget host, Report report, Deadline deadline) -> async::Task<Result<bool>>;

  SshConfig config_;
  SshHosts hosts_;
};

}  // namespace sky::infra
