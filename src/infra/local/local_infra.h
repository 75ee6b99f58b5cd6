// Infra "local": clusters on the machine of the server. No cloud, no container, no root.
//
// A node is a home directory below the server's state directory, a loopback address, GPUs, and one running agent
// (sky-agent). CPUs and memory are shares: nothing enforces them. A node runs as long as its agent, its agent's guard
// or a supervisor of one of its jobs does; right after launch and start, before an agent was started, it counts as
// running too. A node whose processes died without stop() is kCrashed with the reason; a node of a cluster that ran
// when the machine went down is kStopped.
//
// stop() ends all processes of a cluster and keeps its files; its GPUs are free until start(). terminate() ends them
// and removes the files. Both find processes that called setsid and ignore SIGTERM.
//
// All state lies in files (node_store.h); a crash at any point leaves something that the next call completes.
// Concurrency: as infra.h says; file work and /proc scans run on the loop's pool.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "async/loop.h"
#include "async/sync.h"
#include "infra/infra.h"
#include "infra/local/allocate.h"
#include "infra/local/node_store.h"
#include "os/process.h"

namespace sky::infra {

struct LocalConfig {
  std::string state_dir;                                 // nodes lie in `<state_dir>/local`
  std::string agent_program;                             // absolute path of sky-agent
  std::string real_home;                                 // of the user; jobs see it as $SKYPILOT_LOCAL_HOST_HOME
  std::vector<std::string> link_from_home = {".cache"};  // local.link_from_home
  os::Environment environment;                           // what programs on nodes inherit, see node_environment()
  LocalMachine machine;
  // What processes are given between SIGTERM and SIGKILL.
  Duration stop_grace = std::chrono::seconds(5);
  Duration terminate_grace = std::chrono::seconds(2);
};

// CPUs, memory, GPUs and boot id of the machine that this runs on.
auto read_local_machine(async::IoLoop& loop) -> async::Task<LocalMachine>;
// The part of this process's environment that programs on nodes get: path, language, terminal, user, time zone and
// proxies. Nothing that belongs to a shell session or to another cluster's job.
auto node_environment() -> os::Environment;

class LocalInfra final : public Infra, private StopStart, private Ports {
 public:
  LocalInfra(async::IoLoop& loop, LocalConfig config);

  auto machine() const -> const LocalMachine& { return config_.machine; }
  // Finding GPUs takes seconds on some machines: a server may start without them and tell of them later.
  void set_gpus(std::vector<os::Gpu> gpus) { config_.machine.gpus = std::move(gpus); }

  auto name() const -> std::string_view override { return "local"; }
  auto display_name() const -> std::string_view override { return "Local"; }
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
  auto self_stop_command(const ClusterRef& cluster) const -> std::string override;
  auto stop_start() -> StopStart* override { return this; }
  auto ports() -> Ports* override { return this; }

 private:
  auto stop(ClusterRef cluster, Deadline deadline) -> async::Task<Result<>> override;
  auto start(ClusterRef cluster, Deadline deadline) -> async::Task<Result<std::vector<NodeRecord>>> override;
  auto endpoint(const ClusterRef& cluster, int port) const -> Result<std::string> override;

  auto launch_now(LaunchRequest request) -> async::Task<Result<std::vector<NodeRecord>>>;
  auto terminate_now(ClusterRef cluster) -> async::Task<Result<>>;
  auto stop_now(ClusterRef cluster) -> async::Task<Result<>>;
  auto start_now(ClusterRef cluster) -> async::Task<Result<std::vector<NodeRecord>>>;
  auto end_processes(ClusterRef cluster, Duration grace) -> async::Task<Result<>>;

  async::IoLoop& loop_;
  LocalConfig config_;
  NodeStore store_;
  async::Semaphore allocation_{1};  // held from reading what is taken until it is written down
};

}  // namespace sky::infra
