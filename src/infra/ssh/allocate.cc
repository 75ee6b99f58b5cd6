#include "infra/ssh/allocate.h"

#include <algorithm>
#include <climits>
#include <cmath>

#include <fmt/format.h>

#include "async/group.h"
#include "base/strings.h"
#include "infra/gpu_name.h"

namespace sky::infra {

using async::Task;

namespace {

// One host as it was found.
struct Look {
  net::SshTarget host;
  HostFacts facts;
  std::string why_not;  // one clause; empty when it can be taken
  int ours_as = -1;     // the node that a former call of this launch made of it
  size_t place = 0;     // among the candidates
};

auto look_at(SshHosts* hosts, LaunchRequest request, net::SshTarget host, Deadline deadline) -> Task<Result<Look>> {
  Look look{.host = host, .facts = {}, .why_not = {}};
  const Result<HostFacts> facts = co_await hosts->facts(host, deadline);
  if (!facts.ok()) {
    look.why_not = facts.error().message;
    co_return look;
  }
  look.facts = *facts;
  if (!fits(request.shape, look.facts)) {
    look.why_not = fmt::format("'{}' is too small: {}", host.host, to_string(look.facts));
    co_return look;
  }
  const Result<Json> state = co_await hosts->ask(host, JsonObject{{"op", "state"}}, deadline);
  if (!state.ok()) {
    look.why_not = state.error().message;
    co_return look;
  }
  SKY_CO_TRY(const JsonObject* object, as_object(*state));
  SKY_CO_TRY(const JsonObject* claim, find_object(*object, "claim"));
  if (claim == nullptr) co_return look;
  SKY_CO_TRY(const std::string server, get_string(*claim, "server"));
  SKY_CO_TRY(const std::string hash, get_string(*claim, "hash"));
  SKY_CO_TRY(const std::int64_t node, get_int(*claim, "node"));
  if (server == request.server.str() && hash == request.cluster_hash) {
    look.ours_as = static_cast<int>(node);
    co_return look;
  }
  SKY_CO_TRY(const std::string owner, get_string(*claim, "owner"));
  SKY_CO_TRY(const std::string cluster, get_string(*claim, "cluster"));
  look.why_not = fmt::format("'{}' is held by {} (cluster '{}')", host.host, owner, cluster);
  co_return look;
}

auto take(SshHosts* hosts, LaunchRequest request, int node, net::SshTarget host, std::string owner, Deadline deadline)
    -> Task<Result<bool>> {
  const Result<Json> taken = co_await hosts->ask(host,
                                                 JsonObject{{"op", "take"},
                                                            {"server", request.server.str()},
                                                            {"owner", owner},
                                                            {"pool", request.placement.region},
                                                            {"cluster", request.cluster.str()},
                                                            {"hash", request.cluster_hash},
                                                            {"attempt", request.attempt},
                                                            {"node", node},
                                                            {"node_count", request.node_count}},
                                                 deadline);
  if (!taken.ok()) co_return taken.error();
  co_return true;
}

auto release(SshHosts* hosts, LaunchRequest request, net::SshTarget host, Deadline deadline) -> Task<Result<bool>> {
  const Result<Json> released = co_await hosts->ask(
      host, JsonObject{{"op", "release"}, {"server", request.server.str()}, {"hash", request.cluster_hash}}, deadline);
  co_return released.ok();
}

struct Search {
  LaunchRequest request;
  std::vector<net::SshTarget> left;  // candidates nobody has looked at yet, in order
  std::vector<Look> usable;
  std::vector<std::string> skipped;
  size_t looked_at = 0;

