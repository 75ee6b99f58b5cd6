#include "task/candidate_parse.h"

#include "base/strings.h"
#include "config/config_schema.h"
#include "task/disks_parse.h"
#include "task/values.h"

namespace sky {
namespace {

constexpr std::int64_t kDiskSizeDefaultGib = 256;
constexpr std::int64_t kHookTimeoutDefaultSeconds = 3600;
constexpr std::string_view kDockerPrefix = "docker:";

// Names of TPU slices on GKE; other TPU names are GCP's. Source: provision/kubernetes/utils.py of 0.14.1.
constexpr std::array<std::string_view, 5> kGkeTpus = {"tpu-v4-podslice", "tpu-v5-lite-device", "tpu-v5-lite-podslice",
                                                      "tpu-v5p-slice", "tpu-v6e-slice"};

struct Reader {
  const YamlNode& mapping;
  const ParseScope& scope;
  std::optional<std::string_view> accelerator = {};
  Resources out = {};
  std::optional<Hook> autostop_hook = {};

  auto fail(const YamlNode& node, std::string message) const -> Error { return scope.error(node, std::move(message)); }
};

using FieldParser = auto (*)(const YamlNode&, Reader&) -> Result<>;

template <auto kMember>
auto text_field(const YamlNode& node, Reader& reader) -> Result<> {
  reader.out.*kMember = python_str(node);
  return {};
}
// A name; an empty one says nothing.
template <auto kMember>
auto place_field(const YamlNode& node, Reader& reader) -> Result<> {
  if (!node.text.empty()) reader.out.*kMember = node.text;
  return {};
}
template <auto kMember>
auto bool_field(const YamlNode& node, Reader& reader) -> Result<> {
  reader.out.*kMember = node.bool_value;
  return {};
}

auto cloud_field(const YamlNode& node, Reader& reader) -> Result<> {
  SKY_TRY(reader.out.infra, reader.scope.at(node, parse_infra_name(node.text)));
  return {};
}

auto infra_field(const YamlNode& node, Reader& reader) -> Result<> {
  const auto shown = [&](std::string_view name) {
    const auto* value = reader.mapping.find(name);
    return value == nullptr ? std::string("None") : python_str(*value);
  };
  if (reader.out.infra || reader.out.region || reader.out.zone) {
    return reader.fail(node,
                       fmt::format("Cannot specify both `infra` and `cloud`, `region`, or `zone` parameters. Got: "
                                   "infra={}, cloud={}, region={}, zone={}",
                                   node.text, shown("cloud"), shown("region"), shown("zone")));
  }
  SKY_TRY(auto spec, reader.scope.at(node, parse_infra(node.text)));
  reader.out.infra = std::move(spec.infra);
  reader.out.region = std::move(spec.region);
  reader.out.zone = std::move(spec.zone);
  return {};
}

auto cpus_field(const YamlNode& node, Reader& reader) -> Result<> {
  SKY_TRY(reader.out.cpus, reader.scope.at(node, parse_cpus(python_str(node))));
  return {};
}

auto memory_field(const YamlNode& node, Reader& reader) -> Result<> {
  const bool zero_allowed = reader.out.infra == "slurm";
  SKY_TRY(reader.out.memory_gib, reader.scope.at(node, parse_memory(python_str(node), zero_allowed)));
  return {};
}

auto accelerators_field(const YamlNode& node, Reader& reader) -> Result<> {
  if (!reader.accelerator) return {};
  SKY_TRY(reader.out.accelerator, reader.scope.at(node, parse_accelerator(*reader.accelerator)));
  if (reader.out.accelerator->by_memory) reader.out.no_missing_accelerator_warnings = true;
  return {};
}

auto accelerator_args_field(const YamlNode& node, Reader& reader) -> Result<> {
  AcceleratorArgs args;
  if (const auto* value = node.find("runtime_version")) args.runtime_version = value->text;
  if (const auto* value = node.find("tpu_name")) args.tpu_name = value->text;
  if (const auto* value = node.find("tpu_vm")) args.tpu_vm = value->bool_value;
  if (const auto* value = node.find("gcp_queued_resource")) args.gcp_queued_resource = value->bool_value;
  reader.out.accelerator_args = std::move(args);
  return {};
}

auto is_recovery_key(std::string_view key) -> bool {
  return key == "strategy" || key == "max_restarts_on_errors" || key == "recover_on_exit_codes";
}

auto job_recovery_field(const YamlNode& node, Reader& reader) -> Result<> {
  const YamlNode* strategy = node.is_string() ? &node : node.find("strategy");
  JobRecovery recovery;
  if (strategy != nullptr && strategy->is_string()) {
    if (strategy->text == "none") return {};
    recovery.strategy = to_upper(strategy->text);
  }
  if (const auto* value = node.find("max_restarts_on_errors")) recovery.max_restarts_on_errors = int_of(*value);
  if (const auto* value = node.find("recover_on_exit_codes")) {
    recovery.one_exit_code = !value->is_sequence();
    if (recovery.one_exit_code) recovery.recover_on_exit_codes.push_back(int_of(*value));
    for (const auto* code : value->items) recovery.recover_on_exit_codes.push_back(int_of(*code));
  }
  for (const auto& entry : node.entries) {
    if (is_recovery_key(entry.key->text)) continue;
    SKY_TRY(recovery.others[entry.key->text], to_json(*entry.value, reader.scope.file));
  }
  reader.out.job_recovery = std::move(recovery);
  return {};
}

auto disk_size_field(const YamlNode& node, Reader& reader) -> Result<> {
  SKY_TRY(const auto gib, reader.scope.at(node, parse_size_gib(python_str(node), "disk_size")));
  if (gib <= 0) {
    return reader.fail(
        node, fmt::format("\"disk_size\" must be a positive integer (in GB). Got: {}.", python_repr(python_str(node))));
  }
  // Older files always say the default, which must not count as a request.
  if (gib != kDiskSizeDefaultGib) reader.out.disk_size_gib = gib;
  return {};
}

auto image_map(const YamlNode& node, Reader& reader) -> Result<> {
  std::vector<Image> images;
  for (const auto& [key, value] : node.entries) {
    if (!value->is_string()) {
      return reader.fail(*value, fmt::format("image_id must be a text. Found: {}", python_repr(*value)));
    }
    const std::string id(trim(value->text));
    if (key->is_string() && key->text == "docker") {
      reader.out.docker_image = id.starts_with(kDockerPrefix) ? id.substr(kDockerPrefix.size()) : id;
    } else if (key->is_null()) {
      reader.out.images = {{reader.out.region.value_or(""), id}};
    } else {
      images.push_back({std::string(trim(python_str(*key))), id});
    }
  }
  if (reader.out.images.empty()) reader.out.images = std::move(images);
  if (!reader.out.docker_image) return {};
  std::string prefixed;
  for (const auto& image : reader.out.images) {
    if (!image.id.starts_with(kDockerPrefix)) continue;
    prefixed += fmt::format("{}{} (region: {})", prefixed.empty() ? "" : ", ", image.id, image.region);
  }
  if (prefixed.empty()) return {};
  return reader.fail(node,
                     fmt::format("image_id has both a 'docker' key and docker:-prefixed region values: {}. Please "
                                 "use only one mechanism to specify the Docker image.",
                                 prefixed));
}

auto image_field(const YamlNode& node, Reader& reader) -> Result<> {
  if (node.is_mapping()) {
    SKY_CHECK(image_map(node, reader));
  } else {
    reader.out.images = {{reader.out.region.value_or(""), std::string(trim(node.text))}};
  }
  if (reader.out.infra != "kubernetes") return {};
  for (auto& image : reader.out.images) {
    if (!image.id.starts_with(kDockerPrefix)) image.id.insert(0, kDockerPrefix);
  }
  return {};
}

auto disk_tier_field(const YamlNode& node, Reader& reader) -> Result<> {
  reader.out.disk_tier = parse_disk_tier(node.text);
  if (reader.out.disk_tier) return {};
  return reader.fail(node, fmt::format("Invalid disk_tier {}. Disk tier must be one of low, medium, high, ultra, best.",
                                       python_repr(to_lower(node.text))));
}

auto network_tier_field(const YamlNode& node, Reader& reader) -> Result<> {
  reader.out.network_tier = parse_network_tier(node.text);
  if (reader.out.network_tier) return {};
  return reader.fail(node, fmt::format("Invalid network_tier {}. Network tier must be one of standard, best.",
                                       python_repr(to_lower(node.text))));
}

auto local_disk_field(const YamlNode& node, Reader& reader) -> Result<> {
  SKY_TRY(reader.out.local_disk, reader.scope.at(node, normalize_local_disk(node.text)));
  return {};
}

auto max_hourly_cost_field(const YamlNode& node, Reader& reader) -> Result<> {
  reader.out.max_hourly_cost_usd = double_of(node);
  return {};
}

auto ports_field(const YamlNode& node, Reader& reader) -> Result<> {
  std::vector<std::string> entries;
  if (!node.is_sequence()) entries.push_back(python_str(node));
  for (const auto* item : node.items) entries.push_back(python_str(*item));
  SKY_TRY(reader.out.ports, reader.scope.at(node, parse_ports(entries)));
  return {};
}

auto labels_field(const YamlNode& node, Reader& reader) -> Result<> {
  TextPairs& labels = reader.out.labels.emplace();
  for (const auto& [key, value] : node.entries) labels.emplace_back(python_str(*key), value->text);
  return {};
}

auto disks_field(const YamlNode& node, Reader& reader) -> Result<> {
  if (node.items.empty()) return {};
  SKY_TRY(reader.out.disks, parse_disks(node, reader.scope));
  return {};
}

auto autostop_mapping(const YamlNode& node, Autostop& autostop) -> std::optional<Hook> {
  if (const auto* value = node.find("idle_minutes")) autostop.idle_minutes = int_of(*value);
  if (const auto* value = node.find("down")) autostop.down = value->bool_value;
  if (const auto* value = node.find("wait_for")) autostop.wait_for = parse_autostop_wait(value->text);
  const YamlNode* run = node.find("hook");
  if (run == nullptr) return std::nullopt;
  const YamlNode* timeout = node.find("hook_timeout");
  return Hook{.run = run->text,
              .events = {autostop.down ? "down" : "stop"},
              .timeout_seconds = timeout == nullptr ? kHookTimeoutDefaultSeconds : int_of(*timeout)};
}

auto autostop_field(const YamlNode& node, Reader& reader) -> Result<> {
  Autostop autostop = {.enabled = !node.is(YamlKind::kBool) || node.bool_value};
  if (node.is_string()) {
    SKY_TRY(autostop.idle_minutes, reader.scope.at(node, parse_minutes(node.text)));
  } else if (node.is_mapping()) {
    reader.autostop_hook = autostop_mapping(node, autostop);
  } else if (!node.is(YamlKind::kBool)) {
    autostop.idle_minutes = int_of(node);
    if (autostop.idle_minutes < 0) {
      return reader.fail(node,
                         fmt::format("Invalid resources YAML: {} is less than the minimum of 0. Check problematic "
                                     "field(s): $.autostop",
                                     autostop.idle_minutes));
    }
  }
  reader.out.autostop = std::move(autostop);
  return {};
}

auto priority_field(const YamlNode& node, Reader& reader) -> Result<> {
  reader.out.priority = int_of(node);
  return {};
}

auto priority_class_field(const YamlNode& node, Reader& reader) -> Result<> {
  const std::string name(trim(node.text));
  if (!name.empty()) reader.out.priority_class = name;
  return {};
}

auto docker_login_field(const YamlNode& node, Reader& reader) -> Result<> {
  reader.out.docker_login =
      DockerLogin{node.find("username")->text, Secret(node.find("password")->text), node.find("server")->text};
  return {};
}

auto config_overrides_field(const YamlNode& node, Reader& reader) -> Result<> {
  if (auto error = check_schema(node, task_config_schema(reader.scope.plugin_keys),
                                "Invalid resources.config override: ", reader.scope.file, true)) {
    return *std::move(error);
  }
  SKY_TRY(Json json, to_json(node, reader.scope.file));
  reader.out.config_overrides = std::move(json.get_object());
  return {};
}

struct Field {
  std::string_view name;
  FieldParser parse;
};

// In the order in which the Python tool looks at them, so that of several wrong values the same one is named.
// `infra` stands after the three fields that it excludes; `ephemeral_storage` is accepted and says nothing.
constexpr std::array kFields = {
    Field{"cloud", cloud_field},
    Field{"region", place_field<&Resources::region>},
    Field{"zone", place_field<&Resources::zone>},
    Field{"_cluster_config_overrides", config_overrides_field},
    Field{"infra", infra_field},
    Field{"instance_type", text_field<&Resources::instance_type>},
    Field{"use_spot", bool_field<&Resources::use_spot>},
    Field{"job_recovery", job_recovery_field},
    Field{"disk_size", disk_size_field},
    Field{"image_id", image_field},
    Field{"disk_tier", disk_tier_field},
    Field{"network_tier", network_tier_field},
    Field{"ports", ports_field},
    Field{"labels", labels_field},
    Field{"cpus", cpus_field},
    Field{"memory", memory_field},
    Field{"accelerators", accelerators_field},
    Field{"accelerator_args", accelerator_args_field},
    Field{"autostop", autostop_field},
    Field{"priority", priority_field},
    Field{"priority_class", priority_class_field},
    Field{"volumes", disks_field},
    Field{"local_disk", local_disk_field},
    Field{"max_hourly_cost", max_hourly_cost_field},
    Field{"_docker_login_config", docker_login_field},
    Field{"_docker_username_for_runpod", text_field<&Resources::docker_username_for_runpod>},
    Field{"_is_image_managed", bool_field<&Resources::is_image_managed>},
    Field{"_requires_fuse", bool_field<&Resources::requires_fuse>},
    Field{"_no_missing_accel_warnings", bool_field<&Resources::no_missing_accelerator_warnings>},
};

auto default_tpu_runtime(const std::string& accelerator, const AcceleratorArgs& args) -> std::string {
  if (!args.tpu_vm.value_or(true)) return "2.12.0";
  if (accelerator.starts_with("tpu-v5")) return "v2-alpha-tpuv5";
  if (accelerator.starts_with("tpu-v6e")) return "v2-alpha-tpuv6e";
  return "tpu-vm-base";
}

}  // namespace

auto apply_tpu_defaults(Resources& resources) -> Result<> {
  if (!resources.accelerator || to_lower(resources.accelerator->name).find("tpu") == std::string::npos) return {};
  const std::string& name = resources.accelerator->name;
  const bool on_gke = std::find(kGkeTpus.begin(), kGkeTpus.end(), name) != kGkeTpus.end();
  if (!resources.infra) resources.infra = on_gke ? "kubernetes" : "gcp";
  if (resources.infra != "gcp" && resources.infra != "kubernetes") {
    return make_error(ErrorCode::kInvalidArgument, "Cloud must be GCP or Kubernetes for TPU accelerators.");
  }
  if (!resources.accelerator_args) resources.accelerator_args = AcceleratorArgs{};
  if (resources.infra != "gcp" || on_gke) return {};
  AcceleratorArgs& args = *resources.accelerator_args;
  if (!args.runtime_version) args.runtime_version = default_tpu_runtime(name, args);
  if (resources.instance_type && resources.instance_type != "TPU-VM" && args.tpu_vm.value_or(true)) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("Cannot specify instance type (got {}) for TPU VM.",
                                                               python_repr(*resources.instance_type)));
  }
  return {};
}

auto parse_candidate(const YamlNode& mapping, std::optional<std::string_view> accelerator, const ParseScope& scope)
    -> Result<ParsedCandidate> {
  Reader reader = {mapping, scope, accelerator};
  for (const auto& field : kFields) {
    const YamlNode* value = mapping.find(field.name);
    if (value != nullptr && !value->is_null()) SKY_CHECK(scope.report_failure(field.parse(*value, reader)));
    if (field.name != "accelerator_args") continue;
    SKY_CHECK(scope.report_failure(scope.at(mapping, apply_tpu_defaults(reader.out))));
  }
  return ParsedCandidate{std::move(reader.out), std::move(reader.autostop_hook)};
}

}  // namespace sky
