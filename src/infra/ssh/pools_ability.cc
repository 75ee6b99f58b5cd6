// SshInfra's listing of what carries a server's tag, and the commands `sky ssh up` and `down`.
#include <algorithm>

#include <fmt/format.h>

#include "async/group.h"
#include "infra/ssh/allocate.h"
#include "infra/ssh/ssh_infra.h"
#include "os/file.h"

namespace sky::infra {

using async::Task;

namespace {

struct Found {
  std::string cluster;
  std::string hash;
  std::string pool;
  NodeRecord node;
};

auto look_for(SshHosts* hosts, net::SshTarget host, ServerId server, Deadline deadline)
    -> Task<Result<std::optional<Found>>> {
  SKY_CO_TRY(const Json state, co_await hosts->ask(host, JsonObject{{"op", "state"}}, deadline));
  SKY_CO_TRY(const JsonObject* object, as_object(state));
  SKY_CO_TRY(const JsonObject* claim, find_object(*object, "claim"));
  if (claim == nullptr) co_return std::optional<Found>();
  SKY_CO_TRY(const std::string owner, get_string(*claim, "server"));
  if (owner != server.str()) co_return std::optional<Found>();
  Found found;
  SKY_CO_TRY(found.cluster, get_string(*claim, "cluster"));
  SKY_CO_TRY(found.hash, get_string(*claim, "hash"));
  SKY_CO_TRY(found.pool, get_string(*claim, "pool"));
  SKY_CO_TRY(const std::int64_t index, get_int(*claim, "node"));
  SKY_CO_TRY(const HostFacts facts, co_await hosts->facts(host, deadline));
  found.node = record_of(static_cast<int>(index), host, facts);
  co_return std::optional(std::move(found));
}

auto line(bool good, const net::SshTarget& host, std::string_view text) -> std::string {
  return fmt::format("{} {}: {}", good ? "✓" : "✗", to_string(host), text);
}

auto count_failed(const std::vector<Result<bool>>& outcomes, std::string_view what) -> Result<> {
  const auto failed = std::ranges::count_if(outcomes, [](const auto& one) { return !one.ok() || !*one; });
  if (failed == 0) return {};
  return make_error(ErrorCode::kUnavailable, fmt::format("{} of {} hosts {}", failed, outcomes.size(), what));
}

}  // namespace

auto SshInfra::list(ServerId server, Deadline deadline) -> Task<Result<std::vector<ClusterRef>>> {
  SKY_CO_TRY(const std::vector<NodePool> all, pools());
  std::vector<Task<Result<std::optional<Found>>>> looks;
  for (const NodePool& pool : all) {
    for (const net::SshTarget& host : pool.hosts) looks.push_back(look_for(&hosts_, host, server, deadline));
  }
  const auto seen = co_await async::all(std::move(looks));
  std::map<std::string, ClusterRef> clusters;  // by hash
  for (const auto& one : seen) {
    if (!one.ok() || !one->has_value()) continue;
    const Found& found = **one;
    ClusterRef& cluster = clusters[found.hash];
    cluster.server = server;
    cluster.cluster = ClusterName(found.cluster);
    cluster.cluster_hash = found.hash;
    cluster.placement.infra = "ssh";
    cluster.placement.region = found.pool;
    // A host may be in two pools.
    const bool known = std::ranges::find(cluster.nodes, found.node.index, &NodeRecord::index) != cluster.nodes.end();
    if (!known) cluster.nodes.push_back(found.node);
  }
  std::vector<ClusterRef> refs;
  for (auto& [hash, cluster] : clusters) {
    std::ranges::sort(cluster.nodes, {}, &NodeRecord::index);
    refs.push_back(std::move(cluster));
  }
  co_return refs;
}

auto SshInfra::set_up_host(net::SshTarget host, Report report, Deadline deadline) -> Task<Result<bool>> {
  hosts_.forget(host);
  const Result<HostFacts> facts = co_await hosts_.facts(host, deadline);
  if (facts.ok()) {
    report(line(true, host, to_string(*facts)));
    co_return true;
  }
  const std::string hint = facts.error().hint.empty() ? "" : fmt::format("\n  {}", facts.error().hint);
  report(line(false, host, facts.error().message + hint));
  co_return false;
}

auto SshInfra::set_up(std::string pool, Report report, Deadline deadline) -> Task<Result<>> {
  SKY_CO_TRY(const std::vector<net::SshTarget> hosts, hosts_of(pool));
  std::vector<Task<Result<bool>>> work;
  for (const net::SshTarget& host : hosts) work.push_back(set_up_host(host, report, deadline));
  const auto outcomes = co_await async::all(std::move(work));
  co_return count_failed(outcomes, "cannot be used");
}

auto SshInfra::clear_host(net::SshTarget host, Report report, Deadline deadline) -> Task<Result<bool>> {
  // Plain shell: the program that would answer is what goes.
  constexpr std::string_view kScript =
      "cd \"$HOME/.sky/agent\" 2>/dev/null || exit 0; if [ -e host.json ]; then cat host.json; exit 0; fi; rm -rf bin "
      "host.lock; cd ..; rmdir agent; rmdir \"$HOME/.sky\" 2>/dev/null; exit 0";
  const Result<std::string> held = co_await hosts_.shell(host, std::string(kScript), deadline);
  hosts_.forget(host);
  if (!held.ok()) {
    report(line(false, host, held.error().message));
    co_return false;
  }
  if (held->empty()) {
    report(line(true, host, "nothing of sky is left"));
    co_return true;
  }
  const Result<Json> claim = parse_json(*held);
  const auto word = [&](const char* key) {
    if (!claim.ok() || !claim->is_object()) return std::string("?");
    return get_string(claim->as_object(), key).value_or(std::string("?"));
  };
  report(line(false, host, fmt::format("cluster '{}' of {} is on it", word("cluster"), word("owner"))));
  co_return false;
}

auto SshInfra::clear(std::string pool, Report report, Deadline deadline) -> Task<Result<>> {
  SKY_CO_TRY(const std::vector<net::SshTarget> hosts, hosts_of(pool));
  std::vector<Task<Result<bool>>> work;
  for (const net::SshTarget& host : hosts) work.push_back(clear_host(host, report, deadline));
  const auto outcomes = co_await async::all(std::move(work));
  Result<> cleared = count_failed(outcomes, "were not cleared");
  if (cleared.ok()) co_return cleared;
  co_return std::move(cleared).error().with_hint("`sky down` ends clusters; then try again.");
}

auto SshInfra::add_pools(std::string yaml) -> Result<> {
  const Result<std::string> before = os::read_file(pools_path());
  if (!before.ok() && before.error().code != ErrorCode::kNotFound) return before.error();
  const std::string text = before.ok() ? *before : std::string();
  SKY_TRY(const std::string merged, merge_node_pools(text, pools_path(), yaml, config_.home));
  if (merged == text) return {};
  SKY_CHECK(os::make_dirs(os::parent_dir(pools_path())));
  // It may hold passwords.
  return os::write_file_atomic(pools_path(), merged, 0600);
}

}  // namespace sky::infra
