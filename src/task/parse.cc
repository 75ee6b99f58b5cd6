#include "task/parse.h"

#include "base/utf8.h"
#include "task/mounts_parse.h"
#include "task/resources_parse.h"
#include "task/schemas.h"
#include "task/service_parse.h"
#include "task/variables.h"

namespace sky {
namespace {

constexpr std::int64_t kHookTimeoutDefaultSeconds = 3600;

// The state of reading one document. Steps run in the order of kSteps, which is the Python tool's, so that of several
// mistakes the same one is named first.
struct Reader {
  const YamlNode& document;
  const TaskParseOptions& options;
  const ParseScope& scope;
  Variables variables = {};
  Task task = {};
  const YamlNode* disks = nullptr;             // from file_mounts, for the resources
  const YamlNode* config_overrides = nullptr;  // from config, for the resources

  // A field that is there and not null.
  auto field(std::string_view name) const -> const YamlNode* {
    const YamlNode* value = document.find(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  auto text(std::string_view name) const -> std::optional<std::string> {
    const YamlNode* value = field(name);
    return value == nullptr ? std::nullopt : std::optional(value->text);
  }
  auto object(std::string_view name) const -> Result<JsonObject> {
    const YamlNode* value = field(name);
    if (value == nullptr) return JsonObject();
    SKY_TRY(Json json, to_json(*value, scope.file));
    return std::move(json.get_object());
  }
  auto substituted(std::string_view name) const -> const YamlNode* {
    const YamlNode* value = field(name);
    if (value == nullptr) return nullptr;
    return substitute(*value, [this](std::string_view variable) { return variables.value_of(variable); }, scope.stream);
  }
};

auto read_env_step(Reader& reader) -> Result<> {
  SKY_TRY(reader.variables, read_variables(reader.document, reader.options, reader.scope));
  SKY_CHECK(take_secrets(reader.variables, reader.scope, reader.document, reader.task));
  for (const auto& [name, value] : reader.variables.envs) reader.task.envs.emplace_back(name, *value);
  return {};
}

auto read_plain_fields(Reader& reader) -> Result<> {
  Task& task = reader.task;
  task.name = reader.text("name");
  task.setup = reader.text("setup");
  task.run = reader.text("run");
  task.event_callback = reader.text("event_callback");
  if (const auto* access = reader.field("api_server_access")) task.api_server_access = access->bool_value;
  SKY_CHECK(reader.scope.at(reader.document, check_docker_login(task)));
  if (const auto* nodes = reader.field("num_nodes")) {
    task.num_nodes = int_of(*nodes);
    if (task.num_nodes <= 0 || !nodes->is(YamlKind::kInt) || !nodes->int_fits) {
      return reader.scope.error(*nodes, fmt::format("num_nodes should be a positive int. Got: {}", python_str(*nodes)));
    }
  }
  SKY_TRY(task.metadata, reader.object("_metadata"));
  if (reader.field("file_mounts_mapping") != nullptr) {
    SKY_TRY(task.file_mounts_mapping, reader.object("file_mounts_mapping"));
  }
  return {};
}

auto read_workdir(Reader& reader) -> Result<> {
  const YamlNode* workdir = reader.substituted("workdir");
  if (workdir == nullptr) return {};
  if (workdir->is_string()) {
    reader.task.workdir = workdir->text;
    return {};
  }
  GitWorkdir git = {.url = workdir->find("url")->text};
  if (const auto* ref = workdir->find("ref")) git.ref = ref->text;
  reader.task.workdir = std::move(git);
  return {};
}

auto read_managed_secrets(Reader& reader) -> Result<> {
  const YamlNode* list = reader.field("managed_secrets");
  if (list == nullptr) return {};
  for (const auto* item : list->items) {
    if (item->is_string()) reader.task.managed_secrets.push_back(parse_secret_name(item->text));
    for (const auto& [name, options] : item->entries) {
      SecretReference reference = parse_secret_name(python_str(*name));
      if (const auto* path = options->find("mount_path")) reference.mount_path = path->text;
      reader.task.managed_secrets.push_back(std::move(reference));
    }
  }
  return {};
}

auto read_mounts(Reader& reader) -> Result<> {
  if (const YamlNode* mounts = reader.substituted("file_mounts")) {
    SKY_TRY(reader.disks, parse_file_mounts(*mounts, reader.scope, reader.task));
  }
  if (const YamlNode* volumes = reader.substituted("volumes")) {
    SKY_TRY(Json json, to_json(*volumes, reader.scope.file));
    reader.task.volumes = std::move(json.get_object());
  }
  return {};
}

auto read_data_sizes(Reader& reader) -> Result<> {
  const auto read = [&](std::string_view name) -> std::optional<DataSize> {
    const YamlNode* value = reader.field(name);
    if (value == nullptr || value->entries.empty()) return std::nullopt;
    return DataSize{python_str(*value->entries[0].key), double_of(*value->entries[0].value)};
  };
  reader.task.inputs = read("inputs");
  reader.task.outputs = read("outputs");
  return {};
}

auto read_hook(const YamlNode& node) -> Hook {
  Hook hook = {.run = node.find("run")->text, .events = {}};
  if (const auto* events = node.find("events")) {
    for (const auto* event : events->items) hook.events.push_back(event->text);
  }
  if (hook.events.empty()) hook.events = {"stop", "preemption", "down"};
  const auto* timeout = node.find("timeout");
  hook.timeout_seconds = timeout == nullptr ? kHookTimeoutDefaultSeconds : int_of(*timeout);
  return hook;
}

auto read_config(Reader& reader) -> Result<> {
  const YamlNode* config = reader.field("config");
  if (config == nullptr) return {};
  if (const auto* hooks = config->find("hooks")) {
    for (const auto* hook : hooks->items) reader.task.hooks.push_back(read_hook(*hook));
  }
  YamlNode* overrides = reader.scope.stream.add(*config);
  std::erase_if(overrides->entries, [](const YamlEntry& entry) { return entry.key->text == "hooks"; });
  if (!overrides->entries.empty()) reader.config_overrides = overrides;
  return {};
}

auto check_priorities(const Reader& reader, const YamlNode& resources) -> Result<> {
  std::optional<std::int64_t> first;
  for (const auto& candidate : reader.task.resources.candidates) {
    if (!candidate.priority) continue;
    if (first && first != candidate.priority) {
      return reader.scope.error(resources, fmt::format("Priority is not consistent across resources: {} and {}", *first,
                                                       *candidate.priority));
    }
    first = candidate.priority;
  }
  return {};
}

// What candidates have because of the task's variables and buckets.
void complete_candidates(Task& task) {
  const auto login = docker_login_of(task);
  const auto runpod_username = variable_of(task, "SKYPILOT_RUNPOD_DOCKER_USERNAME");
  const bool mounts = std::any_of(task.storage_mounts.begin(), task.storage_mounts.end(),
                                  [](const StorageMount& mount) { return mount.config.at("mode") != "COPY"; });
  for (auto& candidate : task.resources.candidates) {
    if (login && has_docker_image(candidate)) candidate.docker_login = login;
    if (runpod_username) candidate.docker_username_for_runpod = runpod_username;
    if (mounts) candidate.requires_fuse = true;
  }
}

auto read_resources(Reader& reader) -> Result<> {
  const YamlNode* given = reader.field("resources");
  YamlNode* mapping = reader.scope.stream.add(given == nullptr ? YamlNode{.kind = YamlKind::kMapping} : *given);
  const auto set = [&](std::string_view name, const YamlNode* value) {
    std::erase_if(mapping->entries,
                  [&](const YamlEntry& entry) { return entry.key->is_string() && entry.key->text == name; });
    YamlNode* key = reader.scope.stream.add({.kind = YamlKind::kString, .line = value->line, .column = value->column});
    key->text = name;
    mapping->entries.push_back({key, value});
  };
  if (const auto* hooks = mapping->find("hooks")) {
    return reader.scope.error(
        *hooks,
        "Lifecycle hooks live under top-level `config.hooks:`, not `resources.hooks:`. Move the list "
        "to `config.hooks` at the top level of the task YAML.");
  }
  if (reader.config_overrides != nullptr) {
    if (const auto* own = mapping->find("_cluster_config_overrides"); own != nullptr && !own->is_null()) {
      return reader.scope.error(*own, "Cannot set _cluster_config_overrides in both resources and config.");
    }
    set("_cluster_config_overrides", reader.config_overrides);
  }
  if (reader.disks != nullptr) set("volumes", reader.disks);
  SKY_TRY(auto parsed, parse_resources(*mapping, reader.scope));
  reader.task.resources = std::move(parsed.choices);
  SKY_CHECK(check_priorities(reader, *mapping));
  complete_candidates(reader.task);
  if (parsed.autostop_hook) reader.task.hooks.push_back(*std::move(parsed.autostop_hook));
  return {};
}

auto read_service(Reader& reader) -> Result<> {
  const YamlNode* service = reader.substituted("service");
  const YamlNode* pool = reader.field("pool");
  if (service != nullptr && pool != nullptr) {
    return reader.scope.error(*pool, "Cannot set both service and pool in the same task.");
  }
  if (pool != nullptr) {
    YamlNode* key = reader.scope.stream.add({.kind = YamlKind::kString, .line = pool->line, .column = pool->column});
    key->text = "pool";
    YamlNode* wrapped =
        reader.scope.stream.add({.kind = YamlKind::kMapping, .line = pool->line, .column = pool->column});
    wrapped->entries.push_back({key, pool});
    service = wrapped;
  }
  if (service == nullptr) return {};
  SKY_TRY(reader.task.service, parse_service(*service, reader.scope));
  return {};
}

auto read_volume_mounts(Reader& reader) -> Result<> {
  const YamlNode* mounts = reader.field("volume_mounts");
  if (mounts == nullptr) return {};
  for (const auto* mount : mounts->items) {
    if (mount->find("volume_config") != nullptr) continue;
    return reader.scope.error(*mount, "Invalid volume mount config: 'volume_config' is a required property");
  }
  SKY_TRY(Json json, to_json(*mounts, reader.scope.file));
  reader.task.volume_mounts = std::move(json.get_array());
  return {};
}

constexpr std::array<auto (*)(Reader&)->Result<>, 10> kSteps = {
    read_env_step,   read_plain_fields, read_workdir,   read_managed_secrets, read_mounts,
    read_data_sizes, read_config,       read_resources, read_service,         read_volume_mounts};

}  // namespace

TaskDocuments::TaskDocuments(YamlStream stream, std::string text, std::string file)
    : stream_(std::move(stream)), text_(std::move(text)), file_(std::move(file)) {
  for (const auto* document : stream_.documents()) {
    if (!document->is_null()) documents_.push_back(document);
  }
}

auto parse_task_documents(std::string_view text, std::string_view file) -> Result<TaskDocuments> {
  if (!is_utf8(text)) {
    return make_error(
        ErrorCode::kInvalidTask,
        fmt::format("{} is not a valid UTF-8 text file and cannot be parsed as YAML.", python_repr(file)));
  }
  auto stream = parse_yaml(text, file);
  if (!stream.ok()) {
    Error error = std::move(stream).error();
    if (const auto sentence = error.details.extract("sentence")) error.message = sentence.mapped();
    return error;
  }
  return TaskDocuments(std::move(stream).value(), std::string(text), std::string(file));
}

auto parse_task_document(TaskDocuments& documents, size_t index, const TaskParseOptions& options) -> Result<Task> {
  return parse_task_node(documents, documents.document(index), options);
}

auto parse_task_node(TaskDocuments& documents, const YamlNode& given, const TaskParseOptions& options,
                     std::vector<Error>* mistakes) -> Result<Task> {
  const ParseScope scope = {documents.stream(), documents.file(), mistakes, options.plugin_keys};
  if (!given.is_mapping()) {
    return scope.error(given, fmt::format("YAML loaded as {}, not as dict. Is it correct? Path: {}", python_type(given),
                                          documents.file()));
  }
  // Tasks that come over the wire carry the user's own text.
  const YamlNode* user_yaml = given.find("_user_specified_yaml");
  YamlNode* fields = scope.stream.add(given);
  std::erase_if(fields->entries, [&](const YamlEntry& entry) { return entry.value == user_yaml; });
  SKY_TRY(const YamlNode* document,
          scope.checked(*with_text_variables(*fields, scope), task_schema(options.plugin_keys), "Invalid task YAML: "));
  Reader reader = {*document, options, scope};
  for (const auto step : kSteps) SKY_CHECK(scope.report_failure(step(reader)));
  if (user_yaml != nullptr) reader.task.user_yaml = python_str(*user_yaml);
  return std::move(reader.task);
}

auto parse_task(std::string_view text, std::string_view file, const TaskParseOptions& options) -> Result<Task> {
  SKY_TRY(auto documents, parse_task_documents(text, file));
  if (documents.count() > 1) {
    return make_error(ErrorCode::kInvalidArgument, "YAML specifies a DAG which is only supported by `sky jobs launch`");
  }
  Task task;
  if (documents.count() == 0) {
    for (const auto& [name, value] : options.envs) task.envs.emplace_back(name, value);
    task.secrets = options.secrets;
  } else {
    SKY_TRY(task, parse_task_document(documents, 0, options));
  }
  if (task.user_yaml.empty()) task.user_yaml = text;
  return task;
}

}  // namespace sky
