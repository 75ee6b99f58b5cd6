#include "agent/node/host.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "agent/node/config.h"
#include "agent/node/faces.h"
#include "agent/protocol/messages.h"
#include "base/strings.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/machine.h"
#include "os/proc.h"

namespace sky::agent {
namespace {

// What a cluster makes in a home besides the agent's own directory, and what file mounts do not name.
constexpr std::array kClusterFolders{"sky_workdir", "sky_logs"};

auto node_of(const HostClaim& claim, const std::string& home) -> NodeId {
  return {.home = home, .server = ServerId(claim.server), .cluster = claim.cluster, .node = claim.node};
}

// The address at which the host was reached, as it sees it itself: also right behind a jump host or a port forward.
auto own_address() -> std::string {
  const char* connection = std::getenv("SSH_CONNECTION");  // "client port server port"
  const auto words = split(connection == nullptr ? "" : connection, ' ');
  return words.size() >= 3 ? std::string(words[2]) : std::string("127.0.0.1");
}

auto facts(async::AsioLoop& loop, const std::string& home) -> Json {
  Json answer = probe(loop);
  JsonObject& object = answer.as_object();
  object["home"] = home;
  object["user"] = os::user_name();
  object["address"] = own_address();
  return answer;
}

auto state(const Host& host) -> Result<Json> {
  SKY_TRY(const auto claim, host.claim());
  return Json(JsonObject{
      {"boot_id", os::boot_id()}, {"address", own_address()}, {"claim", claim ? to_json(*claim) : Json(nullptr)}});
}

auto done(const Result<>& result) -> Result<Json> {
  SKY_CHECK(result);
  return Json(JsonObject());
}

auto answer_of(async::AsioLoop& loop, const std::string& request) -> Result<Json> {
  SKY_TRY(const Json json, parse_json(request));
  SKY_TRY(const JsonObject* object, as_object(json));
  SKY_TRY(const std::string op, get_string(*object, "op"));
  const std::string home = os::home_dir();
  const Host host(loop, home);
  if (op == "facts") return facts(loop, home);
  if (op == "state") return state(host);
  if (op == "take") {
    SKY_TRY(HostClaim wanted, host_claim_from_json(json));
    return done(host.take(std::move(wanted)));
  }
  SKY_TRY(const std::string server, get_string(*object, "server"));
  SKY_TRY(const std::string hash, get_string(*object, "hash"));
  if (op == "stop") return done(host.stop(server, hash));
  if (op == "resume") return done(host.resume(server, hash));
  if (op == "release") return done(host.release(server, hash));
  return make_error(ErrorCode::kInvalidArgument, fmt::format("op: unknown '{}'", op));
}

}  // namespace

auto to_json(const HostClaim& claim) -> Json {
  JsonArray made;
  for (const std::string& folder : claim.made) made.emplace_back(folder);
  return JsonObject{
      {"server", claim.server},   {"owner", claim.owner},     {"pool", claim.pool}, {"cluster", claim.cluster},
      {"hash", claim.hash},       {"attempt", claim.attempt}, {"node", claim.node}, {"node_count", claim.node_count},
      {"stopped", claim.stopped}, {"made", std::move(made)}};
}

auto host_claim_from_json(const Json& json) -> Result<HostClaim> {
  SKY_TRY(const JsonObject* object, as_object(json));
  HostClaim claim;
  SKY_TRY(claim.server, get_string(*object, "server"));
  SKY_TRY(claim.owner, get_string(*object, "owner"));
  SKY_TRY(claim.pool, get_string(*object, "pool"));
  SKY_TRY(claim.cluster, get_string(*object, "cluster"));
  SKY_TRY(claim.hash, get_string(*object, "hash"));
  SKY_TRY(const std::int64_t attempt, get_int(*object, "attempt"));
  SKY_TRY(const std::int64_t node, get_int(*object, "node"));
  SKY_TRY(const std::int64_t node_count, get_int(*object, "node_count"));
  claim.attempt = static_cast<int>(attempt);
  claim.node = static_cast<int>(node);
  claim.node_count = static_cast<int>(node_count);
  SKY_TRY(const auto stopped, find_bool(*object, "stopped"));
  claim.stopped = stopped.value_or(false);
  if (const Json* made = find(*object, "made"); made != nullptr) {
    SKY_TRY(const JsonArray* folders, as_array(*made));
    for (const Json& folder : *folders) {
      SKY_TRY(std::string name, as_string(folder));
      claim.made.push_back(std::move(name));
    }
  }
  return claim;
}

auto Host::up_path(const HostClaim& claim) const -> std::string {
  return node_of(claim, home_).file("up-" + claim.hash);
}

auto Host::claim() const -> Result<std::optional<HostClaim>> {
  const Result<std::string> text = os::read_file(claim_path());
  if (!text.ok() && text.error().code == ErrorCode::kNotFound) return std::optional<HostClaim>();
  SKY_CHECK(text.ok() ? Result<>() : Result<>(text.error()));
  const Result<Json> json = parse_json(*text);
  Result<HostClaim> claim = json.ok() ? host_claim_from_json(*json) : Result<HostClaim>(json.error());
  if (claim.ok()) return std::optional(*std::move(claim));
  return make_error(ErrorCode::kDataCorrupt,
                    fmt::format("'{}' cannot be read: {}", claim_path(), claim.error().message),
                    "If no cluster runs there, remove the file.");
}

auto Host::write(const HostClaim& claim) const -> Result<> {
  return os::write_file_atomic(claim_path(), to_json_text(to_json(claim), JsonStyle::kIndented) + "\n");
}

auto Host::take(HostClaim wanted) const -> Result<> {
  SKY_CHECK(os::make_dirs(home_ + "/.sky/agent"));
  const Result<os::FileLock> lock = os::FileLock::acquire(home_ + "/.sky/agent/host.lock", {});
  if (!lock.ok() && lock.error().code == ErrorCode::kConflict) {
    return make_error(ErrorCode::kConflict, "held by another launch that begins just now");
  }
  SKY_CHECK(lock.ok() ? Result<>() : Result<>(lock.error()));
  SKY_TRY(const std::optional<HostClaim> before, claim());
  if (before && (before->server != wanted.server || before->hash != wanted.hash)) {
    return make_error(ErrorCode::kConflict, fmt::format("held by {} (cluster '{}')", before->owner, before->cluster));
  }
  wanted.stopped = false;
  wanted.made.clear();
  for (const char* folder : kClusterFolders) {
    const bool ours = before && std::ranges::find(before->made, folder) != before->made.end();
    if (ours || (!before && !os::file_exists(home_ + "/" + folder))) wanted.made.emplace_back(folder);
  }
  SKY_CHECK(write(wanted));
  SKY_CHECK(os::make_dirs(node_of(wanted, home_).state_dir()));
  return os::append_file(up_path(wanted), "");
}

auto Host::held_by(const std::string& server, const std::string& hash) const -> Result<HostClaim> {
  SKY_TRY(std::optional<HostClaim> held, claim());
  if (held && held->server == server && held->hash == hash) return *std::move(held);
  return make_error(ErrorCode::kNotFound, "this host holds nothing of the cluster");
}

auto Host::end_processes(const HostClaim& claim) const -> Result<> {
  const NodeId id = node_of(claim, home_);
  SKY_CHECK(stop_node(loop_, id));
  const std::vector<os::ProcessId> left = os::find_by_environment(kNodeMark, id.mark());
  if (left.empty()) return {};
  return make_error(ErrorCode::kUnavailable, fmt::format("{} processes of cluster '{}' do not end, the first is pid {}",
                                                         left.size(), claim.cluster, left.front().pid));
}

auto Host::stop(const std::string& server, const std::string& hash) const -> Result<> {
  SKY_TRY(HostClaim held, held_by(server, hash));
  // First, so that nothing new is started while the rest ends.
  SKY_CHECK(os::remove_file(up_path(held)));
  SKY_CHECK(end_processes(held));
  held.stopped = true;
  return write(held);
}

auto Host::resume(const std::string& server, const std::string& hash) const -> Result<> {
  SKY_TRY(HostClaim held, held_by(server, hash));
  held.stopped = false;
  SKY_CHECK(write(held));
  return os::append_file(up_path(held), "");
}

auto Host::release(const std::string& server, const std::string& hash) const -> Result<> {
  const Result<HostClaim> held = held_by(server, hash);
  if (!held.ok() && held.error().code == ErrorCode::kNotFound) return {};
  SKY_CHECK(held.ok() ? Result<>() : Result<>(held.error()));
  SKY_CHECK(os::remove_file(up_path(*held)));
  SKY_CHECK(end_processes(*held));
  const std::string state_dir = node_of(*held, home_).state_dir();
  SKY_CHECK(os::remove_tree(state_dir));
  for (const std::string& folder : held->made) {
    const bool known = std::ranges::find(kClusterFolders, folder) != kClusterFolders.end();
    if (known) SKY_CHECK(os::remove_tree(home_ + "/" + folder));
  }
  // The server's directory goes with its last cluster.
  const std::string server_dir = os::parent_dir(state_dir);
  const Result<std::vector<os::DirEntry>> others = os::list_dir(server_dir);
  if (others.ok() && others->empty()) SKY_CHECK(os::remove_tree(server_dir));
  return os::remove_file(claim_path());
}

auto answer_host_request(async::AsioLoop& loop, const std::string& request) -> Json {
  return end_to_json(answer_of(loop, request));
}

}  // namespace sky::agent