  // Hosts of a former call of this launch first, as the nodes that they were.
  void order() {
    const auto key = [](const Look& look) { return std::pair(look.ours_as < 0 ? INT_MAX : look.ours_as, look.place); };
    std::ranges::sort(usable, {}, key);
  }
  void skip(std::string why) {
    if (request.note) request.note("Skipped: " + why + ".");
    skipped.push_back(std::move(why));
  }
  auto missing() const -> size_t {
    const auto wanted = static_cast<size_t>(request.node_count);
    return wanted > usable.size() ? wanted - usable.size() : 0;
  }
};

auto look_further(SshHosts* hosts, Search* search, Deadline deadline) -> Task<Result<>> {
  while (search->missing() > 0 && !search->left.empty()) {
    const size_t count = std::min(search->missing(), search->left.size());
    std::vector<Task<Result<Look>>> looks;
    for (size_t i = 0; i < count; ++i) looks.push_back(look_at(hosts, search->request, search->left[i], deadline));
    search->left.erase(search->left.begin(), search->left.begin() + static_cast<std::ptrdiff_t>(count));
    std::vector<Result<Look>> seen = co_await async::all(std::move(looks));
    for (Result<Look>& look : seen) {
      ++search->looked_at;
      if (!look.ok()) {
        search->skip(look.error().message);
      } else if (!look->why_not.empty()) {
        search->skip(look->why_not);
      } else {
        search->usable.push_back(*std::move(look));
        search->usable.back().place = search->looked_at;
      }
    }
  }
  search->order();
  co_return Result<>();
}

// Takes all usable hosts; those that somebody else was faster with leave `usable`.
auto take_all(SshHosts* hosts, Search* search, std::string owner, Deadline deadline) -> Task<Result<>> {
  std::vector<Task<Result<bool>>> takes;
  for (size_t i = 0; i < search->usable.size(); ++i) {
    takes.push_back(take(hosts, search->request, static_cast<int>(i), search->usable[i].host, owner, deadline));
  }
  const std::vector<Result<bool>> taken = co_await async::all(std::move(takes));
  std::vector<Look> kept;
  for (size_t i = 0; i < taken.size(); ++i) {
    if (taken[i].ok()) {
      kept.push_back(std::move(search->usable[i]));
      kept.back().ours_as = static_cast<int>(i);
    } else {
      search->skip(fmt::format("'{}': {}", search->usable[i].host.host, taken[i].error().message));
    }
  }
  search->usable = std::move(kept);
  co_return Result<>();
}

auto release_all(SshHosts* hosts, Search* search, Deadline deadline) -> Task<> {
  std::vector<Task<Result<bool>>> releases;
  for (const Look& look : search->usable) {
    if (look.ours_as >= 0) releases.push_back(release(hosts, search->request, look.host, deadline));
  }
  static_cast<void>(co_await async::all(std::move(releases)));
}

auto too_few(const Search& search) -> Error {
  std::string message = fmt::format("pool '{}' has {} of {} hosts that are free and fit",
                                    search.request.placement.region, search.usable.size(), search.request.node_count);
  if (!search.skipped.empty()) message += "; " + join(search.skipped, "; ");
  Error error = make_error(ErrorCode::kResourcesUnavailable, std::move(message),
                           "`sky check ssh` looks at all hosts; `sky status` shows what holds them.");
  error.details["scope"] = "region";
  return error;
}

}  // namespace

auto fits(const NodeShape& asked, const HostFacts& facts) -> bool {
  if (asked.cpus > facts.cpus) return false;
  // A machine sold with 16 GiB tells of a little less.
  constexpr double kKernelShare = 0.94;
  if (asked.memory_gib * kKernelShare > facts.memory_gib) return false;
  if (asked.accelerator_count <= 0) return true;
  if (static_cast<double>(facts.gpus.size()) < asked.accelerator_count) return false;
  return std::ranges::all_of(facts.gpus, [&](const os::Gpu& gpu) {
    const std::string name = gpu_name_of_device(gpu.name);
    return name.empty() || equals_ignore_case(name, asked.accelerator);
  });
}

auto shape_of(const HostFacts& facts) -> NodeShape {
  NodeShape shape{.cpus = static_cast<double>(facts.cpus), .memory_gib = std::round(facts.memory_gib * 10) / 10};
  if (!facts.gpus.empty()) {
    shape.accelerator = gpu_name_of_device(facts.gpus.front().name);
    shape.accelerator_count = static_cast<double>(facts.gpus.size());
  }
  return shape;
}

auto record_of(int index, const net::SshTarget& host, const HostFacts& facts) -> NodeRecord {
  NodeRecord record{.index = index,
                    .id = host.host,
                    .address = facts.address,
                    .external_address = facts.outside,
                    .home = facts.home,
                    .gpus = {},
                    .cpus = static_cast<double>(facts.cpus),
                    .memory_gib = facts.memory_gib,
                    .ssh = facts.login};
  for (const os::Gpu& gpu : facts.gpus) record.gpus.push_back(gpu.index);
  return record;
}

auto launch_hosts(SshHosts* hosts, LaunchRequest request, std::vector<net::SshTarget> candidates, std::string owner,
                  Deadline deadline) -> Task<Result<std::vector<NodeRecord>>> {
  Search search{
      .request = std::move(request), .left = std::move(candidates), .usable = {}, .skipped = {}, .looked_at = 0};
  do {
    SKY_CO_CHECK(co_await look_further(hosts, &search, deadline));
    if (search.missing() > 0) break;
    SKY_CO_CHECK(co_await take_all(hosts, &search, owner, deadline));
  } while (search.missing() > 0);
  if (search.missing() > 0) {
    co_await async::shield(release_all(hosts, &search, deadline));
    co_return too_few(search);
  }
  std::vector<NodeRecord> records;
  for (const Look& look : search.usable) {
    records.push_back(record_of(static_cast<int>(records.size()), look.host, look.facts));
  }
  co_return records;
}

}  // namespace sky::infra
