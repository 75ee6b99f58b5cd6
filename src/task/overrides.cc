#include "task/overrides.h"

#include "base/strings.h"
#include "config/config.h"
#include "task/candidate_parse.h"
#include "task/values.h"

namespace sky {
namespace {

auto invalid(std::string message) -> Error {
  return make_error(ErrorCode::kInvalidArgument, std::move(message));
}

auto is_none(std::string_view text) -> bool {
  return equals_ignore_case(text, "none");
}
auto is_any(std::string_view text) -> bool {
  return is_none(text) || text == "*";
}

// Sets `field` from an option that was given: cleared by `none`, else what `parse` makes of it.
template <class T, class Parse>
auto override_field(const std::optional<std::string>& option, std::optional<T>& field, Parse parse) -> Result<> {
  if (!option) return {};
  if (is_none(*option)) {
    field.reset();
    return {};
  }
  SKY_TRY(field, parse(*option));
  return {};
}

auto override_place(const TaskOverrides& overrides, Resources& resources) -> Result<> {
  if (overrides.infra && (overrides.cloud || overrides.region || overrides.zone)) {
    return invalid("Cannot specify both --infra and --cloud, --region, or --zone.");
  }
  if (overrides.infra) {
    InfraSpec spec;
    if (!is_none(*overrides.infra)) {
      SKY_TRY(spec, parse_infra(*overrides.infra));
    }
    resources.infra = std::move(spec.infra);
    resources.region = std::move(spec.region);
    resources.zone = std::move(spec.zone);
    return {};
  }
  if (overrides.cloud) {
    resources.infra.reset();
    if (!is_any(*overrides.cloud)) {
      SKY_TRY(resources.infra, parse_infra_name(*overrides.cloud));
    }
  }
  if (overrides.region) resources.region = is_any(*overrides.region) ? std::nullopt : overrides.region;
  if (overrides.zone) resources.zone = is_any(*overrides.zone) ? std::nullopt : overrides.zone;
  return {};
}

auto parse_tier(std::string_view text) -> Result<DiskTier> {
  if (const auto tier = parse_disk_tier(text)) return *tier;
  return invalid(
      fmt::format("Invalid disk_tier '{}'. Disk tier must be one of low, medium, high, ultra, best.", to_lower(text)));
}

auto parse_network(std::string_view text) -> Result<NetworkTier> {
  if (const auto tier = parse_network_tier(text)) return *tier;
  return invalid(fmt::format("Invalid network_tier '{}'. Network tier must be one of standard, best.", to_lower(text)));
}

auto same_text(const std::string& text) -> Result<std::string> {
  return text;
}

auto override_ports(const std::vector<std::string>& ports, Resources& resources) -> Result<> {
  if (ports.empty()) return {};
  if (std::any_of(ports.begin(), ports.end(), is_none)) {
    if (ports.size() > 1) return invalid("Cannot specify both \"none\" and other ports.");
    resources.ports.clear();
    return {};
  }
  SKY_TRY(resources.ports, parse_ports(ports));
  return {};
}

// A resource never has both a number and a class; the option replaces whichever the file has.
auto override_priority(const std::optional<std::string>& option, Resources& resources) -> Result<> {
  if (!option) return {};
  constexpr std::int64_t kPriorityMax = 1000;
  const std::string_view text = trim(*option);
  resources.priority.reset();
  resources.priority_class.reset();
  if (text.empty() || is_none(text)) return {};
  const auto number = parse_int(text);
  if (!number) {
    resources.priority_class = text;
  } else if (*number < -kPriorityMax || *number > kPriorityMax) {
    return invalid(fmt::format("Priority must be between {} and {}. Found: {}", -kPriorityMax, kPriorityMax, *number));
  } else {
    resources.priority = *number;
  }
  return {};
}

void override_image(const std::optional<std::string>& option, Resources& resources) {
  if (!option) return;
  resources.images.clear();
  resources.docker_image.reset();
  if (is_none(*option)) return;
  std::string id(trim(*option));
  if (resources.infra == "kubernetes" && !id.starts_with("docker:")) id.insert(0, "docker:");
  resources.images = {{resources.region.value_or(""), std::move(id)}};
}

auto parse_strategy(const std::string& text) -> Result<JobRecovery> {
  return JobRecovery{.strategy = to_upper(text)};
}

auto override_candidate(const TaskOverrides& overrides, Resources& resources) -> Result<> {
  SKY_CHECK(override_place(overrides, resources));
  SKY_CHECK(override_field(overrides.gpus, resources.accelerator, parse_accelerator));
  SKY_CHECK(apply_tpu_defaults(resources));
  SKY_CHECK(override_field(overrides.cpus, resources.cpus, parse_cpus));
  const bool zero_allowed = resources.infra == "slurm";
  SKY_CHECK(override_field(overrides.memory, resources.memory_gib,
                           [&](const std::string& text) { return parse_memory(text, zero_allowed); }));
  SKY_CHECK(override_field(overrides.instance_type, resources.instance_type, same_text));
  if (overrides.use_spot) resources.use_spot = overrides.use_spot;
  override_image(overrides.image_id, resources);
  if (overrides.disk_size_gib) {
    if (*overrides.disk_size_gib <= 0) {
      return invalid(
          fmt::format("\"disk_size\" must be a positive integer (in GB). Got: {}.", *overrides.disk_size_gib));
    }
    resources.disk_size_gib = overrides.disk_size_gib;
  }
  SKY_CHECK(override_field(overrides.disk_tier, resources.disk_tier, parse_tier));
  SKY_CHECK(override_field(overrides.network_tier, resources.network_tier, parse_network));
  SKY_CHECK(override_field(overrides.local_disk, resources.local_disk, normalize_local_disk));
  SKY_CHECK(override_ports(overrides.ports, resources));
  SKY_CHECK(override_priority(overrides.priority, resources));
  SKY_CHECK(override_field(overrides.job_recovery, resources.job_recovery, parse_strategy));
  if (overrides.config.empty()) return {};
  JsonObject config = resources.config_overrides.value_or(JsonObject());
  SKY_CHECK(override_task_config(config, overrides.config));
  resources.config_overrides = config.empty() ? std::nullopt : std::optional(std::move(config));
  return {};
}

auto override_workdir(const TaskOverrides& overrides, Task& task) -> Result<> {
  if (overrides.workdir && overrides.git_url) return invalid("Cannot specify both --git-url and --workdir");
  if (auto* git = std::get_if<GitWorkdir>(&task.workdir)) {
    if (overrides.git_url) git->url = *overrides.git_url;
    if (overrides.git_ref) git->ref = *overrides.git_ref;
  } else if (overrides.workdir) {
    task.workdir = *overrides.workdir;
  } else if (overrides.git_url) {
    task.workdir = GitWorkdir{.url = *overrides.git_url, .ref = overrides.git_ref};
  }
  return {};
}

// NAME=VALUE, or NAME for the value on this machine.
auto parse_variable(const std::string& text, const VariableLookup& lookup)
    -> Result<std::pair<std::string, std::string>> {
  const size_t equal = text.find('=');
  if (equal != std::string::npos) return std::pair(text.substr(0, equal), text.substr(equal + 1));
  const auto value = lookup ? lookup(text) : std::nullopt;
  if (!value) return invalid(fmt::format("{} is not set in local environment.", text));
  return std::pair(text, *value);
}

template <class Value>
void put(std::vector<std::pair<std::string, Value>>& pairs, const std::string& name, Value value) {
  for (auto& pair : pairs) {
    if (pair.first != name) continue;
    pair.second = std::move(value);
    return;
  }
  pairs.emplace_back(name, std::move(value));
}

template <class Value>
auto put_file(const std::optional<DotenvFile>& file, std::string_view option,
              std::vector<std::pair<std::string, Value>>& pairs) -> Result<> {
  if (!file) return {};
  for (const auto& [name, value] : file->values) {
    if (!value)
      return invalid(fmt::format("Variable '{}' in {} has no value. Expected: {}=<value>", name, option, name));
    put(pairs, name, Value(*value));
  }
  return {};
}

}  // namespace

auto apply_overrides(const TaskOverrides& overrides, Task& task) -> Result<> {
  Task changed = task;
  SKY_CHECK(override_workdir(overrides, changed));
  for (auto& candidate : changed.resources.candidates) SKY_CHECK(override_candidate(overrides, candidate));
  if (overrides.num_nodes) {
    if (*overrides.num_nodes <= 0) {
      return invalid(fmt::format("num_nodes should be a positive int. Got: {}", *overrides.num_nodes));
    }
    changed.num_nodes = *overrides.num_nodes;
  }
  if (overrides.name) changed.name = overrides.name;
  task = std::move(changed);
  return {};
}

auto ignore_machine_overrides(TaskOverrides& overrides) -> std::vector<std::string> {
  std::vector<std::string> lines;
  const auto ignore = [&](std::string_view name, std::optional<std::string>& option) {
    if (option && !is_none(*option)) lines.push_back(fmt::format("Override param {}={} is ignored.", name, *option));
    option.reset();
  };
  ignore("cpus", overrides.cpus);
  ignore("memory", overrides.memory);
  if (overrides.disk_size_gib) {
    lines.push_back(fmt::format("Override param disk_size={} is ignored.", *overrides.disk_size_gib));
    overrides.disk_size_gib.reset();
  }
  ignore("disk_tier", overrides.disk_tier);
  ignore("local_disk", overrides.local_disk);
  if (!overrides.ports.empty()) {
    if (!is_none(overrides.ports[0])) {
      lines.push_back(fmt::format("Override param ports={} is ignored.", join(overrides.ports, ",")));
    }
    overrides.ports.clear();
  }
  return lines;
}

auto merge_variables(const VariableInputs& inputs, const VariableLookup& lookup) -> Result<TaskParseOptions> {
  TaskParseOptions out;
  SKY_CHECK(put_file(inputs.env_file, "--env-file", out.envs));
  for (const auto& text : inputs.envs) {
    SKY_TRY(auto variable, parse_variable(text, lookup));
    put(out.envs, variable.first, std::move(variable.second));
  }
  SKY_CHECK(put_file(inputs.env_file, "--env-file", out.secrets));
  SKY_CHECK(put_file(inputs.secret_file, "--secret-file", out.secrets));
  for (const auto& text : inputs.secrets) {
    SKY_TRY(auto variable, parse_variable(text, lookup));
    put(out.secrets, variable.first, Secret(std::move(variable.second)));
  }
  return out;
}

}  // namespace sky
