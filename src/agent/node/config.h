// What a node is, as `sky-agent start` was told, and where its files lie. Kept in `claim` (0600) in the node's state
// directory, from which every other face of the program reads it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/protocol/rank.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace sky::agent {

// `--name value` and `--name=value` alone. kInvalidArgument for anything else, and for a name that is not in `known`.
auto parse_options(const std::vector<std::string>& args, const std::vector<std::string_view>& known)
    -> Result<std::map<std::string, std::string>>;

// Which node: enough to find its claim.
struct NodeId {
  std::string home;  // absolute
  ServerId server;
  std::string cluster;
  int node = 0;

  // <home>/.sky/agent/<server id>/<cluster>
  auto state_dir() const -> std::string;
  auto file(std::string_view name) const -> std::string { return state_dir() + "/" + std::string(name); }
  auto socket_path() const -> std::string { return file("agent.sock"); }
  // What the names of a rank's files begin with (rank_files.h); `rank` is a RankKey as text.
  auto rank_base(std::string_view rank) const -> std::string;
  auto rank_base(const RankKey& key) const -> std::string { return rank_base(to_string(key)); }
  // The options that name this node on a command line, so that `ps` tells what belongs to whom.
  auto as_args() const -> std::vector<std::string>;
  // Value of SKY_NODE in the environment of every process of the node.
  auto mark() const -> std::string;
};
inline constexpr std::string_view kNodeMark = "SKY_NODE";
// In the state directory of a head that was stopped, until it is started again.
inline constexpr std::string_view kStoppedName = "stopped";

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
auto parse_host_port(std::string_view text) -> Result<HostPort>;

struct NodeConfig {
  NodeId id;
  int node_count = 1;
  std::string address;             // on the cluster's network
  std::optional<HostPort> head;    // of a worker: where the head listens
  std::optional<HostPort> listen;  // of a head with workers
  std::string key_file;            // holds the cluster's key; needed with more than one node
  double cpus = 1;
  std::vector<int> gpus;
  std::string self_stop;  // bash that stops this machine after autostop; empty: the server does it
  Duration autostop_minute = std::chrono::minutes(1);  // length of a minute of autostop, for tests
};

auto node_id_option_names() -> std::vector<std::string_view>;
auto start_option_names() -> std::vector<std::string_view>;
auto node_id_from_options(const std::map<std::string, std::string>& options) -> Result<NodeId>;
auto config_from_options(const std::map<std::string, std::string>& options) -> Result<NodeConfig>;

// Durable. kConflict when the directory is claimed by another server or as another node.
auto write_claim(const std::map<std::string, std::string>& options) -> Result<NodeConfig>;
// kNotFound with a hint when the node was never started.
auto read_claim(const NodeId& id) -> Result<NodeConfig>;

}  // namespace sky::agent
