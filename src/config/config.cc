#include "config/config.h"

#include "base/strings.h"
#include "config/config_schema.h"
#include "format/yaml.h"

namespace sky {
namespace {

auto invalid(std::string message) -> Error {
  return make_error(ErrorCode::kInvalidTask, std::move(message));
}

auto check_document(const YamlNode& document, std::string_view source) -> Result<> {
  const std::string prefix = fmt::format("Invalid config YAML from ({}). Error: ", source);
  if (!document.is_mapping()) return invalid(prefix + "expected a mapping, found " + python_repr(document));
  if (auto error = check_schema(document, config_schema(), prefix, source, true)) return *std::move(error);
  return {};
}

auto quoted_flags(const std::vector<std::string>& flags) -> std::string {
  std::string out;
  for (const auto& flag : flags) out += (out.empty() ? "" : ", ") + python_repr(flag);
  return out;
}

auto checked_flags(const std::vector<std::string>& flags) -> Result<JsonObject> {
  SKY_TRY(JsonObject object, parse_config_flags(flags));
  YamlStream stream;
  SKY_CHECK(check_document(*add_json(stream, object), "CLI"));
  return object;
}

void set_path(JsonObject& object, const std::vector<std::string_view>& keys, Json value) {
  JsonObject* at = &object;
  for (size_t i = 0; i + 1 < keys.size(); ++i) {
    Json& member = (*at)[keys[i]];
    if (!member.is_object()) member = JsonObject();
    at = &member.get_object();
  }
  (*at)[keys.back()] = std::move(value);
}

void remove_path(JsonObject& object, std::string_view dotted) {
  const auto keys = split(dotted, '.');
  JsonObject* at = &object;
  for (size_t i = 0; i + 1 < keys.size(); ++i) {
    Json* member = at->if_contains(keys[i]);
    if (member == nullptr || !member->is_object()) return;
    at = &member->get_object();
  }
  if (auto* const found = at->find(keys.back()); found != at->end()) at->stable_erase(found);
}

}  // namespace

auto parse_config(const ConfigSource& source) -> Result<JsonObject> {
  SKY_TRY(const YamlStream stream, parse_yaml(source.text, source.path));
  if (stream.documents().size() > 1) {
    return invalid(fmt::format("Invalid config YAML from ({}). Error: expected a single document, found {}",
                               source.path, stream.documents().size()));
  }
  if (stream.documents().empty() || stream.documents()[0]->is_null()) return JsonObject();
  SKY_CHECK(check_document(*stream.documents()[0], source.path));
  SKY_TRY(Json json, to_json(*stream.documents()[0], source.path));
  return std::move(json.get_object());
}

auto parse_config_flags(const std::vector<std::string>& flags) -> Result<JsonObject> {
  JsonObject object;
  for (const auto& flag : flags) {
    const size_t equal = flag.find('=');
    if (equal == std::string::npos || equal == 0 || equal + 1 == flag.size()) {
      return invalid(fmt::format("Invalid config override: {}. Please use the format: key=value", flag));
    }
    SKY_TRY(const YamlStream stream, parse_yaml(std::string_view(flag).substr(equal + 1), "--config"));
    Json value;
    if (!stream.documents().empty()) {
      SKY_TRY(value, to_json(*stream.documents()[0], "--config"));
    }
    set_path(object, split(std::string_view(flag).substr(0, equal), '.'), std::move(value));
  }
  return object;
}

auto Config::load(const ConfigInputs& inputs) -> Result<Config> {
  JsonObject root;
  for (const auto* layer : {&inputs.server, &inputs.user, &inputs.project}) {
    if (!layer->has_value()) continue;
    SKY_TRY(const JsonObject parsed, parse_config(**layer));
    SKY_CHECK(merge_config(root, parsed));
  }
  if (inputs.task) SKY_CHECK(merge_config(root, *inputs.task));
  if (inputs.flag_file) {
    if (inputs.flags.size() > 1) return invalid("Cannot use multiple --config flags with a config file.");
    SKY_TRY(const JsonObject parsed, parse_config(*inputs.flag_file));
    SKY_CHECK(merge_config(root, parsed));
  } else if (!inputs.flags.empty()) {
    auto parsed = checked_flags(inputs.flags);
    if (!parsed.ok()) {
      Error error = std::move(parsed).error();
      error.message = fmt::format(
          "Invalid config override: [{}]. Check if config file exists or if the dotlist is formatted as: "
          "key1=value1,key2=value2.\nDetails: {}",
          quoted_flags(inputs.flags), error.message);
      return error;
    }
    SKY_CHECK(merge_config(root, *parsed));
  }
  return Config(std::move(root));
}

auto Config::find(const std::vector<std::string_view>& keys) const -> const Json* {
  const JsonObject* at = &root_;
  for (size_t i = 0; i < keys.size(); ++i) {
    const Json* member = at->if_contains(keys[i]);
    if (member == nullptr || i + 1 == keys.size()) return member;
    if (!member->is_object()) return nullptr;
    at = &member->get_object();
  }
  return nullptr;
}

auto Config::find(std::string_view dotted) const -> const Json* {
  return find(split(dotted, '.'));
}

auto Config::get_string(std::string_view dotted) const -> std::optional<std::string> {
  const Json* value = find(dotted);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(std::string_view(value->get_string()));
}

auto Config::get_int(std::string_view dotted) const -> std::optional<std::int64_t> {
  const Json* value = find(dotted);
  if (value == nullptr) return std::nullopt;
  auto number = as_int(*value);
  return number.ok() ? std::optional(*number) : std::nullopt;
}

auto Config::get_bool(std::string_view dotted) const -> std::optional<bool> {
  const Json* value = find(dotted);
  return value != nullptr && value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

auto Config::get_strings(std::string_view dotted) const -> std::optional<std::vector<std::string>> {
  const Json* value = find(dotted);
  if (value == nullptr || !value->is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& item : value->get_array()) {
    if (!item.is_string()) return std::nullopt;
    out.emplace_back(std::string_view(item.get_string()));
  }
  return out;
}

auto override_task_config(JsonObject& task_config, const JsonObject& config) -> Result<> {
  const Config given(config);
  JsonObject part;
  for (const auto path : task_overridable_paths()) {
    const Json* value = given.find(path);
    if (value == nullptr) continue;
    if (value->is_null()) {
      remove_path(task_config, path);
    } else {
      set_path(part, split(path, '.'), *value);
    }
  }
  return merge_config(task_config, part);
}

void drop_server_only_keys(JsonObject& config) {
  for (const std::string_view path :
       {"api_server", "allowed_clouds", "workspaces", "db", "daemons", "metrics", "jobs.controller.consolidation_mode",
        "serve.controller.consolidation_mode", "jobs.controller.controller_logs_gc_retention_hours",
        "jobs.controller.task_logs_gc_retention_hours", "slurm.cluster_configs"}) {
    remove_path(config, path);
  }
}

auto local_link_from_home(const Config& config) -> std::vector<std::string> {
  return config.get_strings("local.link_from_home").value_or(std::vector<std::string>{".cache"});
}

}  // namespace sky
