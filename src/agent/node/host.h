// A host that infra ssh hands out: whose it is, and what is left of a cluster when it is given back. One account of a
// host holds one cluster at a time; accounts know nothing of each other.
//
// `~/.sky/agent/host.json` is the claim. It is written before anything else of a cluster and removed after everything
// else, so that whatever exists has an owner. `<state dir>/up-<hash>` is there while the cluster may run programs: a
// shell can ask for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "async/asio_loop.h"
#include "format/json.h"

namespace sky::agent {

struct HostClaim {
  std::string server;  // id of the server
  std::string owner;   // for people: "ada@laptop"
  std::string pool;
  std::string cluster;
  std::string hash;  // of the cluster's incarnation
  int attempt = 1;
  int node = 0;
  int node_count = 1;
  bool stopped = false;
  std::vector<std::string> made;  // folders of the home that did not exist before
  auto operator==(const HostClaim&) const -> bool = default;
};
auto to_json(const HostClaim& claim) -> Json;
auto host_claim_from_json(const Json& json) -> Result<HostClaim>;

class Host {
 public:
  // `home` is the account's home directory.
  Host(async::AsioLoop& loop, std::string home) : loop_(loop), home_(std::move(home)) {}

  // nullopt when the host is free. kDataCorrupt when the claim cannot be read.
  auto claim() const -> Result<std::optional<HostClaim>>;
  // Idempotent; a later attempt of one incarnation replaces the former. kConflict "held by …" for everybody else.
  auto take(HostClaim wanted) const -> Result<>;
  // Ends jobs and agent and keeps files; `resume` undoes it. kNotFound when the claim is not that incarnation's.
  auto stop(const std::string& server, const std::string& hash) const -> Result<>;
  auto resume(const std::string& server, const std::string& hash) const -> Result<>;
  // Ends everything of the incarnation and removes its files; returns when nothing is left. Success when there is
  // nothing of it. kUnavailable when a process survives.
  auto release(const std::string& server, const std::string& hash) const -> Result<>;

 private:
  auto claim_path() const -> std::string { return home_ + "/.sky/agent/host.json"; }
  auto up_path(const HostClaim& claim) const -> std::string;
  auto held_by(const std::string& server, const std::string& hash) const -> Result<HostClaim>;
  auto write(const HostClaim& claim) const -> Result<>;
  auto end_processes(const HostClaim& claim) const -> Result<>;

  async::AsioLoop& loop_;
  std::string home_;
};

// `sky-agent host`: one request of infra ssh. `op` is facts, state, take, stop, resume or release. The answer is
// {"ok": value} or {"error": {code, message, hint}}.
auto answer_host_request(async::AsioLoop& loop, const std::string& request) -> Json;

}  // namespace sky::agent
