#include "task/service_parse.h"

#include "task/schemas.h"

namespace sky {
namespace {

constexpr std::int64_t kInitialDelaySeconds = 1200;
constexpr std::int64_t kProbeTimeoutSeconds = 15;
constexpr double kProbeIntervalSeconds = 10;
constexpr double kStreamTimeoutSeconds = 120;
constexpr std::int64_t kReplicas = 1;
constexpr std::int64_t kQueueLength = 1;
constexpr std::int64_t kPortMax = 65535;
constexpr std::string_view kInstanceAware = "instance_aware_least_load";
constexpr std::array<std::string_view, 3> kPolicies = {"round_robin", "least_load", kInstanceAware};

auto given(const JsonObject& object, std::string_view key) -> const Json* {
  const Json* value = find(object, key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void copy(const JsonObject& from, std::string_view key, JsonObject& to) {
  if (const Json* value = given(from, key)) to[key] = *value;
}

auto number_of(const Json& value) -> double {
  return value.to_number<double>();
}

auto python_number(const Json& value) -> std::string {
  return to_json_text(value, JsonStyle::kPython);
}

// Reads one section; `fail` places its sentence at a field.
struct Reader {
  const YamlNode& section;
  const ParseScope& scope;
  JsonObject config;

  auto fail(std::string_view field, std::string message) const -> Error {
    const YamlNode* node = section.find(field);
    return scope.error(node == nullptr ? section : *node, std::move(message));
  }
  auto value(std::string_view field) const -> const Json* { return given(config, field); }
  auto member(std::string_view field, std::string_view key) const -> const Json* {
    const Json* object = value(field);
    return object == nullptr || !object->is_object() ? nullptr : given(object->get_object(), key);
  }
};

auto read_post_data(const Reader& reader, JsonObject& probe) -> Result<> {
  const Json* data = reader.member("readiness_probe", "post_data");
  if (data == nullptr) return {};
  if (!data->is_string()) {
    probe["post_data"] = *data;
    return {};
  }
  auto parsed = parse_json(data->get_string());
  if (!parsed.ok()) {
    return reader.fail("readiness_probe",
                       "Invalid JSON string for `post_data` in the `readiness_probe` section of your service YAML.");
  }
  if (!parsed->is_null()) probe["post_data"] = *std::move(parsed);
  return {};
}

auto read_probe(const Reader& reader) -> Result<JsonObject> {
  JsonObject probe = {{"path", "/"}, {"initial_delay_seconds", kInitialDelaySeconds}};
  const Json* section = reader.value("readiness_probe");
  if (section != nullptr && section->is_string()) probe["path"] = *section;
  SKY_CHECK(read_post_data(reader, probe));
  probe["timeout_seconds"] = kProbeTimeoutSeconds;
  if (section == nullptr || !section->is_object()) return probe;
  for (const std::string_view key : {"path", "initial_delay_seconds", "timeout_seconds"}) {
    copy(section->get_object(), key, probe);
  }
  const Json* interval = reader.member("readiness_probe", "endpoint_probe_interval_seconds");
  if (interval != nullptr && number_of(*interval) != kProbeIntervalSeconds) {
    probe["endpoint_probe_interval_seconds"] = *interval;
  }
  copy(section->get_object(), "consecutive_failure_threshold_timeout", probe);
  copy(section->get_object(), "headers", probe);
  return probe;
}

auto check_ports(const Reader& reader) -> Result<> {
  const Json* ports = reader.value("ports");
  if (ports == nullptr) return {};
  const auto port = as_int(*ports);
  if (port.ok() && *port >= 1 && *port <= kPortMax) return {};
  return reader.fail("ports", "Port must be between 1 and 65535.");
}

auto check_exclusive(const Reader& reader) -> Result<> {
  if (reader.value("replicas") != nullptr && reader.value("workers") != nullptr) {
    return reader.fail("workers", "Cannot specify both `replicas` and `workers`. Please use one of them.");
  }
  if (reader.value("pool") != nullptr && reader.value("replicas") != nullptr) {
    return reader.fail("replicas", "Cannot specify `replicas` for pool. Please use `workers` instead.");
  }
  return {};
}

auto check_pool(const Reader& reader) -> Result<> {
  const Json* workers = reader.member("pool", "workers");
  if (workers == nullptr) workers = reader.value("workers");
  const Json* min = reader.member("pool", "min_workers");
  const Json* max = reader.member("pool", "max_workers");
  if (min == nullptr && max == nullptr && workers == nullptr) {
    return reader.fail("pool", "One of workers, or both min_workers and max_workers must be set for pool autoscaling.");
  }
  if (reader.member("pool", "queue_length_threshold") != nullptr && max == nullptr) {
    return reader.fail("pool",
                       "max_workers must be set when queue_length_threshold is specified for pool autoscaling.");
  }
  if (min != nullptr && max == nullptr) {
    return reader.fail("pool", "max_workers must be set when min_workers is specified for pool autoscaling.");
  }
  if (min != nullptr && max != nullptr && number_of(*min) > number_of(*max)) {
    return reader.fail("pool", fmt::format("min_workers ({}) must be <= max_workers ({}) for pool autoscaling.",
                                           python_number(*min), python_number(*max)));
  }
  return {};
}

// Of a pool, the settings of a service are refused, in this order.
auto check_pool_has_no(const Reader& reader, bool scales) -> Result<> {
  const auto refuse = [&](std::string_view name) {
    return reader.fail("pool", fmt::format("{} is not supported for pool.", name));
  };
  if (reader.value("load_balancing_policy") != nullptr) return refuse("load_balancing_policy");
  if (reader.value("ports") != nullptr) return refuse("ports");
  if (reader.member("readiness_probe", "post_data") != nullptr) return refuse("post_data");
  if (reader.value("tls") != nullptr) return refuse("tls_credential");
  if (reader.member("readiness_probe", "headers") != nullptr) return refuse("readiness_headers");
  for (const std::string_view delay : {"upscale_delay_seconds", "downscale_delay_seconds"}) {
    if (!scales && reader.member("pool", delay) != nullptr) return refuse(delay);
  }
  return {};
}

auto check_bounds(const Reader& reader, std::string_view field, const Json& min, const Json* max) -> Result<> {
  if (max == nullptr || number_of(*max) >= number_of(min)) return {};
  return reader.fail(field, fmt::format("max_replicas must be greater than or equal to min_replicas. Found: "
                                        "min_replicas={}, max_replicas={}",
                                        python_number(min), python_number(*max)));
}

auto check_path(const Reader& reader) -> Result<> {
  const Json* path = reader.member("readiness_probe", "path");
  if (path == nullptr) path = reader.value("readiness_probe");
  if (path == nullptr || !path->is_string() || path->get_string().starts_with('/')) return {};
  return reader.fail("readiness_probe", fmt::format("readiness_path must start with a slash (/). Got: {}",
                                                    std::string_view(path->get_string())));
}

auto check_policy(const Reader& reader) -> Result<> {
  const Json* policy = reader.value("load_balancing_policy");
  if (policy == nullptr) return {};
  const std::string_view name = policy->get_string();
  if (std::find(kPolicies.begin(), kPolicies.end(), name) != kPolicies.end()) return {};
  return reader.fail("load_balancing_policy",
                     fmt::format("Unknown load balancing policy: {}. Available policies: ['round_robin', 'least_load', "
                                 "'instance_aware_least_load']",
                                 name));
}

auto read_pool(const Reader& reader) -> Result<JsonObject> {
  SKY_CHECK(check_pool(reader));
  JsonObject pool = reader.value("pool")->get_object();
  const Json* max = reader.member("pool", "max_workers");
  const Json* workers = reader.value("workers");
  if (workers == nullptr) workers = reader.member("pool", "workers");
  const Json* min = max == nullptr ? nullptr : reader.member("pool", "min_workers");
  const Json replicas = min != nullptr ? *min : workers != nullptr ? *workers : Json(kReplicas);
  SKY_CHECK(check_pool_has_no(reader, max != nullptr));
  SKY_CHECK(check_bounds(reader, "pool", replicas, max));
  SKY_CHECK(check_path(reader));
  if (max == nullptr) {
    pool["workers"] = replicas;
  } else {
    if (given(pool, "queue_length_threshold") == nullptr) pool["queue_length_threshold"] = kQueueLength;
    pool["min_workers"] = replicas;
  }
  return JsonObject{{"pool", std::move(pool)}};
}

auto check_rates(const Reader& reader) -> Result<> {
  const Json* rate = reader.member("replica_policy", "target_qps_per_replica");
  const Json* policy = reader.value("load_balancing_policy");
  const bool by_instance = policy != nullptr && policy->get_string() == kInstanceAware;
  if (rate != nullptr && rate->is_object() && !by_instance) {
    return reader.fail("replica_policy",
                       "When using dict type target_qps_per_replica, load_balancing_policy must be "
                       "\"instance_aware_least_load\".");
  }
  if (by_instance && (rate == nullptr || !rate->is_object())) {
    return reader.fail("load_balancing_policy",
                       "When using \"instance_aware_least_load\" policy, target_qps_per_replica must be a dict "
                       "mapping GPU types to QPS values.");
  }
  return {};
}

auto check_scaling(const Reader& reader, const JsonObject& replicas) -> Result<> {
  const Json* min = given(replicas, "min_replicas");
  const Json* max = given(replicas, "max_replicas");
  const Json* rate = given(replicas, "target_qps_per_replica");
  SKY_CHECK(check_bounds(reader, "replica_policy", *min, max));
  if (rate != nullptr && max == nullptr) {
    return reader.fail("replica_policy", "max_replicas must be set where target_qps_per_replica is set.");
  }
  if (rate == nullptr && max != nullptr && number_of(*max) != number_of(*min)) {
    return reader.fail("replica_policy",
                       "Detected different min_replicas and max_replicas while target_qps_per_replica is not set. To "
                       "enable autoscaling, please set target_qps_per_replica.");
  }
  return {};
}

auto read_replicas(const Reader& reader) -> JsonObject {
  const Json* policy = reader.value("replica_policy");
  const Json* simple = reader.value("replicas");
  if (simple == nullptr) simple = reader.value("workers");
  if (policy == nullptr || simple != nullptr) {
    return {{"min_replicas", simple == nullptr ? Json(kReplicas) : *simple}};
  }
  JsonObject out;
  for (const std::string_view key :
       {"min_replicas", "max_replicas", "num_overprovision", "target_qps_per_replica", "dynamic_ondemand_fallback",
        "base_ondemand_fallback_replicas", "spot_placer", "upscale_delay_seconds", "downscale_delay_seconds"}) {
    copy(policy->get_object(), key, out);
  }
  return out;
}

}  // namespace

auto parse_service(const YamlNode& section, const ParseScope& scope) -> Result<JsonObject> {
  SKY_TRY(const YamlNode* good, scope.checked(section, service_schema(), "Invalid service YAML: "));
  SKY_TRY(Json json, to_json(*good, scope.file));
  const Reader reader = {*good, scope, std::move(json.get_object())};
  if (find(reader.config, "replicas") != nullptr && find(reader.config, "replica_policy") != nullptr) {
    return reader.fail("replica_policy",
                       "Cannot specify both `replicas` and `replica_policy` in the service YAML. Please use one of "
                       "them.");
  }
  SKY_TRY(JsonObject probe, read_probe(reader));
  SKY_CHECK(check_ports(reader));
  const Json* pool = reader.value("pool");
  if (pool != nullptr && !pool->get_object().empty() && reader.value("replica_policy") != nullptr) {
    return reader.fail("replica_policy",
                       "Cannot specify `replica_policy` for cluster pool. Only `workers: <num>` or `min_workers: <num> "
                       "max_workers: <num>` is supported for pool now.");
  }
  SKY_CHECK(check_exclusive(reader));
  if (pool != nullptr) return read_pool(reader);
  JsonObject replicas = read_replicas(reader);
  SKY_CHECK(check_rates(reader));
  SKY_CHECK(check_scaling(reader, replicas));
  SKY_CHECK(check_path(reader));
  SKY_CHECK(check_policy(reader));
  JsonObject out = {{"readiness_probe", std::move(probe)}};
  const Json* timeout = reader.member("load_balancer", "stream_timeout_seconds");
  if (timeout != nullptr && number_of(*timeout) != kStreamTimeoutSeconds) {
    out["load_balancer"] = JsonObject{{"stream_timeout_seconds", *timeout}};
  }
  out["replica_policy"] = std::move(replicas);
  copy(reader.config, "load_balancing_policy", out);
  copy(reader.config, "ports", out);
  copy(reader.config, "tls", out);
  return out;
}

}  // namespace sky
