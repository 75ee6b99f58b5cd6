#include "config/shared_schemas.h"

#include "config/infra_names.h"
#include "config/patterns.h"

namespace sky {
namespace {

using namespace schema;

constexpr size_t kHooksMax = 32;
constexpr size_t kHookScriptMaxBytes = 16 * 1024;
constexpr double kPriorityMax = 1000;

auto size_or_text() -> Schema {
  return any_of({matching(patterns::memory_size()), integer()});
}

auto text_or_number() -> Schema {
  return any_of({string(), number()});
}

auto exit_code() -> Schema {
  return between(integer(), 0, 255);
}

auto job_recovery(PluginKeys keys) -> Schema {
  Schema codes = array_of(exit_code());
  codes.unique_items = true;
  Schema mapping = object({{"strategy", any_of({string(), null()})},
                           {"max_restarts_on_errors", at_least(integer(), 0)},
                           {"recover_on_exit_codes", any_of({exit_code(), codes})}});
  mapping.closed = keys == PluginKeys::kRefused;
  return any_of({string(), std::move(mapping)});
}

auto disks() -> Schema {
  return array_of(open_object({{"disk_size", size_or_text()},
                               {"disk_tier", string()},
                               {"path", string()},
                               {"auto_delete", boolean()},
                               {"storage_type", string()},
                               {"name", string()},
                               {"attach_mode", string()}}));
}

auto docker_login() -> Schema {
  return require(object({{"username", string()}, {"password", string()}, {"server", string()}}),
                 {"username", "password", "server"});
}

// The members of one candidate, in the order in which they are checked.
auto candidate_members(PluginKeys keys) -> std::vector<Schema::Member> {
  return {{"cloud", any_case_word_of({kInfraNames.begin(), kInfraNames.end()})},
          {"region", string()},
          {"zone", string()},
          {"infra", matching(patterns::infra())},
          {"cpus", text_or_number()},
          {"memory", text_or_number()},
          {"accelerators", any_of({string(), sized(map_of(number()), {}, 1)})},
          {"instance_type", string()},
          {"use_spot", boolean()},
          {"job_recovery", job_recovery(keys)},
          {"volumes", disks()},
          {"disk_size", size_or_text()},
          {"ephemeral_storage", size_or_text()},
          {"disk_tier", string()},
          {"network_tier", string()},
          {"local_disk", string()},
          {"max_hourly_cost", {.types = {SchemaType::kNumber}, .above = 0}},
          {"ports", any_of({string(), integer(), array_of(any_of({string(), integer()})), null()})},
          {"labels", map_of(string())},
          {"accelerator_args", object({{"runtime_version", string()},
                                       {"tpu_name", string()},
                                       {"tpu_vm", boolean()},
                                       {"gcp_queued_resource", boolean()}})},
          {"_no_missing_accel_warnings", boolean()},
          {"image_id", any_of({string(), open_object({}), null()})},
          {"autostop", autostop_schema()},
          {"priority", between(integer(), -kPriorityMax, kPriorityMax)},
          {"priority_class", string()},
          {"_docker_login_config", docker_login()},
          {"_docker_username_for_runpod", string()},
          {"_is_image_managed", boolean()},
          {"_requires_fuse", boolean()},
          {"_cluster_config_overrides", open_object({})}};
}

// A task's own mapping differs in the accelerators, which may name several, and in the two lists.
auto build_resources(PluginKeys keys) -> Schema {
  auto members = candidate_members(keys);
  std::erase_if(members, [](const Schema::Member& member) { return member.first == "accelerators"; });
  members.emplace_back("accelerators", any_of({string(), map_of(any_of({null(), number()})), array_of(string())}));
  members.emplace_back("any_of", array_of(object(candidate_members(keys))));
  members.emplace_back("ordered", array_of(object(candidate_members(keys))));
  return object(std::move(members));
}

auto build_hooks() -> Schema {
  Schema events = sized(array_of(word_of({"stop", "preemption", "down"})), 1);
  events.unique_items = true;
  return sized(array_of(require(object({{"run", sized(string(), 1, kHookScriptMaxBytes)},
                                        {"events", std::move(events)},
                                        {"timeout", at_least(integer(), 1)}}),
                                {"run"})),
               {}, kHooksMax);
}

}  // namespace

auto autostop_schema() -> const Schema& {
  static const Schema kSchema = any_of({boolean(), any_of({matching(patterns::kMinutes), integer()}),
                                        object({{"idle_minutes", at_least(integer(), 0)},
                                                {"down", boolean()},
                                                {"wait_for", any_case_word_of({"jobs_and_ssh", "jobs", "none"})},
                                                {"hook", string()},
                                                {"hook_timeout", at_least(integer(), 1)}})});
  return kSchema;
}

auto hooks_schema() -> const Schema& {
  static const Schema kSchema = build_hooks();
  return kSchema;
}

auto resources_schema(PluginKeys keys) -> const Schema& {
  static const Schema kStrict = build_resources(PluginKeys::kRefused);
  static const Schema kOpen = build_resources(PluginKeys::kKept);
  return keys == PluginKeys::kRefused ? kStrict : kOpen;
}

auto all_infra_words() -> std::vector<std::string_view> {
  std::vector<std::string_view> words(kInfraNames.begin(), kInfraNames.end());
  words.insert(words.end(), kStorageOnlyNames.begin(), kStorageOnlyNames.end());
  return words;
}

}  // namespace sky
