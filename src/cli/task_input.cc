#include "cli/task_input.h"

#include "base/strings.h"
#include "cli/entrypoint.h"
#include "cli/prompt.h"
#include "cli/quote.h"
#include "format/yaml.h"
#include "task/emit.h"
#include "task/overrides.h"
#include "task/validate.h"

namespace sky::cli {
namespace {

using term::Style;

constexpr std::string_view kCommandTaskName = "sky-cmd";

auto find_entrypoint(const Session& session, const std::vector<std::string>& words) -> Result<Entrypoint> {
  CliEnvironment& env = session.env();
  const FileReader read = [&env](const std::string& path) { return env.read_file(path); };
  const YamlTest is_structured = [&words](const std::string& text) -> Result<bool> {
    SKY_TRY(const YamlStream stream, parse_yaml(text, join(words, " ")));
    return stream.documents().empty() || !stream.documents().front()->is_string();
  };
  Entrypoint entrypoint = resolve_entrypoint(words, read, is_structured);
  if (entrypoint.kind == EntrypointKind::kRecipe) {
    return make_error(ErrorCode::kNotSupported,
                      fmt::format("'recipes:{}': recipes are not available in this version of sky", entrypoint.text));
  }
  if (entrypoint.kind == EntrypointKind::kBadTaskFile) {
    // -y does not answer this one: a broken file is never meant as a command.
    if (session.invocation().accepts("yes") && session.invocation().flag("yes")) {
      return make_error(ErrorCode::kInvalidTask,
                        fmt::format("{} {}", python_quote(entrypoint.text), trim(entrypoint.reason)));
    }
    if (confirm(env, bad_file_question(entrypoint), false) != Answer::kYes) return aborted();
    entrypoint.kind = EntrypointKind::kCommand;
  }
  return entrypoint;
}

void announce(const Session& session, const Entrypoint& entrypoint) {
  if (entrypoint.kind == EntrypointKind::kNone) return;
  const bool is_file = entrypoint.kind == EntrypointKind::kTaskFile;
  session.invocation().print(fmt::format(
      "{}{}", session.invocation().out_paint()(Style::kCyan, is_file ? "YAML to run: " : "Command to run: "),
      entrypoint.text));
}

auto read_dotenv(const Session& session, std::string_view option) -> Result<std::optional<DotenvFile>> {
  const auto path = session.invocation().text(option);
  if (!path) return std::optional<DotenvFile>();
  SKY_TRY(const std::string text, session.env().read_file(*path));
  return std::optional(parse_dotenv(text, [&](std::string_view name) { return session.env().variable(name); }));
}

auto variables_of(const Session& session) -> Result<TaskParseOptions> {
  VariableInputs inputs{.envs = session.invocation().texts("env"), .secrets = session.invocation().texts("secret")};
  SKY_TRY(inputs.env_file, read_dotenv(session, "env-file"));
  SKY_TRY(inputs.secret_file, read_dotenv(session, "secret-file"));
  return merge_variables(inputs, [&](std::string_view name) { return session.env().variable(name); });
}

auto parse_file(const Session& session, const Entrypoint& entrypoint, TaskUse use) -> Result<Task> {
  SKY_TRY(const TaskParseOptions options, variables_of(session));
  if (entrypoint.kind != EntrypointKind::kTaskFile) {
    Task task{.name = std::string(kCommandTaskName), .envs = options.envs, .secrets = options.secrets};
    if (entrypoint.kind == EntrypointKind::kCommand) task.run = entrypoint.text;
    return task;
  }
  SKY_TRY(const TaskDocuments documents, parse_task_documents(entrypoint.content, entrypoint.text));
  if (documents.count() > 1 && use == TaskUse::kLaunch) {
    return usage_error(
        "YAML specifies a DAG which is only supported by `sky jobs launch`. `sky launch` supports a single task only.");
  }
  if (documents.count() > 1) {
    return usage_error("YAML specifies a DAG, while `sky exec` supports a single task only.");
  }
  return parse_task(entrypoint.content, entrypoint.text, options);
}

auto overrides_of(const Session& session, TaskUse use) -> Result<TaskOverrides> {
  const Invocation& given = session.invocation();
  TaskOverrides overrides{.name = given.text("name"),
                          .workdir = given.text("workdir"),
                          .git_url = given.text("git-url"),
                          .git_ref = given.text("git-ref"),
                          .infra = given.text("infra"),
                          .cloud = given.text("cloud"),
                          .region = given.text("region"),
                          .zone = given.text("zone"),
                          .gpus = given.text("gpus"),
                          .cpus = given.text("cpus"),
                          .memory = given.text("memory"),
                          .instance_type = given.text("instance-type"),
                          .use_spot = given.tristate("use-spot"),
                          .image_id = given.text("image-id"),
                          .disk_size_gib = given.integer("disk-size"),
                          .disk_tier = given.text("disk-tier"),
                          .network_tier = given.text("network-tier"),
                          .local_disk = given.text("local-disk"),
                          .ports = given.texts("ports"),
                          .num_nodes = given.integer("num-nodes"),
                          .config = session.config().flags};
  if (use == TaskUse::kLaunch) overrides.priority = given.text("priority");
  if (overrides.git_url && overrides.workdir) return usage_error("Cannot specify both --git-url and --workdir");
  const auto warn = [&](std::string_view line) { given.print(given.out_paint()(Style::kYellow, line)); };
  if (overrides.cloud || overrides.region || overrides.zone) {
    warn("The --cloud, --region, and --zone options are deprecated. Use --infra instead.");
  }
  if (use == TaskUse::kExec) {
    for (const std::string& line : ignore_machine_overrides(overrides)) warn(line);
  }
  return overrides;
}

// The server may run elsewhere than in this directory.
void make_paths_absolute(const CliEnvironment& env, Task& task) {
  if (auto* workdir = std::get_if<std::string>(&task.workdir)) *workdir = absolute_path(env, *workdir);
  for (auto& [target, source] : task.file_mounts) {
    if (!is_cloud_url(source)) source = absolute_path(env, source);
  }
  for (StorageMount& mount : task.storage_mounts) {
    Json* source = mount.config.if_contains("source");
    if (source != nullptr && source->is_string() && !is_cloud_url(source->get_string())) {
      *source = absolute_path(env, source->get_string());
    }
  }
}

auto file_probe(const CliEnvironment& env) -> FileProbe {
  const auto kind = [&env](std::string_view path) { return env.path_kind(absolute_path(env, path)); };
  return {.is_directory = [kind](std::string_view path) { return kind(path) == PathKind::kDirectory; },
          .exists = [kind](std::string_view path) { return kind(path) != PathKind::kMissing; }};
}

}  // namespace

auto load_task(Session& session, const std::vector<std::string>& words, TaskUse use) -> Result<Task> {
  SKY_TRY(const Entrypoint entrypoint, find_entrypoint(session, words));
  announce(session, entrypoint);
  SKY_TRY(const TaskOverrides overrides, overrides_of(session, use));
  SKY_TRY(Task task, parse_file(session, entrypoint, use));
  SKY_CHECK(apply_overrides(overrides, task));
  SKY_CHECK(validate_task(task));
  SKY_CHECK(validate_task_files(task, file_probe(session.env())));
  make_paths_absolute(session.env(), task);
  return task;
}

auto task_text(const Task& task) -> std::string {
  return task_to_yaml(task, SecretsShown::kRevealed);
}

}  // namespace sky::cli
