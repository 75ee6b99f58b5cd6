// `sky task`: what a task file means, and whether it is right. Reads files and nothing else; no server is asked.
#include "base/status.h"
#include "cli/client_config.h"
#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/errors.h"
#include "cli/pages.h"
#include "cli/task_facts.h"
#include "format/yaml.h"
#include "task/dag.h"
#include "task/emit.h"
#include "task/json_schema.h"
#include "task/validate.h"

namespace sky::cli {
namespace {

constexpr std::string_view kStandardInput = "-";
constexpr const char* kStandardInputPath = "/dev/stdin";

constexpr std::array kShowOptions = std::to_array<Option>({
    {.names = "--output, -o",
     .type = ValueType::kCaselessChoice,
     .help = "Output format: yaml, or json for an array with one object per task.",
     .fallback = "yaml",
     .choices = "yaml|json"},
});

constexpr std::array kShowArguments = std::to_array<Argument>({
    {.name = "file", .arity = Arity::kOne, .completion = Completion::kFile},
});

constexpr std::array kValidateArguments = std::to_array<Argument>({
    {.name = "files", .arity = Arity::kSome, .completion = Completion::kFile},
});

auto read_task_file(const CliEnvironment& env, const std::string& name) -> Result<std::string> {
  auto text = env.read_file(name == kStandardInput ? kStandardInputPath : absolute_path(env, name));
  if (!text.ok() && text.error().code == ErrorCode::kNotFound) {
    return make_error(ErrorCode::kNotFound, fmt::format("{}: there is no such file", name));
  }
  return text;
}

// The original writes an image for everywhere as a mapping from null, which only JSON can say.
void spell_images(JsonObject& resources) {
  if (Json* image = resources.if_contains("image_id"); image != nullptr && image->is_string()) {
    *image = JsonObject{{"null", *image}};
  }
  for (const std::string_view list : {"any_of", "ordered"}) {
    Json* candidates = resources.if_contains(list);
    if (candidates == nullptr) continue;
    for (Json& candidate : candidates->get_array()) spell_images(candidate.get_object());
  }
}

// The user's own file: the secrets in it are shown as it has them, the text itself is not repeated.
auto shown(Task task) -> JsonObject {
  task.user_yaml.clear();
  return emit_task(task, SecretsShown::kRevealed);
}

auto to_json_output(const Dag& dag) -> std::string {
  JsonArray tasks;
  for (const auto& task : dag.tasks) {
    JsonObject object = shown(task);
    spell_images(object["resources"].get_object());
    tasks.emplace_back(std::move(object));
  }
  return to_json_text(tasks, JsonStyle::kIndented) + "\n";
}

auto to_yaml_output(const Dag& dag) -> std::string {
  std::string out;
  for (const auto& task : dag.tasks) out += (out.empty() ? "" : "---\n") + to_yaml_text(shown(task));
  return out;
}

auto run_show(Invocation& invocation) -> int {
  const std::string file = *invocation.argument("file");
  const auto text = read_task_file(invocation.env(), file);
  if (!text.ok()) return report(invocation, text.error());
  auto dag = parse_dag(*text, file, {.plugin_keys = PluginKeys::kKept});
  if (!dag.ok()) return report(invocation, dag.error());
  if (const auto completed = complete_from_catalogs(invocation.env(), *dag); !completed.ok()) {
    return report(invocation, completed.error());
  }
  for (const auto& warning : dag->warnings) {
    invocation.print_error(invocation.err_paint()(term::Style::kYellow, warning));
  }
  invocation.env().write_out(invocation.text("output") == "json" ? to_json_output(*dag) : to_yaml_output(*dag));
  return kExitSucceeded;
}

auto file_probe(const CliEnvironment& env) -> FileProbe {
  const auto kind = [&env](std::string_view path) { return env.path_kind(absolute_path(env, path)); };
  return {.is_directory = [kind](std::string_view path) { return kind(path) == PathKind::kDirectory; },
          .exists = [kind](std::string_view path) { return kind(path) != PathKind::kMissing; }};
}

auto mistakes_in(const CliEnvironment& env, const std::string& file) -> std::vector<Error> {
  const auto text = read_task_file(env, file);
  if (!text.ok()) return {text.error()};
  const FileProbe probe = file_probe(env);
  return find_mistakes(*text, file, {}, [&](const Task& task) { return find_task_mistakes(task, probe); });
}

auto run_validate(Invocation& invocation) -> int {
  int exit_code = kExitSucceeded;
  for (const auto& file : invocation.arguments("files")) {
    const auto mistakes = mistakes_in(invocation.env(), file);
    for (const auto& mistake : mistakes) exit_code = report(invocation, mistake);
    if (mistakes.empty()) invocation.print(fmt::format("{}: ok", file));
  }
  return exit_code;
}

auto run_schema(Invocation& invocation) -> int {
  invocation.env().write_out(to_json_text(task_json_schema(), JsonStyle::kIndented) + "\n");
  return kExitSucceeded;
}

constinit const Command kShow = {
    .name = "show", .page = pages::task_show, .options = kShowOptions, .arguments = kShowArguments, .run = run_show};
constinit const Command kValidate = {
    .name = "validate", .page = pages::task_validate, .arguments = kValidateArguments, .run = run_validate};
constinit const Command kSchema = {.name = "schema", .page = pages::task_schema, .run = run_schema};

constexpr const Command* kCommands[] = {&kShow, &kValidate, &kSchema};

}  // namespace

constinit const Command kTaskCommand = {.name = "task", .page = pages::task, .commands = kCommands};

}  // namespace sky::cli
