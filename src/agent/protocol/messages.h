// What a server and the head of a cluster say to one another, as plain structs with JSON codecs.
//
// Unknown fields are ignored (a newer peer may send them); a missing or mistyped one is kInvalidArgument naming its
// JSON pointer. Times are seconds since the epoch. Requests carry their operation in "op".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/status.h"
#include "base/time.h"
#include "format/json.h"

namespace sky::agent {

// ---- Greeting and results ------------------------------------------------------------------------------------------

// The node number of a server in its greeting.
inline constexpr int kServerNode = -1;

// What a worker tells the head about its node.
struct NodeFacts {
  std::string address;    // on the cluster's network
  std::string boot_id;    // of the machine
  double cpus = 1;        // that jobs may use
  std::vector<int> gpus;  // indexes of its devices
  auto operator==(const NodeFacts&) const -> bool = default;
};

struct Hello {
  int protocol_min = 1;
  int protocol_max = 1;
  std::string build;
  ServerId server;
  std::string cluster;
  int node = kServerNode;
  std::optional<NodeFacts> facts;  // of workers
  Secret key;                      // of the cluster; only workers show one

  auto operator==(const Hello&) const -> bool = default;
};
// Filled with what this build speaks.
auto own_hello(ServerId server, std::string cluster, int node) -> Hello;
auto to_json(const Hello& hello) -> Json;
auto hello_from_json(const Json& json) -> Result<Hello>;

// {"ok": value} or {"error": {code, message, hint, details}}. An unknown code reads as kInternal.
auto end_to_json(const Result<Json>& result) -> Json;
auto end_from_json(const Json& json) -> Result<Json>;

// ---- Jobs ----------------------------------------------------------------------------------------------------------

struct ClusterInfo {
  std::string cluster_name;
  std::string cloud;
  std::string region;
  std::string zone;  // empty: the infra has none
  auto operator==(const ClusterInfo&) const -> bool = default;
};

inline constexpr double kDefaultCpusPerJob = 0.5;

struct JobSpec {
  std::string name;     // empty: unnamed
  std::string user;     // who launched it, SKYPILOT_USER
  std::string task_id;  // `sky-<time>`; the head appends `_<cluster>_<job id>`
  int num_nodes = 1;
  double cpus_per_node = kDefaultCpusPerJob;
  std::string accelerator;   // "" or the canonical name, for the queue's RESOURCES cell
  double gpus_per_node = 0;  // a fraction shares one GPU; above one it is whole
  std::string setup;         // empty: none
  std::string run;           // empty: none
  std::map<std::string, std::string> envs;
  std::map<std::string, Secret> secrets;
  ClusterInfo cluster;
  std::string resources;   // as the queue shows them: "1x[CPU:1+]"
  std::string git_commit;  // of the workdir, empty when unknown
  auto operator==(const JobSpec&) const -> bool = default;
};
enum class SecretsAs { kRevealed, kOmitted };
auto to_json(const JobSpec& spec, SecretsAs secrets) -> Json;
auto job_spec_from_json(const Json& json) -> Result<JobSpec>;

// One row of the queue.
struct JobView {
  JobId id;
  std::string name;
  std::string user;
  std::string resources;
  std::string git_commit;
  std::string log_path;  // relative to the head's home: `sky_logs/3-train`
  int num_nodes = 1;
  JobStatus status = JobStatus::kPending;
  int attempt = 1;
  std::string reason;  // one clause, empty unless there is something to explain
  std::optional<double> submitted_at;
  std::optional<double> started_at;
  std::optional<double> ended_at;
  std::vector<int> exit_codes;  // of the phase that ended the job, by rank; empty before
  auto operator==(const JobView&) const -> bool = default;
};
auto to_json(const JobView& view) -> Json;
auto job_view_from_json(const Json& json) -> Result<JobView>;

// ---- Autostop ------------------------------------------------------------------------------------------------------

enum class WaitFor { kJobsAndSsh, kJobs, kNone };
auto to_string(WaitFor wait_for) -> std::string_view;
auto parse_wait_for(std::string_view text) -> std::optional<WaitFor>;

inline constexpr int kAutostopOff = -1;

struct AutostopSpec {
  int idle_minutes = kAutostopOff;  // 0 counts as 1
  bool down = false;                // remove the cluster instead of stopping it
  WaitFor wait_for = WaitFor::kJobsAndSsh;
  std::string hook;  // bash, run before the node stops; empty: none
  int hook_timeout_seconds = 3600;
  auto operator==(const AutostopSpec&) const -> bool = default;
};
auto to_json(const AutostopSpec& spec) -> Json;
auto autostop_from_json(const Json& json) -> Result<AutostopSpec>;

// ---- Requests ------------------------------------------------------------------------------------------------------

// Idempotent: a second submit with the same key answers with the first one's job id. Answer: {"job_id": N}.
struct SubmitRequest {
  std::string key;  // the API request's id
  JobSpec spec;
};
auto to_json(const SubmitRequest& request) -> Json;
auto submit_from_json(const Json& json) -> Result<SubmitRequest>;

// `jobs` and `cancel`: these ids, or all (for cancel: all that have not ended).
struct JobsRequest {
  std::vector<JobId> ids;
  bool all = false;
};
auto jobs_to_json(const JobsRequest& request) -> Json;
auto cancel_to_json(const JobsRequest& request) -> Json;
auto jobs_from_json(const Json& json) -> Result<JobsRequest>;

// The merged output of a job as DATA; END carries {"status": word, "offset": of the next byte}. Without `follow` it
// ends at the present end.
struct TailRequest {
  JobId job;
  std::uint64_t offset = 0;
  std::optional<int> tail_lines;  // start at the last N lines instead of `offset`
  bool follow = true;
};
auto to_json(const TailRequest& request) -> Json;
auto tail_from_json(const Json& json) -> Result<TailRequest>;

// ---- Events --------------------------------------------------------------------------------------------------------

// One line of `watch`. The first lines tell the present state, so that a watcher who was away misses nothing that
// lasts.
struct Event {
  enum class Kind {
    kJob,            // it has changed
    kAutostopFired,  // nothing is accepted any more, the hook runs
    kAutostopReady,  // the hook is over: stop or remove the cluster
    kNodeSilent,
    kNodeBack,
  };
  Kind kind = Kind::kJob;
  JobView job = {};            // kJob
  AutostopSpec autostop = {};  // kAutostopFired, kAutostopReady
  int node = 0;                // kNodeSilent, kNodeBack
  std::string text = {};       // kNodeSilent: what is known
  auto operator==(const Event&) const -> bool = default;
};
auto to_json(const Event& event) -> Json;
auto event_from_json(const Json& json) -> Result<Event>;

}  // namespace sky::agent
