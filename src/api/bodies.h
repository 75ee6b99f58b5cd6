// Request bodies as plain structs: decoded by the server, encoded by the client, and kept in the journal.
//
// Decoding accepts unknown keys (a newer client may send more) and refuses a wrong type or a missing key with its JSON
// pointer: `/idle_minutes: expected an integer, found "5"`. A null where a default exists is the default.
//
// Keys, types and defaults: sky/server/requests/payloads.py of skypilot 0.14.1.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/json.h"

namespace sky::api {

// The part that all bodies share.
struct RequestBody {
  // SKYPILOT_* of the client's environment; of a client on this machine also cloud credentials: see strip_credentials.
  std::map<std::string, std::string> env_vars;
  std::string entrypoint;          // "sky.client.cli.command.launch"
  std::string entrypoint_command;  // the command line as typed
  bool using_remote_api_server = false;
  JsonObject override_skypilot_config;  // the client's configuration
  std::optional<std::string> override_skypilot_config_path;
  std::optional<std::string> file_mounts_blob_id;

  // Who calls, when no authentication says otherwise; empty when the client does not tell.
  auto user_id() const -> std::string;    // SKYPILOT_USER_ID, 8 hex digits
  auto user_name() const -> std::string;  // SKYPILOT_USER
};

enum class RefreshMode { kNone, kAuto, kForce };
enum class WaitFor { kJobsAndSsh, kJobs, kNone };
auto to_string(WaitFor wait_for) -> std::string_view;
auto parse_wait_for(std::string_view text) -> std::optional<WaitFor>;
enum class OptimizeTarget { kCost, kTime };

struct LaunchBody : RequestBody {  // POST /launch
  std::string task;                // YAML, one or more documents
  std::string cluster_name;
  bool retry_until_up = false;
  std::optional<std::int64_t> idle_minutes_to_autostop;
  std::optional<WaitFor> wait_for;  // ours: the stock client writes it into the task's resources
  bool dryrun = false;
  bool down = false;
  OptimizeTarget optimize_target = OptimizeTarget::kCost;
  bool no_setup = false;
  std::optional<std::string> clone_disk_from;
  bool fast = false;
  bool quiet_optimizer = false;
  bool include_credentials = false;
  bool detach_run = false;  // ours: a native stream ends when the job was submitted
};
struct ExecBody : RequestBody {  // POST /exec
  std::string task;
  std::string cluster_name;
  bool dryrun = false;
  bool down = false;
  bool detach_run = false;  // ours
};
struct StartBody : RequestBody {  // POST /start
  std::string cluster_name;
  std::optional<std::int64_t> idle_minutes_to_autostop;
  std::optional<WaitFor> wait_for;
  bool retry_until_up = false;
  bool down = false;
  bool force = false;
};
struct StopOrDownBody : RequestBody {  // POST /stop, /down
  std::string cluster_name;
  bool purge = false;
  bool graceful = false;
  std::optional<std::int64_t> graceful_timeout_seconds;
};
struct AutostopBody : RequestBody {  // POST /autostop
  std::string cluster_name;
  std::int64_t idle_minutes = 0;  // negative cancels
  std::optional<WaitFor> wait_for;
  bool down = false;
  std::optional<std::string> hook;
  std::optional<std::int64_t> hook_timeout_seconds;
};
struct StatusBody : RequestBody {                         // POST /status
  std::optional<std::vector<std::string>> cluster_names;  // absent: all
  RefreshMode refresh = RefreshMode::kNone;
  bool all_users = true;
  bool include_credentials = true;
  bool summary_response = false;
  bool include_handle = true;
};
struct QueueBody : RequestBody {  // POST /queue
  std::string cluster_name;
  bool skip_finished = false;
  bool all_users = false;
};
struct JobStatusBody : RequestBody {  // POST /job_status
  std::string cluster_name;
  std::optional<std::vector<std::int64_t>> job_ids;  // absent: the latest
};
struct CancelBody : RequestBody {  // POST /cancel
  std::string cluster_name;
  std::optional<std::vector<std::int64_t>> job_ids;  // absent and not all: the latest running one
  bool all = false;
  bool all_users = false;
  bool try_cancel_if_cluster_is_init = false;
};
struct LogsBody : RequestBody {  // POST /logs
  std::string cluster_name;
  std::optional<std::int64_t> job_id;  // absent: the latest
  bool follow = true;
  std::int64_t tail = 0;  // lines; 0: all
};
struct DownloadLogsBody : RequestBody {  // POST /download_logs
  std::string cluster_name;
  std::optional<std::vector<std::string>> job_ids;
  std::string local_dir = "~/sky_logs";
};
struct ProvisionLogsBody : RequestBody {  // POST /provision_logs?follow=&tail=
  std::string cluster_name;
  std::optional<std::int64_t> worker;
};
struct HookLogsBody : RequestBody {  // POST /hook_logs, and /autostop_logs of older clients
  std::string cluster_name;
  std::optional<std::string> event;
  bool follow = true;
  std::int64_t tail = 0;
};
struct EndpointsBody : RequestBody {  // POST /endpoints
  std::string cluster;
  std::optional<std::string> port;  // a number or text on the wire
};
struct CostReportBody : RequestBody {  // POST /cost_report
  std::optional<std::int64_t> days = 30;
  std::optional<std::vector<std::string>> cluster_hashes;
  std::optional<std::vector<std::string>> cluster_names;
  bool dashboard_summary_response = false;
  bool exclude_managed_clusters = false;
};
struct ClusterEventsBody : RequestBody {  // POST /cluster_events
  std::optional<std::string> cluster_name;
  std::optional<std::string> cluster_hash;
  std::string event_type;  // one or more, separated by commas
  bool include_timestamps = false;
  std::optional<std::int64_t> limit;
};
struct ValidateBody : RequestBody {  // POST /validate
  std::string dag;                   // YAML
};
struct OptimizeBody : RequestBody {  // POST /optimize
  std::string dag;
  OptimizeTarget minimize = OptimizeTarget::kCost;
};
struct CheckBody : RequestBody {                   // POST /check
  std::optional<std::vector<std::string>> clouds;  // absent: all
  bool verbose = false;
  std::optional<std::string> workspace;
};
struct SshPoolsBody : RequestBody {  // POST /ssh_node_pools/deploy, /ssh_node_pools/down
  std::optional<std::string> infra;  // a pool; absent: all
  bool cleanup = false;              // the original's; the path says it already
  std::optional<std::string> pools;  // ours: a pools file whose pools become the server's too
};
struct ApiCancelBody : RequestBody {                    // POST /api/cancel
  std::optional<std::vector<std::string>> request_ids;  // ids or prefixes; absent: all of the user
  std::optional<std::string> of_user_id;                // "user_id"; absent with no ids: of all users
};
struct StorageBody : RequestBody {  // POST /storage/delete
  std::string name;
};
struct VolumeDeleteBody : RequestBody {  // POST /volumes/delete
  std::vector<std::string> names;
  bool purge = false;
};
// Routes that take nothing that this server looks at: /jobs/queue/v2, /serve/status, /jobs/pool_status and all GETs.
struct PlainBody : RequestBody {};

// Defined for each struct above. Errors: kInvalidArgument.
template <class Body>
auto decode_body(const Json& json) -> Result<Body>;
template <class Body>
auto encode_body(const Body& body) -> JsonObject;

// Removes from `env_vars` what must not be stored or logged: everything but SKYPILOT_*, the variables among those that
// hold a token or a password, and the user:password part of an endpoint's URL. Call it before a body is persisted.
void strip_credentials(RequestBody& body);

}  // namespace sky::api
