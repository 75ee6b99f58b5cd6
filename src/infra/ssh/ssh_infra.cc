#include "infra/ssh/ssh_infra.h"

#include <algorithm>

#include <fmt/format.h>

#include "agent/client/command.h"
#include "async/group.h"
#include "base/strings.h"
#include "infra/ssh/allocate.h"
#include "os/file.h"

namespace sky::infra {

using async::Task;

namespace {

constexpr size_t kLookAtOnce = 4;

class SshNodeProcess final : public RemoteProcess {
 public:
  explicit SshNodeProcess(std::unique_ptr<net::SshProcess> process) : process_(std::move(process)) {}
  auto stream() -> async::ByteStream& override { return process_->stream(); }
  auto wait() -> Task<Result<int>> override { return process_->wait(); }
  auto error_tail() const -> std::string override { return process_->error_tail(); }

 private:
  std::unique_ptr<net::SshProcess> process_;
};

auto request_of(std::string_view op, const ClusterRef& cluster) -> Json {
  return JsonObject{{"op", op}, {"server", cluster.server.str()}, {"hash", cluster.cluster_hash}};
}

auto ask_host(SshHosts* hosts, net::SshTarget host, Json request, Deadline deadline) -> Task<Result<Json>> {
  co_return co_await hosts->ask(std::move(host), std::move(request), deadline);
}

auto is_of(const JsonObject& claim, const ClusterRef& cluster) -> bool {
  return get_string(claim, "server").value_or(std::string()) == cluster.server.str() &&
         get_string(claim, "hash").value_or(std::string()) == cluster.cluster_hash;
}

auto login_of(SshHosts* hosts, net::SshTarget host, Deadline deadline) -> Task<Result<std::string>> {
  co_return co_await hosts->shell(std::move(host), "exec true", deadline);
}

auto facts_of(SshHosts* hosts, net::SshTarget host, Deadline deadline) -> Task<Result<HostFacts>> {
  co_return co_await hosts->facts(std::move(host), deadline);
}

}  // namespace

SshInfra::SshInfra(async::IoLoop& loop, SshConfig config)
    : config_(std::move(config)), hosts_(loop, {.home = config_.home, .work_dir = config_.work_dir}, config_.agents) {}

auto SshInfra::pools_path() const -> std::string {
  return config_.home + "/.sky/ssh_node_pools.yaml";
}

auto SshInfra::pools() const -> Result<std::vector<NodePool>> {
  const Result<std::string> text = os::read_file(pools_path());
  if (!text.ok() && text.error().code == ErrorCode::kNotFound) return std::vector<NodePool>();
  if (!text.ok()) return text.error();
  return parse_node_pools(*text, pools_path(), config_.home);
}

auto SshInfra::hosts_of(const std::string& pool) const -> Result<std::vector<net::SshTarget>> {
  SKY_TRY(const std::vector<NodePool> all, pools());
  std::vector<net::SshTarget> hosts;
  std::vector<std::string> names;
  for (const NodePool& one : all) {
    names.push_back(one.name);
    if (pool.empty() || one.name == pool) hosts.insert(hosts.end(), one.hosts.begin(), one.hosts.end());
  }
  if (!hosts.empty()) return hosts;
  if (all.empty()) {
    return make_error(ErrorCode::kNotFound, fmt::format("No pools defined in SSH Node Pools file {}", pools_path()),
                      "List machines there, see `sky ssh up --help`.");
  }
  return make_error(ErrorCode::kNotFound,
                    fmt::format("Cluster '{}' not found in SSH Node Pools file {}", pool, pools_path()),
                    fmt::format("It has: {}.", join(names, ", ")));
}

auto SshInfra::host_of(const ClusterRef& cluster, const NodeRecord& node) const
    -> Result<std::optional<net::SshTarget>> {
  SKY_TRY(const std::vector<NodePool> all, pools());
  for (const NodePool& pool : all) {
    if (pool.name != cluster.placement.region && !cluster.placement.region.empty()) continue;
    const auto host = std::ranges::find(pool.hosts, node.id, &net::SshTarget::host);
    if (host != pool.hosts.end()) return std::optional(*host);
  }
  return std::optional<net::SshTarget>();
}

auto SshInfra::check(Deadline deadline) -> Task<Result<CheckResult>> {
  CheckResult result;
  const auto hosts = hosts_of("");
  if (!hosts.ok()) {
    result.reason = hosts.error().message;
    result.hint = hosts.error().hint;
    co_return result;
  }
  std::vector<Task<Result<std::string>>> logins;
  for (const net::SshTarget& host : *hosts) logins.push_back(login_of(&hosts_, host, deadline));
  const auto outcomes = co_await async::all(std::move(logins));
  std::vector<std::string> failures;
  for (const auto& outcome : outcomes) {
    if (!outcome.ok()) failures.push_back(outcome.error().message);
    if (!outcome.ok() && result.hint.empty()) result.hint = outcome.error().hint;
  }
  result.enabled = failures.size() < outcomes.size();
  if (result.enabled) result.capabilities = {"compute"};
  result.reason = join(failures, "; ");
  if (result.enabled) result.hint = failures.empty() ? "" : "Not all hosts answer: " + result.reason;
  result.account = fmt::format("{} of {} hosts answer", outcomes.size() - failures.size(), outcomes.size());
  co_return result;
}

// Hosts are found out about while the server runs; only what no host can ever do is refused here.
auto SshInfra::validate(const NodeShape& shape, int) const -> Result<> {
  if (!shape.use_spot) return {};
  return make_error(ErrorCode::kNotSupported, "infra 'ssh' does not support `use_spot: true`",
                    "Remove `use_spot` from the task's resources.");
}

// One host that fits is enough for an offer; they are asked a few at a time, in the order of the file.
auto SshInfra::pool_row(NodePool pool, NodeShape shape, Deadline deadline) -> Task<Result<OfferRow>> {
  std::vector<std::string> why_not;
  for (size_t begin = 0; begin < pool.hosts.size(); begin += kLookAtOnce) {
    const size_t end = std::min(begin + kLookAtOnce, pool.hosts.size());
    std::vector<Task<Result<HostFacts>>> looks;
    for (size_t i = begin; i < end; ++i) looks.push_back(facts_of(&hosts_, pool.hosts[i], deadline));
    const auto seen = co_await async::all(std::move(looks));
    for (size_t i = 0; i < seen.size(); ++i) {
      if (seen[i].ok() && fits(shape, *seen[i])) {
        co_return OfferRow{.placement = {.infra = "ssh", .region = pool.name, .zone = {}, .instance_type = {}},
                           .shape = shape_of(*seen[i])};
      }
      why_not.push_back(seen[i].ok()
                            ? fmt::format("'{}' is too small: {}", pool.hosts[begin + i].host, to_string(*seen[i]))
                            : seen[i].error().message);
    }
  }
  co_return make_error(ErrorCode::kResourcesUnavailable,
                       fmt::format("pool '{}' has no host for it: {}", pool.name, join(why_not, "; ")),
                       "`sky check ssh` looks at all hosts.");
}

auto SshInfra::rows(NodeShape shape, Deadline deadline) -> Task<Result<std::vector<OfferRow>>> {
  SKY_CO_TRY(const std::vector<NodePool> all, pools());
  std::vector<Task<Result<OfferRow>>> looks;
  for (const NodePool& pool : all) looks.push_back(pool_row(pool, shape, deadline));
  auto seen = co_await async::all(std::move(looks));
  std::vector<OfferRow> rows;
  for (const auto& row : seen) {
    if (row.ok()) rows.push_back(*row);
  }
  // With nothing to offer, the reason is worth more than an empty list.
  if (rows.empty() && !seen.empty()) co_return std::move(seen.front()).error();
  co_return rows;
}

// Planning has looked at the first hosts already.
auto SshInfra::remarks(const LaunchRequest& request) const -> std::vector<std::string> {
  std::vector<std::string> lines;
  const auto hosts = hosts_of(request.placement.region);
  if (!hosts.ok()) return lines;
  for (const net::SshTarget& host : *hosts) {
    const std::string trouble = hosts_.trouble(host);
    if (!trouble.empty()) lines.push_back(fmt::format("Skipping host '{}': {}", host.host, trouble));
  }
  return lines;
}

auto SshInfra::launch(LaunchRequest request, Deadline deadline) -> Task<Result<std::vector<NodeRecord>>> {
  SKY_CO_CHECK(validate(request.shape, request.node_count));
  SKY_CO_TRY(std::vector<net::SshTarget> candidates, hosts_of(request.placement.region));
  std::erase_if(candidates, [&](const net::SshTarget& host) {
    return std::ranges::find(request.taken, host.host, &NodeRecord::id) != request.taken.end();
  });
  co_return co_await launch_hosts(&hosts_, std::move(request), std::move(candidates), config_.owner, deadline);
}

auto SshInfra::observe_node(ClusterRef cluster, NodeRecord node, Deadline deadline) -> Task<Result<NodeObservation>> {
  NodeObservation seen{.index = node.index, .state = NodeState::kUnknown, .boot_id = {}, .detail = {}};
  const auto host = host_of(cluster, node);
  if (!host.ok() || !host->has_value()) {
    // A file with a mistake in it says nothing about the host.
    seen.state = host.ok() ? NodeState::kGone : NodeState::kUnknown;
    seen.detail = host.ok() ? fmt::format("host '{}' was taken out of pool '{}'", node.id, cluster.placement.region)
                            : host.error().message;
    co_return seen;
  }
  const Result<Json> state = co_await hosts_.ask(**host, JsonObject{{"op", "state"}}, deadline);
  if (!state.ok()) {
    seen.detail = state.error().message;
    co_return seen;
  }
  SKY_CO_TRY(const JsonObject* object, as_object(*state));
  SKY_CO_TRY(const JsonObject* claim, find_object(*object, "claim"));
  if (claim == nullptr || !is_of(*claim, cluster)) {
    seen.state = NodeState::kGone;
    seen.detail = fmt::format("host '{}' holds nothing of it", node.id);
    co_return seen;
  }
  const bool stopped = get_bool(*claim, "stopped").value_or(false);
  seen.state = stopped ? NodeState::kStopped : NodeState::kRunning;
  if (!stopped) {
    SKY_CO_TRY(seen.boot_id, get_string(*object, "boot_id"));
  }
  co_return seen;
}

auto SshInfra::observe(ClusterRef cluster, Deadline deadline) -> Task<Result<std::vector<NodeObservation>>> {
  std::vector<Task<Result<NodeObservation>>> looks;
  for (const NodeRecord& node : cluster.nodes) looks.push_back(observe_node(cluster, node, deadline));
  auto seen = co_await async::all(std::move(looks));
  std::vector<NodeObservation> nodes;
  for (auto& one : seen) {
    if (!one.ok()) co_return std::move(one).error();
    nodes.push_back(*std::move(one));
  }
  co_return nodes;
}

auto SshInfra::ask_all(ClusterRef cluster, std::string op, Deadline deadline) -> Task<Result<>> {
  std::vector<Task<Result<Json>>> asked;
  for (const NodeRecord& node : cluster.nodes) {
    SKY_CO_TRY(const auto host, host_of(cluster, node));
    if (host) asked.push_back(ask_host(&hosts_, *host, request_of(op, cluster), deadline));
  }
  const auto answers = co_await async::all(std::move(asked));
  for (const auto& answer : answers) {
    if (!answer.ok()) co_return answer.error();
  }
  co_return Result<>();
}

auto SshInfra::terminate(ClusterRef cluster, Deadline deadline) -> Task<Result<>> {
  if (!cluster.nodes.empty()) {
    Result<> ended = co_await ask_all(cluster, "release", deadline);
    if (ended.ok()) co_return ended;
    co_return std::move(ended).error().with_hint(
        "Its host must answer. If it is gone for good, take it out of ~/.sky/ssh_node_pools.yaml.");
  }
  // A launch that has not answered: whichever host says that it holds the cluster lets go of it. A host that is down
  // was not taken.
  SKY_CO_TRY(const std::vector<NodePool> all, pools());
  std::vector<Task<Result<Json>>> asked;
  for (const NodePool& pool : all) {
    if (pool.name != cluster.placement.region && !cluster.placement.region.empty()) continue;
    for (const auto& host : pool.hosts)
      asked.push_back(ask_host(&hosts_, host, request_of("release", cluster), deadline));
  }
  static_cast<void>(co_await async::all(std::move(asked)));
  co_return Result<>();
}

auto SshInfra::stop(ClusterRef cluster, Deadline deadline) -> Task<Result<>> {
  co_return co_await ask_all(std::move(cluster), "stop", deadline);
}

auto SshInfra::start_node(ClusterRef cluster, NodeRecord node, Deadline deadline) -> Task<Result<NodeRecord>> {
  SKY_CO_TRY(const auto host, host_of(cluster, node));
  if (!host) {
    co_return make_error(ErrorCode::kNotFound,
                         fmt::format("host '{}' was taken out of pool '{}'", node.id, cluster.placement.region),
                         "Put it back into ~/.sky/ssh_node_pools.yaml.");
  }
  SKY_CO_TRY(const Json resumed, co_await hosts_.ask(*host, request_of("resume", cluster), deadline));
  SKY_CO_TRY(const HostFacts facts, co_await hosts_.facts(*host, deadline));
  co_return record_of(node.index, *host, facts);
}

auto SshInfra::start(ClusterRef cluster, Deadline deadline) -> Task<Result<std::vector<NodeRecord>>> {
  std::vector<Task<Result<NodeRecord>>> starts;
  for (const NodeRecord& node : cluster.nodes) starts.push_back(start_node(cluster, node, deadline));
  auto started = co_await async::all(std::move(starts));
  std::vector<NodeRecord> nodes;
  for (auto& node : started) {
    if (!node.ok()) co_return std::move(node).error();
    nodes.push_back(*std::move(node));
  }
  co_return nodes;
}

auto SshInfra::run(ClusterRef cluster, int node_index, std::vector<std::string> argv, Deadline deadline)
    -> Task<Result<std::unique_ptr<RemoteProcess>>> {
  const auto node = std::ranges::find(cluster.nodes, node_index, &NodeRecord::index);
  if (node == cluster.nodes.end() || argv.empty()) {
    co_return make_error(ErrorCode::kNotFound, fmt::format("cluster '{}' has no node {}", cluster.cluster, node_index));
  }
  SKY_CO_TRY(const auto host, host_of(cluster, *node));
  if (!host) {
    co_return make_error(ErrorCode::kNotFound,
                         fmt::format("host '{}' was taken out of pool '{}'", node->id, cluster.placement.region));
  }
  SshHosts::Program program{
      .guard = fmt::format(".sky/agent/{}/{}/up-{}", cluster.server, cluster.cluster, cluster.cluster_hash),
      .agent = argv.front() == kAgentProgram,
      .argv = std::move(argv)};
  SKY_CO_TRY(auto process, co_await hosts_.run(*host, std::move(program), deadline));
  co_return std::unique_ptr<RemoteProcess>(std::make_unique<SshNodeProcess>(std::move(process)));
}

auto SshInfra::endpoint(const ClusterRef& cluster, int port) const -> Result<std::string> {
  if (cluster.nodes.empty()) {
    return make_error(ErrorCode::kNotFound, fmt::format("cluster '{}' has no nodes", cluster.cluster));
  }
  return fmt::format("{}:{}", cluster.nodes.front().external_address, port);
}

}  // namespace sky::infra
