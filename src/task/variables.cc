#include "task/variables.h"

#include <algorithm>

namespace sky {
namespace {

constexpr std::string_view kReferencePrefix = "secrets:";
constexpr std::array<std::string_view, 3> kDockerLogin = {"SKYPILOT_DOCKER_PASSWORD", "SKYPILOT_DOCKER_SERVER",
                                                          "SKYPILOT_DOCKER_USERNAME"};  // sorted

template <class Pairs>
auto find_pair(Pairs& pairs, std::string_view name) {
  return std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; });
}

void put(NullableTexts& pairs, const std::string& name, std::optional<std::string> value) {
  if (const auto found = find_pair(pairs, name); found != pairs.end()) {
    found->second = std::move(value);
  } else {
    pairs.emplace_back(name, std::move(value));
  }
}

auto text_node(const YamlNode& node, const ParseScope& scope) -> const YamlNode* {
  if (node.is_string()) return &node;
  YamlNode* text = scope.stream.add({.kind = YamlKind::kString, .line = node.line, .column = node.column});
  text->text = python_str(node);
  return text;
}

auto texts_of(const YamlNode& node, const ParseScope& scope) -> const YamlNode* {
  if (node.is_sequence()) {
    YamlNode* list = scope.stream.add(node);
    for (auto& item : list->items) item = text_node(*item, scope);
    return list;
  }
  if (!node.is_mapping()) return &node;
  YamlNode* mapping = scope.stream.add(node);
  for (auto& entry : mapping->entries) {
    entry.key = text_node(*entry.key, scope);
    if (!entry.value->is_null()) entry.value = text_node(*entry.value, scope);
  }
  return mapping;
}

auto read_pairs(const YamlNode* mapping) -> NullableTexts {
  NullableTexts pairs;
  if (mapping == nullptr) return pairs;
  for (const auto& [key, value] : mapping->entries) {
    put(pairs, key->text, value->is_null() ? std::nullopt : std::optional(value->text));
  }
  return pairs;
}

template <class Pairs>
auto docker_names(const Pairs& pairs, bool present) -> std::vector<std::string_view> {
  std::vector<std::string_view> names;
  for (const auto name : kDockerLogin) {
    if ((find_pair(pairs, name) != pairs.end()) == present) names.push_back(name);
  }
  return names;
}

auto name_list(const std::vector<std::string_view>& names) -> std::string {
  std::string out;
  for (const auto name : names) out += (out.empty() ? "" : ", ") + python_repr(name);
  return fmt::format("[{}]", out);
}

}  // namespace

auto Variables::value_of(std::string_view name) const -> std::optional<std::string> {
  if (const auto found = find_pair(secrets, name); found != secrets.end() && found->second) return found->second;
  const auto found = find_pair(envs, name);
  return found == envs.end() ? std::nullopt : found->second;
}

auto with_text_variables(const YamlNode& document, const ParseScope& scope) -> const YamlNode* {
  YamlNode* copy = scope.stream.add(document);
  for (auto& entry : copy->entries) {
    const bool variables = entry.key->is_string() && (entry.key->text == "envs" || entry.key->text == "secrets");
    if (variables) entry.value = texts_of(*entry.value, scope);
  }
  return copy;
}

auto read_variables(const YamlNode& document, const TaskParseOptions& options, const ParseScope& scope)
    -> Result<Variables> {
  Variables out;
  const YamlNode* envs = document.find("envs");
  out.envs = read_pairs(envs);
  for (const auto& [name, value] : options.envs) put(out.envs, name, value);
  const YamlNode* secrets = document.find("secrets");
  if (secrets != nullptr && secrets->is_sequence()) {
    for (const auto* item : secrets->items) out.references.push_back(item->text);
    // With values from the command line the list becomes a mapping, its items still references.
    if (!options.secrets.empty()) {
      for (const auto& reference : std::exchange(out.references, {})) put(out.secrets, reference, std::nullopt);
    }
  } else {
    out.secrets = read_pairs(secrets);
  }
  for (const auto& [name, value] : options.secrets) put(out.secrets, name, value.reveal());
  for (const auto& [name, value] : out.envs) {
    if (value) continue;
    return scope.error(*envs,
                       fmt::format("Environment variable {} is None. Please set a value for it in task YAML or "
                                   "with --env flag. To set it to be empty, use an empty string ({}: \"\" in task "
                                   "YAML or --env {}=\"\" in CLI).",
                                   python_repr(name), name, name));
  }
  return out;
}

