#include "infra/local/local_infra.h"

#include "base/strings.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "async/run_on.h"
#include "infra/local/node_processes.h"
#include "os/error_file.h"
#include "os/machine.h"

namespace sky::infra {

using async::Task;

namespace {

// Processes that were being started during a search come to light in the next one.
constexpr int kEndRoundsMax = 10;
constexpr double kBytesPerGib = 1024.0 * 1024.0 * 1024.0;

constexpr std::array kInheritedNames{"PATH",        "LANG",      "LC_ALL",         "LC_CTYPE",   "TERM",
                                     "USER",        "LOGNAME",   "SHELL",          "TZ",         "http_proxy",
                                     "https_proxy", "no_proxy",  "all_proxy",      "HTTP_PROXY", "HTTPS_PROXY",
                                     "NO_PROXY",    "ALL_PROXY", "LD_LIBRARY_PATH"};

class LocalProcess final : public RemoteProcess {
 public:
  LocalProcess(std::unique_ptr<os::Child> child, os::ErrorFile errors)
      : child_(std::move(child)), errors_(std::move(errors)) {}

  auto stream() -> async::ByteStream& override { return child_->stream(); }

  auto wait() -> Task<Result<int>> override {
    SKY_CO_TRY(const os::ExitStatus status, co_await child_->wait());
    co_return status.shell_code();
  }

  auto error_tail() const -> std::string override { return errors_.tail(); }

