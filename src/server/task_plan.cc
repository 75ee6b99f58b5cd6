#include "server/task_plan.h"

#include <cmath>
#include <ctime>

#include "base/strings.h"
#include "task/emit.h"
#include "task/parse.h"

namespace sky::server {
namespace {

auto not_here(std::string_view what) -> Error {
  return make_error(ErrorCode::kNotSupported, fmt::format("{} is not available in this version of sky", what));
}

// `value` is what the user asked for; empty: nothing.
auto refuse(std::string_view infra, std::string_view field, std::string_view value) -> Result<> {
  if (value.empty()) return {};
  return make_error(ErrorCode::kNotSupported, fmt::format("infra '{}' does not support `{}: {}`", infra, field, value),
                    fmt::format("Remove `{}` from the task's resources.", field));
}

auto demand_of_candidate(const Task& task, const Resources& resources) -> Result<planner::Demand> {
  planner::Demand demand{.node_count = static_cast<int>(task.num_nodes),
                         .shape = {},
                         .infra = resources.infra.value_or(""),
                         .region = resources.region.value_or(""),
                         .zone = resources.zone.value_or(""),
                         .ports = resources.ports,
                         .cpus_text = {},
                         .memory_text = {}};
  if (resources.cpus) {
    demand.shape.cpus = resources.cpus->value;
    demand.cpus_text = resources.cpus->text;
  }
  if (resources.memory_gib) {
    const Quantity& memory = *resources.memory_gib;
    demand.shape.memory_gib = memory.per_cpu ? memory.value * std::max(1.0, demand.shape.cpus) : memory.value;
    demand.memory_text = memory.text;
  }
  if (resources.accelerator) {
    demand.shape.accelerator = resources.accelerator->name;
    demand.shape.accelerator_count = resources.accelerator->count;
  }
  demand.shape.use_spot = resources.use_spot.value_or(false);
  demand.shape.disk_size_gib = static_cast<int>(resources.disk_size_gib.value_or(0));
  // `ssh/local` is how clients without our infra see this machine.
  if (demand.infra == "ssh" && demand.region == "local") {
    demand.infra = "local";
    demand.region.clear();
  }
  if (demand.infra == "ssh") {
    SKY_CHECK(check_supported(resources, demand.infra));
    SKY_CHECK(refuse(demand.infra, "zone", demand.zone));
    // Elsewhere is not here at all: that is the planner's to say.
  } else if (!planner::is_known_elsewhere(demand.infra)) {
    SKY_CHECK(check_supported(resources, "local"));
    SKY_CHECK(refuse("local", "infra", demand.region.empty() ? "" : fmt::format("local/{}", demand.region)));
    SKY_CHECK(refuse("local", "zone", demand.zone));
  }
  return demand;
}

}  // namespace

auto single_task(const std::string& yaml) -> Result<Task> {
  SKY_TRY(TaskDocuments documents, parse_task_documents(yaml, "task"));
  if (documents.count() > 1) {
    return make_error(ErrorCode::kInvalidArgument,
                      "YAML specifies a DAG which is only supported by `sky jobs launch`. `sky launch` supports a "
                      "single task only.");
  }
  auto task = parse_task(yaml, "task");
  // The text is the client's, not the user's file: its lines would mislead.
  if (!task.ok()) task.error().details.erase("location");
  return task;
}

auto demand_of(const Task& task) -> Result<planner::Demand> {
  std::optional<Result<planner::Demand>> first;
  for (const Resources& candidate : task.resources.candidates) {
    Result<planner::Demand> demand = demand_of_candidate(task, candidate);
    if (demand.ok() && !planner::is_known_elsewhere(demand->infra)) return demand;
    if (!first) first = std::move(demand);
  }
  return *std::move(first);
}

auto check_supported(const Resources& resources, std::string_view infra) -> Result<> {
  SKY_CHECK(refuse(infra, "instance_type", resources.instance_type.value_or("")));
  SKY_CHECK(refuse(infra, "image_id", resources.images.empty() ? "" : resources.images.front().id));
  SKY_CHECK(refuse(infra, "image_id", resources.docker_image ? "docker:" + *resources.docker_image : ""));
  SKY_CHECK(refuse(infra, "disk_tier", resources.disk_tier ? to_string(*resources.disk_tier) : ""));
  SKY_CHECK(refuse(infra, "network_tier", resources.network_tier ? to_string(*resources.network_tier) : ""));
  SKY_CHECK(refuse(infra, "local_disk", resources.local_disk.value_or("")));
  return refuse(infra, "use_spot", resources.use_spot.value_or(false) ? "true" : "");
}

auto config_hash_of(const Task& task) -> std::string {
  Task relevant = task;
  relevant.run.reset();
  relevant.name.reset();
  relevant.envs.clear();
  relevant.secrets.clear();
  relevant.workdir = std::monostate{};
  relevant.user_yaml.clear();
  return fmt::format("{:016x}", fnv1a(to_json_text(emit_task(relevant, SecretsShown::kRedacted))));
}

auto task_id_base(double epoch_seconds) -> std::string {
  const auto micros = static_cast<std::int64_t>(std::llround(epoch_seconds * 1e6));
  const auto seconds = static_cast<std::time_t>(micros / 1'000'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("sky-{:04}-{:02}-{:02}-{:02}-{:02}-{:02}-{:06}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, micros % 1'000'000);
}

auto job_resources_text(const agent::JobSpec& spec) -> std::string {
  if (spec.gpus_per_node > 0) return fmt::format("{}x[{}:{:g}]", spec.num_nodes, spec.accelerator, spec.gpus_per_node);
  return fmt::format("{}x[CPU:{:g}]", spec.num_nodes, spec.cpus_per_node);
}

auto asked_resources_text(const Task& task) -> std::string {
  const auto& cpus = task.resources.candidates.front().cpus;
  return fmt::format("{}x[CPU:{}]", task.num_nodes, cpus ? cpus->text : "1+");
}

auto job_spec_of(const Task& task, const JobContext& context) -> agent::JobSpec {
  const Resources& resources = task.resources.candidates.front();
  const infra::Placement& placement = context.cluster.placement;
  agent::JobSpec spec{.name = task.name.value_or(""),
                      .user = context.user_name,
                      .task_id = task_id_base(context.submitted_at),
                      .num_nodes = static_cast<int>(task.num_nodes),
                      .cpus_per_node = agent::kDefaultCpusPerJob,
                      .accelerator = resources.accelerator ? resources.accelerator->name : "",
                      .gpus_per_node = resources.accelerator ? resources.accelerator->count : 0,
                      .setup = context.with_setup ? task.setup.value_or("") : "",
                      .run = task.run.value_or(""),
                      .envs = {task.envs.begin(), task.envs.end()},
                      .secrets = {task.secrets.begin(), task.secrets.end()},
                      .cluster = {.cluster_name = context.cluster.name.str(),
                                  .cloud = placement.infra,
                                  .region = placement.region,
                                  .zone = placement.zone},
                      .resources = {},
                      .git_commit = {}};
  if (const auto commit = find_string(task.metadata, "git_commit"); commit.ok()) {
    spec.git_commit = commit->value_or("");
  }
  spec.resources = context.planned || spec.gpus_per_node > 0 ? job_resources_text(spec) : asked_resources_text(task);
  return spec;
}

auto file_syncs_of(const Task& task) -> Result<std::vector<FileSync>> {
  std::vector<FileSync> syncs;
  if (const auto* path = std::get_if<std::string>(&task.workdir)) {
    syncs.push_back({.source = *path, .target = "~/sky_workdir", .is_workdir = true});
  } else if (std::holds_alternative<GitWorkdir>(task.workdir)) {
    return not_here("a git workdir");
  }
  for (const auto& [target, source] : task.file_mounts) {
    if (source.contains("://")) return not_here(fmt::format("mounting '{}'", source));
    syncs.push_back({.source = source, .target = target});
  }
  if (!task.storage_mounts.empty()) return not_here("mounting a bucket");
  if (!task.volumes.empty()) return not_here("mounting a volume");
  return syncs;
}

auto autostop_of(const Task& task, const AutostopFlags& flags) -> std::optional<cluster::AutostopSetting> {
  std::optional<cluster::AutostopSetting> setting;
  const auto& wanted = task.resources.candidates.front().autostop;
  if (wanted && wanted->enabled) {
    setting = cluster::AutostopSetting{.idle_minutes = static_cast<int>(wanted->idle_minutes), .down = wanted->down};
    if (wanted->wait_for) setting->wait_for = to_string(*wanted->wait_for);
  }
  if (flags.idle_minutes || flags.down) {
    if (!setting) setting.emplace();
    // --down alone takes the cluster down as soon as it is idle.
    setting->idle_minutes =
        static_cast<int>(flags.idle_minutes.value_or(setting->idle_minutes < 0 ? 0 : setting->idle_minutes));
    setting->down = flags.down || setting->down;
  }
  if (setting && flags.wait_for) setting->wait_for = *flags.wait_for;
  if (!setting) return std::nullopt;
  for (const Hook& hook : task.hooks) {
    for (const std::string& event : hook.events) {
      if (event != (setting->down ? "down" : "stop")) continue;
      setting->hook = hook.run;
      setting->hook_timeout_seconds = static_cast<int>(hook.timeout_seconds);
    }
  }
  return setting;
}

}  // namespace sky::server
