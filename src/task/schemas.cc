#include "task/schemas.h"

#include "config/config_schema.h"
#include "config/infra_names.h"
#include "config/patterns.h"

namespace sky {
namespace {

using namespace schema;

auto envs() -> Schema {
  return {.types = {SchemaType::kObject},
          .key_pattern = patterns::kVariableName,
          .key_value = std::make_shared<const Schema>(string_or_null()),
          .closed = true};
}

auto data_size() -> Schema {
  return sized(map_of(number()), {}, 1);
}

auto managed_secrets() -> Schema {
  return array_of(one_of({string(), sized(map_of(object({{"mount_path", string()}})), {}, 1)}));
}

auto count() -> Schema {
  return at_least(integer(), 0);
}

auto build_volume_mount() -> Schema {
  const Schema nullable = any_of({string(), null()});
  return object({{"path", string()},
                 {"volume_name", string()},
                 {"is_ephemeral", boolean()},
                 {"sub_path", matching(patterns::kSubPath)},
                 {"volume_config", open_object({{"cloud", any_case_word_of({kInfraNames.begin(), kInfraNames.end()})},
                                                {"region", nullable},
                                                {"zone", nullable}})}});
}

auto build_task(PluginKeys keys) -> Schema {
  return object({{"name", string()},
                 {"workdir", any_of({string(), require(object({{"url", string()}, {"ref", string()}}), {"url"})})},
                 {"event_callback", string()},
                 {"num_nodes", integer()},
                 {"resources", open_object({})},
                 {"file_mounts", open_object({})},
                 {"service", open_object({})},
                 {"pool", open_object({})},
                 {"setup", string()},
                 {"run", string()},
                 {"envs", envs()},
                 {"secrets", one_of({map_of(string_or_null()), array_of(string())})},
                 {"managed_secrets", managed_secrets()},
                 {"inputs", data_size()},
                 {"outputs", data_size()},
                 {"file_mounts_mapping", open_object({})},
                 {"config", task_config_schema(keys)},
                 {"volumes", open_object({})},
                 {"volume_mounts", array_of(volume_mount_schema())},
                 {"api_server_access", boolean()},
                 {"_metadata", open_object({})}});
}

auto mount_cached() -> Schema {
  const Schema size = matching(patterns::kRcloneSize);
  const Schema duration = matching(patterns::kRcloneDuration);
  return object({{"transfers", at_least(integer(), 1)},
                 {"buffer_size", size},
                 {"vfs_cache_max_size", size},
                 {"vfs_cache_max_age", duration},
                 {"vfs_read_ahead", size},
                 {"vfs_read_chunk_size", size},
                 {"vfs_read_chunk_streams", count()},
                 {"vfs_write_back", duration},
                 {"read_only", boolean()}});
}

auto build_storage() -> Schema {
  return object(
      {{"name", string()},
       {"source", any_of({string(), sized(array_of(string()), 1)})},
       {"store", any_case_word_of(
                     {"S3", "GCS", "AZURE", "R2", "IBM", "OCI", "NEBIUS", "COREWEAVE", "VASTDATA", "HF", "VOLUME"})},
       {"persistent", boolean()},
       {"mode", any_case_word_of({"MOUNT", "COPY", "MOUNT_CACHED"})},
       {"type", any_case_word_of({"MODEL_CHECKPOINT_RO", "MODEL_CHECKPOINT_RW", "DATASET_RO", "DATASET_RW"})},
       {"config", open_object({{"disk_size", any_of({matching(patterns::memory_size()), integer()})},
                               {"disk_tier", string()},
                               {"storage_type", string()},
                               {"attach_mode", string()},
                               {"mount_cached", mount_cached()},
                               {"mount", object({{"read_only", boolean()}, {"hf_mount_args", array_of(string())}})}})},
       {"_is_sky_managed", boolean()},
       {"_bucket_sub_path", string()},
       {"_force_delete", boolean()}});
}

auto readiness_probe() -> Schema {
  return any_of({string(), require(object({{"path", string()},
                                           {"initial_delay_seconds", number()},
                                           {"timeout_seconds", number()},
                                           {"endpoint_probe_interval_seconds", number()},
                                           {"consecutive_failure_threshold_timeout", number()},
                                           {"post_data", any_of({string(), open_object({})})},
                                           {"headers", map_of(string())}}),
                                   {"path"})});
}

auto replica_policy() -> Schema {
  const Schema rate = at_least(number(), 0);
  const Schema rates = {.types = {SchemaType::kObject},
                        .key_pattern = patterns::kAcceleratorKey,
                        .key_value = std::make_shared<const Schema>(rate),
                        .closed = true};
  return require(object({{"min_replicas", count()},
                         {"max_replicas", count()},
                         {"num_overprovision", count()},
                         {"target_qps_per_replica", any_of({rate, rates})},
                         {"dynamic_ondemand_fallback", boolean()},
                         {"base_ondemand_fallback_replicas", count()},
                         {"spot_placer", any_case_word_of({"dynamic_fallback"})},
                         {"upscale_delay_seconds", number()},
                         {"downscale_delay_seconds", number()}}),
                 {"min_replicas"});
}

auto build_service() -> Schema {
  return object(
      {{"readiness_probe", readiness_probe()},
       {"load_balancer", object({{"stream_timeout_seconds", number()}})},
       {"pool", object({{"workers", count()},
                        {"min_workers", count()},
                        {"queue_length_threshold", at_least(integer(), 1)},
                        {"max_workers", count()},
                        {"upscale_delay_seconds", at_least(number(), 0)},
                        {"downscale_delay_seconds", at_least(number(), 0)}})},
       {"replica_policy", replica_policy()},
       {"ports", integer()},
       {"replicas", integer()},
       {"workers", integer()},
       {"load_balancing_policy", any_case_word_of({"round_robin", "least_load", "instance_aware_least_load"})},
       {"tls", require(object({{"keyfile", string()}, {"certfile", string()}}), {"keyfile", "certfile"})}});
}

}  // namespace

auto task_schema(PluginKeys keys) -> const Schema& {
  static const Schema kStrict = build_task(PluginKeys::kRefused);
  static const Schema kOpen = build_task(PluginKeys::kKept);
  return keys == PluginKeys::kRefused ? kStrict : kOpen;
}
auto storage_schema() -> const Schema& {
  static const Schema kSchema = build_storage();
  return kSchema;
}
auto service_schema() -> const Schema& {
  static const Schema kSchema = build_service();
  return kSchema;
}
auto volume_mount_schema() -> const Schema& {
  static const Schema kSchema = build_volume_mount();
  return kSchema;
}

}  // namespace sky
