#include "task/emit.h"

#include <cmath>

#include "format/yaml.h"
#include "task/values.h"

namespace sky {
namespace {

template <class T>
void put(JsonObject& out, std::string_view key, const std::optional<T>& value) {
  if (value) out[key] = *value;
}

auto strings(const std::vector<std::string>& texts) -> JsonArray {
  JsonArray out;
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

auto pairs(const TextPairs& texts) -> JsonObject {
  JsonObject out;
  for (const auto& [key, value] : texts) out[key] = value;
  return out;
}

auto secret_text(const Secret& secret, SecretsShown shown) -> std::string {
  return shown == SecretsShown::kRevealed ? secret.reveal() : std::string(kRedacted);
}

auto number(double value) -> Json {
  constexpr double kWholeMax = 1e15;
  if (std::trunc(value) == value && std::abs(value) < kWholeMax) return static_cast<std::int64_t>(value);
  return value;
}

auto accelerators(const Accelerator& accelerator) -> Json {
  if (!accelerator.by_memory) return JsonObject{{accelerator.name, number(accelerator.count)}};
  const DeviceMemory& device = *accelerator.by_memory;
  return Json(fmt::format("{}{}{}GB{}:{}", device.manufacturer, device.manufacturer.empty() ? "" : ":",
                          device.memory_gib, device.at_least ? "+" : "", count_text(accelerator.count)));
}

auto accelerator_args(const AcceleratorArgs& args) -> JsonObject {
  JsonObject out;
  put(out, "runtime_version", args.runtime_version);
  put(out, "tpu_name", args.tpu_name);
  put(out, "tpu_vm", args.tpu_vm);
  put(out, "gcp_queued_resource", args.gcp_queued_resource);
  return out;
}

auto job_recovery(const JobRecovery& recovery) -> JsonObject {
  JsonObject out;
  out["strategy"] = recovery.strategy ? Json(*recovery.strategy) : Json(nullptr);
  put(out, "max_restarts_on_errors", recovery.max_restarts_on_errors);
  if (recovery.one_exit_code) {
    out["recover_on_exit_codes"] = recovery.recover_on_exit_codes.front();
  } else if (!recovery.recover_on_exit_codes.empty()) {
    JsonArray codes;
    for (const auto code : recovery.recover_on_exit_codes) codes.emplace_back(code);
    out["recover_on_exit_codes"] = std::move(codes);
  }
  for (const auto& [key, value] : recovery.others) out[key] = value;
  return out;
}

auto autostop(const Autostop& value) -> Json {
  if (!value.enabled) return false;
  JsonObject out = {{"idle_minutes", value.idle_minutes}, {"down", value.down}};
  if (value.wait_for) out["wait_for"] = std::string(to_string(*value.wait_for));
  return out;
}

void put_image(JsonObject& out, const Resources& resources) {
  const bool everywhere = resources.images.size() == 1 && resources.images[0].region.empty();
  if (everywhere && !resources.docker_image) {
    out["image_id"] = resources.images[0].id;
    return;
  }
  JsonObject images;
  for (const auto& image : resources.images) images[image.region.empty() ? "null" : image.region] = image.id;
  if (resources.docker_image) images["docker"] = *resources.docker_image;
  if (!images.empty()) out["image_id"] = std::move(images);
}

auto hooks(const std::vector<Hook>& list) -> JsonArray {
  JsonArray out;
  for (const auto& hook : list) {
    out.push_back({{"run", hook.run}, {"events", strings(hook.events)}, {"timeout", hook.timeout_seconds}});
  }
  return out;
}

auto reference_text(const SecretReference& reference) -> std::string {
  return reference.scope.empty() ? reference.name : fmt::format("{}.{}", reference.scope, reference.name);
}

// References are a list under `secrets`, or under `managed_secrets` beside secrets with values or with a mount path.
void put_secrets(JsonObject& out, const Task& task, SecretsShown shown) {
  JsonObject values;
  for (const auto& [name, value] : task.secrets) values[name] = secret_text(value, shown);
  JsonArray mounted;
  std::vector<std::string> plain;
  for (const auto& reference : task.managed_secrets) {
    if (reference.mount_path) {
      mounted.push_back({{reference_text(reference), {{"mount_path", *reference.mount_path}}}});
    } else {
      plain.push_back("secrets:" + reference_text(reference));
    }
  }
  if (!values.empty()) {
    out["secrets"] = std::move(values);
    for (auto& text : plain) mounted.emplace_back(std::move(text));
  } else if (!plain.empty()) {
    out["secrets"] = strings(plain);
  }
  if (!mounted.empty()) out["managed_secrets"] = std::move(mounted);
}

void put_workdir(JsonObject& out, const Workdir& workdir) {
  if (const auto* path = std::get_if<std::string>(&workdir)) out["workdir"] = *path;
  if (const auto* git = std::get_if<GitWorkdir>(&workdir)) {
    JsonObject value = {{"url", git->url}};
    put(value, "ref", git->ref);
    out["workdir"] = std::move(value);
  }
}

void put_data_size(JsonObject& out, std::string_view key, const std::optional<DataSize>& data) {
  if (data) out[key] = JsonObject{{data->url, number(data->size_gb)}};
}

void redact_document(JsonObject& document) {
  if (Json* secrets = document.if_contains("secrets"); secrets != nullptr && secrets->is_object()) {
    for (auto& entry : secrets->get_object()) {
      if (!entry.value().is_null()) entry.value() = std::string(kRedacted);
    }
  }
  Json* resources = document.if_contains("resources");
  if (resources == nullptr || !resources->is_object()) return;
  Json* login = resources->get_object().if_contains("_docker_login_config");
  if (login != nullptr && login->is_object() && login->get_object().contains("password")) {
    login->get_object()["password"] = std::string(kRedacted);
  }
}

}  // namespace

auto emit_resources(const Resources& resources, SecretsShown secrets) -> JsonObject {
  JsonObject out;
  if (auto infra = infra_text(resources); !infra.empty()) out["infra"] = std::move(infra);
  put(out, "instance_type", resources.instance_type);
  if (resources.cpus) out["cpus"] = resources.cpus->text;
  if (resources.memory_gib) out["memory"] = resources.memory_gib->text;
  if (resources.accelerator) out["accelerators"] = accelerators(*resources.accelerator);
  if (resources.accelerator_args) out["accelerator_args"] = accelerator_args(*resources.accelerator_args);
  put(out, "use_spot", resources.use_spot);
  if (resources.job_recovery) out["job_recovery"] = job_recovery(*resources.job_recovery);
  put(out, "disk_size", resources.disk_size_gib);
  put_image(out, resources);
  if (resources.disk_tier) out["disk_tier"] = std::string(to_string(*resources.disk_tier));
  if (resources.network_tier) out["network_tier"] = std::string(to_string(*resources.network_tier));
  put(out, "local_disk", resources.local_disk);
  if (resources.max_hourly_cost_usd) out["max_hourly_cost"] = number(*resources.max_hourly_cost_usd);
  if (!resources.ports.empty()) out["ports"] = strings(resources.ports);
  if (resources.labels) out["labels"] = pairs(*resources.labels);
  put(out, "volumes", resources.disks);
  if (resources.autostop) out["autostop"] = autostop(*resources.autostop);
  put(out, "_no_missing_accel_warnings", resources.no_missing_accelerator_warnings);
  put(out, "priority", resources.priority);
  put(out, "priority_class", resources.priority_class);
  if (const auto& login = resources.docker_login) {
    out["_docker_login_config"] = {
        {"username", login->username}, {"password", secret_text(login->password, secrets)}, {"server", login->server}};
  }
  put(out, "_docker_username_for_runpod", resources.docker_username_for_runpod);
  put(out, "_cluster_config_overrides", resources.config_overrides);
  put(out, "_is_image_managed", resources.is_image_managed);
  put(out, "_requires_fuse", resources.requires_fuse);
  return out;
}

auto emit_choices(const ResourceChoices& choices, SecretsShown secrets) -> JsonObject {
  if (choices.candidates.size() == 1) return emit_resources(choices.candidates[0], secrets);
  JsonArray candidates;
  for (const auto& candidate : choices.candidates) candidates.push_back(emit_resources(candidate, secrets));
  return {{choices.ordered ? "ordered" : "any_of", std::move(candidates)}};
}

auto emit_task(const Task& task, SecretsShown secrets) -> JsonObject {
  JsonObject out;
  put(out, "name", task.name);
  out["resources"] = emit_choices(task.resources, secrets);
  if (!task.hooks.empty()) out["config"] = JsonObject{{"hooks", hooks(task.hooks)}};
  put(out, "service", task.service);
  out["num_nodes"] = task.num_nodes;
  put_data_size(out, "inputs", task.inputs);
  put_data_size(out, "outputs", task.outputs);
  put(out, "setup", task.setup);
  put_workdir(out, task.workdir);
  put(out, "event_callback", task.event_callback);
  put(out, "run", task.run);
  if (!task.envs.empty()) out["envs"] = pairs(task.envs);
  put_secrets(out, task, secrets);
  JsonObject mounts = pairs(task.file_mounts);
  for (const auto& mount : task.storage_mounts) mounts[mount.path] = mount.config;
  out["file_mounts"] = std::move(mounts);
  put(out, "file_mounts_mapping", task.file_mounts_mapping);
  out["volumes"] = task.volumes;
  put(out, "volume_mounts", task.volume_mounts);
  if (!task.api_server_access) out["api_server_access"] = false;
  if (!task.metadata.empty()) out["_metadata"] = task.metadata;
  if (!task.user_yaml.empty() && secrets == SecretsShown::kRevealed) out["_user_specified_yaml"] = task.user_yaml;
  return out;
}

auto task_to_yaml(const Task& task, SecretsShown secrets) -> std::string {
  return to_yaml_text(emit_task(task, secrets));
}

auto redact_user_yaml(std::string_view text) -> Result<std::string> {
  SKY_TRY(const YamlStream stream, parse_yaml(text, "task.yaml"));
  std::string out;
  for (const auto* document : stream.documents()) {
    SKY_TRY(Json json, to_json(*document));
    if (auto* object = json.if_object()) redact_document(*object);
    out += (out.empty() ? "" : "---\n") + to_yaml_text(json);
  }
  return out.empty() ? "{}\n" : out;
}

}  // namespace sky
