// A task as plain data: what to run, where, and with what around it.
//
// Made by parse_task() out of a task file, changed by overrides, written by emit_task(). Absent values are nullopt or
// empty: "the user said nothing" must stay visible, because overrides, defaults and reuse checks depend on it.
// Values are as the file says them, in canonical form; what needs a catalog (does the region exist, how much memory
// does the instance type have) is not decided here. Thread-compatible.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/secret.h"
#include "format/json.h"

namespace sky {

using TextPairs = std::vector<std::pair<std::string, std::string>>;

// `4`, `4+`, and for memory `4x` (times the CPUs). `text` is what the file said, for output and display.
struct Quantity {
  double value = 0;
  bool at_least = false;
  bool per_cpu = false;
  std::string text;
  auto operator==(const Quantity&) const -> bool = default;
};

// Devices asked for by memory, `80GB+` or `nvidia:80GB`: a name only after expand_accelerators().
struct DeviceMemory {
  std::string manufacturer;  // empty: any
  std::int64_t memory_gib = 0;
  bool at_least = false;
  auto operator==(const DeviceMemory&) const -> bool = default;
};

struct Accelerator {
  std::string name;  // as the user wrote it; the catalog knows the canonical case. Empty while by_memory is set
  double count = 1;
  std::optional<DeviceMemory> by_memory = {};
  auto operator==(const Accelerator&) const -> bool = default;
};

struct AcceleratorArgs {
  std::optional<std::string> runtime_version = {};
  std::optional<std::string> tpu_name = {};
  std::optional<bool> tpu_vm = {};
  std::optional<bool> gcp_queued_resource = {};
  auto operator==(const AcceleratorArgs&) const -> bool = default;
};

struct JobRecovery {
  std::optional<std::string> strategy = {};  // upper case
  std::optional<std::int64_t> max_restarts_on_errors = {};
  std::vector<std::int64_t> recover_on_exit_codes = {};
  bool one_exit_code = false;  // it was a number, not a list
  JsonObject others = {};      // keys of plugins
  auto operator==(const JobRecovery&) const -> bool = default;
};

enum class AutostopWait { kJobsAndSsh, kJobs, kNone };

struct Autostop {
  bool enabled = false;  // false: explicitly off
  std::int64_t idle_minutes = 0;
  bool down = false;
  std::optional<AutostopWait> wait_for = {};
  auto operator==(const Autostop&) const -> bool = default;
};

struct Hook {
  std::string run;
  std::vector<std::string> events;  // of stop, preemption, down
  std::int64_t timeout_seconds = 3600;
  auto operator==(const Hook&) const -> bool = default;
};

struct DockerLogin {
  std::string username;
  Secret password;
  std::string server;
  auto operator==(const DockerLogin&) const -> bool = default;
};

enum class DiskTier { kLow, kMedium, kHigh, kUltra, kBest };
enum class NetworkTier { kStandard, kBest };

// An image of the infrastructure, per region; the region is empty for "everywhere".
struct Image {
  std::string region;
  std::string id;
  auto operator==(const Image&) const -> bool = default;
};

// One candidate: what the machines of the task must have.
struct Resources {
  std::optional<std::string> infra = {};   // canonical name, "aws"
  std::optional<std::string> region = {};  // region, Kubernetes context, ssh pool, Slurm cluster
  std::optional<std::string> zone = {};    // zone, Slurm partition
  std::optional<std::string> instance_type = {};
  std::optional<Quantity> cpus = {};
  std::optional<Quantity> memory_gib = {};
  std::optional<Accelerator> accelerator = {};
  std::optional<AcceleratorArgs> accelerator_args = {};
  std::optional<bool> use_spot = {};
  std::optional<JobRecovery> job_recovery = {};
  std::optional<std::int64_t> disk_size_gib = {};  // absent also for 256, the default
  std::vector<Image> images = {};
  std::optional<std::string> docker_image = {};  // of image_id's `docker` key
  std::optional<DiskTier> disk_tier = {};
  std::optional<NetworkTier> network_tier = {};
  std::optional<std::string> local_disk = {};  // `nvme:1000+`
  std::optional<double> max_hourly_cost_usd = {};
  std::vector<std::string> ports = {};  // sorted ranges: "80", "8000-8010"
  std::optional<TextPairs> labels = {};
  std::optional<JsonArray> disks = {};  // the `volumes` list of GCP disks, completed with defaults
  std::optional<Autostop> autostop = {};
  std::optional<std::int64_t> priority = {};
  std::optional<std::string> priority_class = {};
  std::optional<bool> no_missing_accelerator_warnings = {};
  std::optional<DockerLogin> docker_login = {};
  std::optional<std::string> docker_username_for_runpod = {};
  std::optional<JsonObject> config_overrides = {};  // of the task's `config:`
  std::optional<bool> is_image_managed = {};
  std::optional<bool> requires_fuse = {};
  auto operator==(const Resources&) const -> bool = default;
};

// Candidates, never empty. Ordered: the first that works wins; else the cheapest.
struct ResourceChoices {
  std::vector<Resources> candidates = {Resources{}};
  bool ordered = false;
  auto operator==(const ResourceChoices&) const -> bool = default;
};

struct GitWorkdir {
  std::string url;
  std::optional<std::string> ref = {};
  auto operator==(const GitWorkdir&) const -> bool = default;
};
using Workdir = std::variant<std::monostate, std::string, GitWorkdir>;

// A secret that the server resolves by name.
struct SecretReference {
  std::string name;
  std::string scope = {};  // personal, workspace, global or empty
  std::optional<std::string> mount_path = {};
  auto operator==(const SecretReference&) const -> bool = default;
};

struct DataSize {
  std::string url;
  double size_gb = 0;
  auto operator==(const DataSize&) const -> bool = default;
};

// A bucket under a path; `config` follows the storage schema, with `mode` and `store` in upper case.
struct StorageMount {
  std::string path;
  JsonObject config;
  auto operator==(const StorageMount&) const -> bool = default;
};

struct Task {
  std::optional<std::string> name = {};
  Workdir workdir = {};
  std::int64_t num_nodes = 1;
  ResourceChoices resources = {};
  TextPairs envs = {};
  std::vector<std::pair<std::string, Secret>> secrets = {};
  std::vector<SecretReference> managed_secrets = {};
  bool api_server_access = true;
  TextPairs file_mounts = {};  // destination, source
  std::vector<StorageMount> storage_mounts = {};
  JsonObject volumes = {};  // mount path -> name or mapping, as written
  std::optional<JsonArray> volume_mounts = {};
  std::optional<JsonObject> file_mounts_mapping = {};
  std::optional<std::string> setup = {};
  std::optional<std::string> run = {};
  std::optional<JsonObject> service = {};  // checked against the service schema; a pool is {"pool": {…}}
  std::vector<Hook> hooks = {};
  std::optional<DataSize> inputs = {};
  std::optional<DataSize> outputs = {};
  std::optional<std::string> event_callback = {};
  JsonObject metadata = {};
  std::string user_yaml = {};  // the text that the task came from, secrets included
  auto operator==(const Task&) const -> bool = default;
};

auto to_string(AutostopWait wait) -> std::string_view;
auto to_string(DiskTier tier) -> std::string_view;
auto to_string(NetworkTier tier) -> std::string_view;
auto parse_autostop_wait(std::string_view text) -> std::optional<AutostopWait>;
auto parse_disk_tier(std::string_view text) -> std::optional<DiskTier>;
auto parse_network_tier(std::string_view text) -> std::optional<NetworkTier>;

}  // namespace sky