 private:
  std::unique_ptr<os::Child> child_;
  os::ErrorFile errors_;
};

// What observe() says about one node, from what was found.
auto observe_node(const NodeStore& store, const std::optional<ClusterMarker>& marker,
                  const std::vector<NodeProcess>& processes, int index, const std::string& machine_boot)
    -> NodeObservation {
  NodeObservation seen{.index = index, .state = NodeState::kGone, .boot_id = {}, .detail = {}};
  if (!marker) return seen;
  const auto node = std::ranges::find(marker->nodes, index, &NodeRecord::index);
  if (node == marker->nodes.end()) return seen;
  const auto has = [&](NodeProcess::Face face) {
    return std::ranges::any_of(processes, [&](const auto& p) { return p.node == index && p.face == face; });
  };
  const bool agent = has(NodeProcess::Face::kGuard) || has(NodeProcess::Face::kAgent);
  if (agent || has(NodeProcess::Face::kSupervisor)) {
    seen.state = NodeState::kRunning;
    seen.boot_id = boot_id_of(*marker);
    if (!agent) seen.detail = "the agent was killed, its jobs go on";
  } else if (marker->stopped) {
    seen.state = NodeState::kStopped;
  } else if (marker->machine_boot != machine_boot) {
    seen.state = NodeState::kStopped;
    seen.detail = "the machine was restarted";
  } else if (store.agent_was_started(*marker, *node)) {
    seen.state = NodeState::kCrashed;
    seen.detail = "the agent was killed";
  } else {
    seen.state = NodeState::kRunning;
    seen.boot_id = boot_id_of(*marker);
  }
  return seen;
}

auto observe_cluster(const NodeStore& store, const ClusterRef& cluster, const std::string& machine_boot)
    -> Result<std::vector<NodeObservation>> {
  SKY_TRY(const auto marker, store.find(cluster));
  std::vector<NodeProcess> processes;
  if (marker) {
    processes = find_agents(cluster.server, cluster.cluster, store.cluster_dir(cluster.cluster, cluster.cluster_hash));
  }
  std::vector<NodeObservation> seen;
  for (const NodeRecord& node : cluster.nodes) {
    seen.push_back(observe_node(store, marker, processes, node.index, machine_boot));
  }
  return seen;
}

auto no_such_cluster(const ClusterRef& cluster) -> Error {
  return make_error(ErrorCode::kNotFound, fmt::format("cluster '{}' has no nodes on this machine", cluster.cluster));
}

}  // namespace

auto read_local_machine(async::IoLoop& loop) -> Task<LocalMachine> {
  LocalMachine machine;
  machine.cpus = os::cpu_count();
  machine.memory_gib = static_cast<double>(os::memory_total_bytes()) / kBytesPerGib;
  machine.boot_id = os::boot_id();
  machine.gpus = co_await os::find_gpus(loop);
  co_return machine;
}

auto node_environment() -> os::Environment {
  os::Environment environment;
  for (const char* name : kInheritedNames) {
    if (const char* value = std::getenv(name); value != nullptr) environment[name] = value;
  }
  return environment;
}

LocalInfra::LocalInfra(async::IoLoop& loop, LocalConfig config)
    : loop_(loop),
      config_(std::move(config)),
      store_(config_.state_dir + "/local", config_.real_home, config_.link_from_home) {}

auto LocalInfra::check(Deadline) -> Task<Result<CheckResult>> {
  CheckResult result;
  result.enabled = os::file_exists(config_.agent_program);
  if (result.enabled) {
    result.capabilities = {"compute"};
    result.account = os::user_name();
  } else {
    result.reason = fmt::format("the program '{}' is missing", config_.agent_program);
    result.hint = "Install sky again.";
  }
  co_return result;
}

auto LocalInfra::validate(const NodeShape& shape, int node_count) const -> Result<> {
  return check_fits(shape, node_count, config_.machine);
}

auto LocalInfra::rows(NodeShape shape, Deadline) -> Task<Result<std::vector<OfferRow>>> {
  std::vector<OfferRow> rows;
  if (validate(shape, 1).ok()) {
    OfferRow row{.placement = {.infra = "local", .region = {}, .zone = {}, .instance_type = {}},
                 .shape = granted_shape(shape, config_.machine)};
    row.placement.instance_type = instance_type_of(row.shape);
    rows.push_back(std::move(row));
  }
  co_return rows;
}

auto LocalInfra::remarks(const LaunchRequest& request) const -> std::vector<std::string> {
  auto note = over_commit_note(request, config_.machine);
  if (!note) return {};
  return {std::move(*note)};
}

auto LocalInfra::launch_now(LaunchRequest request) -> Task<Result<std::vector<NodeRecord>>> {
  SKY_CO_TRY(const auto permit, co_await allocation_.acquire());
  // Not torn in half by a deadline: what is begun is finished or undone.
  auto making =
      async::run_on([store = store_, request, machine = config_.machine] { return store.create(request, machine); });
  SKY_CO_TRY(const ClusterMarker marker, co_await std::move(making));
  co_return marker.nodes;
}

auto LocalInfra::launch(LaunchRequest request, Deadline deadline) -> Task<Result<std::vector<NodeRecord>>> {
  if (auto fits = validate(request.shape, request.node_count); !fits.ok()) co_return std::move(fits).error();
  co_return co_await async::with_deadline(deadline, "the launch on this machine", launch_now(std::move(request)));
}

auto LocalInfra::observe(ClusterRef cluster, Deadline) -> Task<Result<std::vector<NodeObservation>>> {
  co_return co_await async::run_on(
      [store = store_, cluster, boot = config_.machine.boot_id] { return observe_cluster(store, cluster, boot); });
}

auto LocalInfra::end_processes(ClusterRef cluster, Duration grace) -> Task<Result<>> {
  const std::string dir = store_.cluster_dir(cluster.cluster, cluster.cluster_hash);
  for (int round = 0; round < kEndRoundsMax; ++round) {
    const std::vector<NodeProcess> found =
        co_await async::run_on([cluster, dir] { return find_all(cluster.server, cluster.cluster, dir); });
    if (found.empty()) co_return Result<>();
    std::vector<os::ProcessId> roots;
    for (const NodeProcess& process : found) roots.push_back(process.id);
    SKY_CO_CHECK(co_await os::kill_trees(std::move(roots), grace));
  }
  co_return make_error(ErrorCode::kUnavailable,
                       fmt::format("processes of cluster '{}' keep coming back", cluster.cluster));
}

auto LocalInfra::terminate_now(ClusterRef cluster) -> Task<Result<>> {
  SKY_CO_CHECK(co_await end_processes(cluster, config_.terminate_grace));
  co_return co_await async::run_on([store = store_, cluster] { return store.remove(cluster); });
}

auto LocalInfra::terminate(ClusterRef cluster, Deadline deadline) -> Task<Result<>> {
  co_return co_await async::with_deadline(deadline, fmt::format("the end of cluster '{}'", cluster.cluster),
                                          terminate_now(cluster));
}

auto LocalInfra::list(ServerId server, Deadline) -> Task<Result<std::vector<ClusterRef>>> {
  SKY_CO_TRY(const auto markers, co_await async::run_on([store = store_] { return store.list(); }));
  std::vector<ClusterRef> clusters;
  for (const ClusterMarker& marker : markers) {
    if (marker.server == server) clusters.push_back(ref_of(marker));
  }
  co_return clusters;
}

auto LocalInfra::run(ClusterRef cluster, int node_index, std::vector<std::string> argv, Deadline)
    -> Task<Result<std::unique_ptr<RemoteProcess>>> {
  SKY_CO_TRY(const auto marker, store_.find(cluster));
  if (!marker) co_return no_such_cluster(cluster);
  const auto node = std::ranges::find(marker->nodes, node_index, &NodeRecord::index);
  if (node == marker->nodes.end()) {
    co_return make_error(ErrorCode::kNotFound, fmt::format("cluster '{}' has no node {}", cluster.cluster, node_index));
  }
  if (marker->stopped) {
    co_return make_error(ErrorCode::kUnavailable, fmt::format("cluster '{}' is stopped", cluster.cluster));
  }
  if (!argv.empty() && argv.front() == kAgentProgram) argv.front() = config_.agent_program;
  SKY_CO_TRY(auto errors, os::ErrorFile::open(config_.state_dir + "/local"));
  os::Environment environment = config_.environment;
  environment["HOME"] = node->home;
  environment["SKYPILOT_LOCAL_HOST_HOME"] = config_.real_home;
  SKY_CO_TRY(auto child, os::spawn(loop_, {.argv = std::move(argv),
                                           .env = std::move(environment),
                                           .cwd = node->home,
                                           .in = os::Stdio::pipe(),
                                           .out = os::Stdio::pipe(),
                                           .err = os::Stdio::to(errors.fd())}));
  std::unique_ptr<RemoteProcess> process = std::make_unique<LocalProcess>(std::move(child), std::move(errors));
  co_return process;
}

auto LocalInfra::stop_now(ClusterRef cluster) -> Task<Result<>> {
  SKY_CO_TRY(auto marker, store_.find(cluster));
  if (!marker) co_return no_such_cluster(cluster);
  SKY_CO_CHECK(co_await end_processes(cluster, config_.stop_grace));
  if (marker->stopped) co_return Result<>();
  // Written when it is true: a crash before leaves a cluster that stop() is asked to stop again.
  marker->stopped = true;
  co_return co_await async::run_on([store = store_, stopped = *marker] { return store.write(stopped); });
}

auto LocalInfra::stop(ClusterRef cluster, Deadline deadline) -> Task<Result<>> {
  co_return co_await async::with_deadline(deadline, fmt::format("the stop of cluster '{}'", cluster.cluster),
                                          stop_now(cluster));
}

auto LocalInfra::start_now(ClusterRef cluster) -> Task<Result<std::vector<NodeRecord>>> {
  SKY_CO_TRY(const auto permit, co_await allocation_.acquire());
  SKY_CO_TRY(auto marker, store_.find(cluster));
  if (!marker) co_return no_such_cluster(cluster);
  SKY_CO_TRY(const auto seen, co_await observe(ref_of(*marker), Deadline::never()));
  const bool all_run = std::ranges::all_of(seen, [](const auto& one) { return one.state == NodeState::kRunning; });
  if (all_run && !marker->stopped) co_return marker->nodes;
  SKY_CO_CHECK(co_await end_processes(cluster, config_.stop_grace));
  auto starting =
      async::run_on([store = store_, former = *marker, machine = config_.machine]() -> Result<ClusterMarker> {
        SKY_TRY(auto started, former.stopped ? store.with_gpus_again(former, machine) : Result<ClusterMarker>(former));
        started.stopped = false;
        ++started.start_count;
        started.machine_boot = machine.boot_id;
        SKY_CHECK(store.write(started));
        return started;
      });
  SKY_CO_TRY(const ClusterMarker started, co_await std::move(starting));
  co_return started.nodes;
}

auto LocalInfra::start(ClusterRef cluster, Deadline deadline) -> Task<Result<std::vector<NodeRecord>>> {
  co_return co_await async::with_deadline(deadline, fmt::format("the start of cluster '{}'", cluster.cluster),
                                          start_now(cluster));
}

// The mark comes first: nodes whose processes end half way through are stopped, not crashed. In a session of its own,
// because it ends the agent that runs it.
auto LocalInfra::self_stop_command(const ClusterRef& cluster) const -> std::string {
  std::string script =
      fmt::format("touch {}", shell_quote(store_.self_stopped_path(cluster.cluster, cluster.cluster_hash)));
  for (const NodeRecord& node : cluster.nodes) {
    script +=
        fmt::format("; {} stop --home {} --server-id {} --cluster {} --node {}", shell_quote(config_.agent_program),
                    shell_quote(node.home), cluster.server, cluster.cluster, node.index);
  }
  return fmt::format("setsid -f sh -c {}", shell_quote(script));
}

// A server that a job runs binds 0.0.0.0 or 127.0.0.1 more often than the node's own address.
auto LocalInfra::endpoint(const ClusterRef& cluster, int port) const -> Result<std::string> {
  if (cluster.nodes.empty()) return no_such_cluster(cluster);
  return fmt::format("127.0.0.1:{}", port);
}

}  // namespace sky::infra