auto parse_secret_name(std::string_view text) -> SecretReference {
  if (text.starts_with(kReferencePrefix)) text.remove_prefix(kReferencePrefix.size());
  for (const std::string_view scope : {"personal", "workspace", "global"}) {
    if (text.starts_with(scope) && text.substr(scope.size()).starts_with('.')) {
      return {.name = std::string(text.substr(scope.size() + 1)), .scope = std::string(scope)};
    }
  }
  return {.name = std::string(text)};
}

auto take_secrets(const Variables& variables, const ParseScope& scope, const YamlNode& document, Task& task)
    -> Result<> {
  const YamlNode* place = document.find("secrets");
  if (place == nullptr) place = &document;
  for (const auto& reference : variables.references) {
    if (!reference.starts_with(kReferencePrefix)) {
      return scope.error(*place,
                         fmt::format("Invalid secret in array form: {}. Array items must use the secrets: prefix "
                                     "(e.g., secrets:HF_TOKEN). For inline secrets with values, use dict form: "
                                     "secrets: {{MY_SECRET: \"value\"}}",
                                     python_repr(reference)));
    }
    task.managed_secrets.push_back(parse_secret_name(reference));
  }
  for (const auto& [name, value] : variables.secrets) {
    if (value && name.starts_with(kReferencePrefix)) {
      return scope.error(*place, fmt::format("Invalid secret {}: secret references (secrets: prefix) must have a null "
                                             "value in dict form. To provide an inline secret value, remove the "
                                             "'secrets:' prefix.",
                                             python_repr(name)));
    }
    if (value) {
      task.secrets.emplace_back(name, Secret(*value));
    } else {
      task.managed_secrets.push_back(parse_secret_name(name));
    }
  }
  return {};
}

auto variable_of(const Task& task, std::string_view name) -> std::optional<std::string> {
  if (const auto found = find_pair(task.secrets, name); found != task.secrets.end()) return found->second.reveal();
  const auto found = find_pair(task.envs, name);
  return found == task.envs.end() ? std::nullopt : std::optional(found->second);
}

auto docker_login_of(const Task& task) -> std::optional<DockerLogin> {
  const auto password = variable_of(task, kDockerLogin[0]);
  const auto server = variable_of(task, kDockerLogin[1]);
  const auto username = variable_of(task, kDockerLogin[2]);
  if (!password || !server || !username) return std::nullopt;
  return DockerLogin{*username, Secret(*password), *server};
}

auto has_docker_image(const Resources& resources) -> bool {
  if (resources.docker_image) return true;
  if (resources.images.size() != 1) return false;
  const Image& image = resources.images[0];
  return (image.region.empty() || image.region == resources.region) && image.id.starts_with("docker:");
}

auto check_docker_login(const Task& task) -> Result<> {
  const auto in_envs = docker_names(task.envs, true);
  const auto in_secrets = docker_names(task.secrets, true);
  const auto refuse = [](std::string message) { return make_error(ErrorCode::kInvalidArgument, std::move(message)); };
  if (!in_envs.empty() && !in_secrets.empty()) {
    return refuse(
        fmt::format("Docker login variables must be specified together either in envs OR secrets, not split "
                    "across both. Found in envs: {}, Found in secrets: {}",
                    name_list(in_envs), name_list(in_secrets)));
  }
  const auto incomplete = [&](std::string_view where, const std::vector<std::string_view>& missing) {
    return refuse(fmt::format("Docker login variables must be specified together in {}. Missing from {}: {}", where,
                              where, name_list(missing)));
  };
  if (!in_envs.empty() && in_envs.size() != kDockerLogin.size()) {
    return incomplete("envs", docker_names(task.envs, false));
  }
  if (!in_secrets.empty() && in_secrets.size() != kDockerLogin.size()) {
    return incomplete("secrets", docker_names(task.secrets, false));
  }
  return {};
}

}  // namespace sky
