// What requests return: plain structs, their JSON for each dialect, and back.
//
// The keys, their order and their types are those of sky/schemas/api/responses.py, sky/server/requests/payloads.py and
// sky/server/requests/serializers/ of skypilot 0.14.1; `-o json` of the command line prints the *_cli forms with
// JsonStyle::kIndented. Times are seconds since the epoch. Decoders accept unknown keys and errors are
// kInvalidArgument with a JSON pointer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/dialect.h"
#include "base/status.h"
#include "format/json.h"

namespace sky::api {

// What stock clients call the handle of a cluster; the answer of launch, exec and start, and a member of status.
struct Handle {
  std::string cluster_name;
  std::string cluster_name_on_cloud;
  std::int64_t launched_nodes = 0;
  // The task-resources dict of what was launched: {"cpus": "1", "disk_size": 256, …}; stock clients parse it, so only
  // keys of the task specification, and values that their version knows.
  JsonObject launched_resources;
  std::vector<std::pair<std::string, std::string>> internal_external_ips;  // head first
  std::vector<std::int64_t> ssh_ports;
  std::optional<std::string> ssh_user;
};
auto encode(const Handle& handle, Dialect dialect) -> JsonObject;
auto decode_handle(const Json& json, std::string_view where = {}) -> Result<Handle>;

// How to reach the nodes with ssh; absent on infras without sshd.
// The proxy command of nodes that are reached through the API server: the client puts its own path in place of `sky`.
inline constexpr std::string_view kOwnProxyCommand = "sky __proxy %n";

struct SshCredentials {
  std::string ssh_user;
  std::string ssh_private_key;  // path on the client, or "" when the agent or the defaults serve
  std::optional<std::string> ssh_private_key_content;
  std::optional<std::string> ssh_proxy_command;
  // Ours: the host was there before the cluster and is known by its key. Hosts of clouds come and go.
  std::optional<bool> ssh_check_host_key;
};

auto encode(const SshCredentials& credentials) -> JsonObject;
auto decode_ssh_credentials(const Json& json, std::string_view where = {}) -> Result<SshCredentials>;

struct ClusterRecord {
  std::string name;
  std::int64_t launched_at = 0;
  std::optional<Handle> handle;
  std::optional<std::string> last_use;  // the command that last touched it
  ClusterStatus status = ClusterStatus::kInit;
  std::int64_t autostop = -1;  // idle minutes, -1: never
  bool to_down = false;
  std::optional<std::vector<std::string>> owner;
  JsonObject metadata;
  std::string cluster_hash;
  bool cluster_ever_up = false;
  std::optional<std::int64_t> status_updated_at;
  std::string user_hash;
  std::string user_name;
  std::optional<std::string> config_hash;
  std::string workspace = "default";
  std::optional<std::string> last_creation_yaml;
  std::optional<std::string> last_creation_command;
  bool is_managed = false;
  std::optional<std::string> last_event;
  std::optional<std::string> init_kind;  // "launching" or "unhealthy", of an INIT cluster
  std::optional<std::string> init_status_reason;
  std::optional<std::string> resources_str;       // "1x(cpus=1, mem=2, ...)"
  std::optional<std::string> resources_str_full;  // the same without shortening
  std::optional<SshCredentials> credentials;
  std::int64_t nodes = 1;
  std::optional<std::string> cloud;
  std::optional<std::string> region;
  std::optional<std::string> zone;
  std::optional<std::string> cpus;
  std::optional<std::string> memory;
  std::optional<std::string> accelerators;  // "{'H100': 8}"
  std::optional<std::map<std::string, std::string>> labels;
  std::optional<std::string> cluster_name_on_cloud;
  std::optional<std::string> node_names;  // separated by commas
  std::optional<std::int64_t> priority;
  std::optional<std::string> priority_class;
  std::optional<std::map<std::string, std::string>> links;
};
// Stock clients below API 29 see AUTOSTOPPING as INIT.
auto encode(const ClusterRecord& record, Dialect dialect) -> JsonObject;
auto encode_cli(const ClusterRecord& record) -> JsonObject;  // sky status -o json
auto decode_cluster_record(const Json& json, std::string_view where = {}) -> Result<ClusterRecord>;

struct JobRecord {
  std::int64_t job_id = 0;
  std::string job_name;
  std::string username;
  std::string user_hash;
  double submitted_at = 0;
  std::optional<double> start_at;
  std::optional<double> end_at;
  std::string resources;  // "1x[CPU:1+]"
  JobStatus status = JobStatus::kInit;
  std::string log_path;  // "~/sky_logs/sky-2026-11-25-10-00-00-123456"
  JsonObject metadata;   // {"git_commit": …}
  std::map<std::string, std::string> links;
};
auto encode(const JobRecord& record, Dialect dialect) -> JsonObject;
auto encode_cli(const JobRecord& record) -> JsonObject;  // sky queue -o json: {cluster: [record, …]}
auto decode_job_record(const Json& json, std::string_view where = {}) -> Result<JobRecord>;

struct CostRow {
  std::string name;
  std::optional<std::int64_t> launched_at;
  std::int64_t duration_seconds = 0;
  std::int64_t num_nodes = 1;
  JsonObject resources;  // the task-resources dict, as in Handle
  std::optional<std::int64_t> priority;
  std::optional<std::string> priority_class;
  std::string cluster_hash;
  std::vector<std::pair<std::int64_t, std::optional<std::int64_t>>> usage_intervals;  // begin, end or still running
  std::optional<ClusterStatus> status;                                                // absent: terminated
  std::string user_hash;
  std::optional<std::string> user_name;
  std::string workspace = "default";
  std::optional<std::string> last_event;
  std::optional<std::string> node_names;
  std::optional<std::string> last_creation_yaml;
  std::optional<std::string> last_creation_command;
  double total_cost_usd = 0;
  std::optional<std::string> cloud;
  std::optional<std::string> region;
  std::optional<std::string> cpus;
  std::optional<std::string> memory;
  std::optional<std::string> accelerators;
  std::string resources_str = "-";
  std::string resources_str_full = "-";
};
auto encode(const CostRow& row, Dialect dialect) -> JsonObject;
auto encode_cli(const CostRow& row) -> JsonObject;  // sky cost-report -o json; status TERMINATED when absent
auto decode_cost_row(const Json& json, std::string_view where = {}) -> Result<CostRow>;

}  // namespace sky::api
