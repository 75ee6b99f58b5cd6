#include "config/config_schema.h"

#include "base/strings.h"
#include "config/infra_schemas.h"
#include "config/patterns.h"
#include "config/shared_schemas.h"

namespace sky {
namespace {

using namespace schema;
using Members = std::vector<Schema::Member>;

// Keys of the configuration that a task's `config:` may set. Source: the reference of task configuration, 0.14.1.
constexpr std::array<std::string_view, 28> kTaskOverridable = {"docker.run_options",
                                                               "nvidia_gpus.disable_ecc",
                                                               "ssh.custom_metadata",
                                                               "ssh.pod_config",
                                                               "ssh.provision_timeout",
                                                               "kubernetes.custom_metadata",
                                                               "kubernetes.pod_config",
                                                               "kubernetes.provision_timeout",
                                                               "kubernetes.dws",
                                                               "kubernetes.kueue",
                                                               "kubernetes.quota",
                                                               "kubernetes.remote_identity",
                                                               "kubernetes.enable_docker",
                                                               "kubernetes.set_pod_resource_limits",
                                                               "azure.remote_identity",
                                                               "azure.vpc_name",
                                                               "gcp.vpc_name",
                                                               "gcp.subnet_names",
                                                               "gcp.managed_instance_group",
                                                               "gcp.enable_gvnic",
                                                               "gcp.enable_gpu_direct",
                                                               "gcp.placement_policy",
                                                               "vast.datacenter_only",
                                                               "vast.create_instance_kwargs",
                                                               "slurm.sbatch_options",
                                                               "slurm.quota",
                                                               "slurm.cpu_partition",
                                                               "active_workspace"};

auto hours() -> Schema {
  return number();
}

auto controller_section(Members more) -> Schema {
  Schema resources = resources_schema();
  std::erase_if(resources.members, [](const Schema::Member& member) { return member.first == "ports"; });
  Members members = {{"controller", object({{"resources", std::move(resources)},
                                            {"high_availability", boolean()},
                                            {"autostop", autostop_schema()},
                                            {"consolidation_mode", boolean()},
                                            {"controller_logs_gc_retention_hours", integer()},
                                            {"task_logs_gc_retention_hours", integer()}})},
                     {"bucket", matching(patterns::kBucketUrl)},
                     {"force_disable_cloud_bucket", boolean()}};
  members.insert(members.end(), more.begin(), more.end());
  return object(std::move(members));
}

auto api_server() -> Schema {
  return object({{"endpoint", matching(patterns::kHttpUrl)},
                 {"service_account_token", any_of({matching(patterns::kServiceAccountToken), null()})},
                 {"requests_retention_hours", integer()},
                 {"logs_retention_hours", integer()},
                 {"cluster_event_retention_hours", hours()},
                 {"cluster_debug_event_retention_hours", hours()},
                 {"cluster_terminal_event_retention_hours", hours()},
                 {"launch_attempt_retention_hours", hours()},
                 {"daemon_log_max_bytes", at_least(integer(), 0)}});
}

auto rbac() -> Schema {
  return object({{"default_role", any_case_word_of({"admin", "user", "viewer"})},
                 {"restrict_config_to_admins", boolean()},
                 {"roles", map_of(open_object({{"permissions", open_object({})}}))}});
}

auto logs() -> Schema {
  return require(object({{"store", any_case_word_of({"gcp", "aws"})},
                         {"gcp", open_object({{"project_id", string()},
                                              {"credentials_file", string()},
                                              {"additional_labels", map_of(string())}})},
                         {"aws", open_object({{"region", string()},
                                              {"credentials_file", string()},
                                              {"log_group_name", string()},
                                              {"log_stream_prefix", string()},
                                              {"auto_create_group", boolean()},
                                              {"additional_tags", map_of(string())}})}}),
                 {"store"});
}

auto daemons() -> Schema {
  const Schema daemon = open_object(
      {{"log_level", any_case_word_of({"DEBUG", "INFO", "WARNING"})}, {"interval_seconds", at_least(integer(), 1)}});
  Members members;
  for (const std::string_view id :
       {"skypilot-status-refresh-daemon", "skypilot-volume-status-refresh-daemon", "sky-serve-status-refresh-daemon",
        "pool-status-refresh-daemon", "server-heartbeat-daemon", "expired-token-cleanup-daemon",
        "launch-metrics-daemon"}) {
    members.emplace_back(id, daemon);
  }
  return object(std::move(members));
}

auto dashboard() -> Schema {
  Schema pages = sized(array_of(word_of({"cluster", "jobs"})), 1);
  pages.unique_items = true;
  Schema link = require(object({{"label", sized(string(), 1)},
                                {"regex", sized(string(), 1)},
                                {"url", sized(string(), 1)},
                                {"scope", std::move(pages)}}),
                        {"label"});
  Schema by_regex;
  by_regex.required = {"regex"};
  Schema by_url;
  by_url.required = {"url"};
  link.one_of = {std::move(by_regex), std::move(by_url)};
  return object({{"external_links", array_of(std::move(link))}});
}

auto metrics() -> Schema {
  return object({{"prometheus",
                  object({{"namespace", string()}, {"service", string()}, {"port", between(integer(), 1, 65535)}})}});
}

auto admin_policy() -> Schema {
  Schema python;
  python.pattern = patterns::kPythonPath;
  Schema url;
  url.pattern = patterns::kHttpUrl;
  return {.types = {SchemaType::kString}, .any_of = {python, url}};
}

auto build_config() -> Schema {
  const Schema status_check =
      object({{"min_elapsed_seconds", at_least(number(), 0)}, {"min_retries", at_least(integer(), 0)}});
  Members members = {{"workspace", string()},
                     {"db", string()},
                     {"jobs", controller_section({{"status_check", status_check}})},
                     {"serve", controller_section({})},
                     {"allowed_clouds", array_of(any_case_word_of(all_infra_words()))},
                     {"admin_policy", admin_policy()},
                     {"docker", object({{"run_options", any_of({string(), array_of(string())})}})},
                     {"nvidia_gpus", object({{"disable_ecc", boolean()}})},
                     {"api_server", api_server()},
                     {"active_workspace", string()},
                     {"workspaces", map_of(workspace_schema())},
                     {"workspace_config", object({{"read_access", word_of({"allowed_users", "all"})}})},
                     {"provision", object({{"ssh_timeout", at_least(integer(), 1)}, {"install_conda", boolean()}})},
                     {"rbac", rbac()},
                     {"logs", logs()},
                     {"daemons", daemons()},
                     {"data", object({{"mount_cached", object({{"sequential_upload", boolean()}})}})},
                     {"dashboard", dashboard()},
                     {"metrics", metrics()}};
  for (auto& member : infra_section_members()) members.push_back(std::move(member));
  members.emplace_back("plugins", open_object({}));
  return object(std::move(members));
}

auto member_of(Schema& schema, std::string_view name) -> Schema* {
  for (auto& member : schema.members) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

// Copies what `path` names from `whole` into `part`, making the mappings on the way.
void keep_path(const Schema& whole, const std::vector<std::string_view>& path, size_t at, Schema& part) {
  for (const auto& [name, value] : whole.members) {
    if (name != path[at]) continue;
    if (at + 1 == path.size()) {
      part.members.emplace_back(name, value);
      return;
    }
    Schema* next = member_of(part, name);
    if (next == nullptr) next = &part.members.emplace_back(name, object({})).second;
    keep_path(value, path, at + 1, *next);
    return;
  }
}

auto build_task_config(PluginKeys keys) -> Schema {
  Schema part = object({});
  for (const auto path : kTaskOverridable) keep_path(config_schema(), split(path, '.'), 0, part);
  part.members.emplace_back("hooks", hooks_schema());
  if (keys == PluginKeys::kRefused) return part;
  part.closed = false;
  for (const std::string_view infra : {"kubernetes", "slurm"}) member_of(part, infra)->closed = false;
  return part;
}

}  // namespace

auto config_schema() -> const Schema& {
  static const Schema kSchema = build_config();
  return kSchema;
}

auto task_overridable_paths() -> std::span<const std::string_view> {
  return kTaskOverridable;
}

auto task_config_schema(PluginKeys keys) -> const Schema& {
  static const Schema kStrict = build_task_config(PluginKeys::kRefused);
  static const Schema kOpen = build_task_config(PluginKeys::kKept);
  return keys == PluginKeys::kRefused ? kStrict : kOpen;
}

}  // namespace sky
