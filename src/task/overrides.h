// Command-line options that change a task, and the precedence of its variables.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/dotenv.h"
#include "task/parse.h"
#include "task/task.h"

namespace sky {

// What --workdir, --cpus and the others said; nullopt: the option was not given. For the options of `resources` the
// word `none` (any case) clears what the file says; for infra, cloud, region and zone so does `*`.
struct TaskOverrides {
  std::optional<std::string> name = {};
  std::optional<std::string> workdir = {};
  std::optional<std::string> git_url = {};
  std::optional<std::string> git_ref = {};
  std::optional<std::string> infra = {};
  std::optional<std::string> cloud = {};
  std::optional<std::string> region = {};
  std::optional<std::string> zone = {};
  std::optional<std::string> gpus = {};
  std::optional<std::string> cpus = {};
  std::optional<std::string> memory = {};
  std::optional<std::string> instance_type = {};
  std::optional<bool> use_spot = {};
  std::optional<std::string> image_id = {};
  std::optional<std::int64_t> disk_size_gib = {};
  std::optional<std::string> disk_tier = {};
  std::optional<std::string> network_tier = {};
  std::optional<std::string> local_disk = {};
  std::vector<std::string> ports = {};
  std::optional<std::string> priority = {};  // a number, or the name of a class
  std::optional<std::string> job_recovery = {};
  std::optional<std::int64_t> num_nodes = {};
  JsonObject config = {};  // of --config, on top of the task's own
};

// Applies them to every candidate. Errors are kInvalidArgument with the sentence of the field in the file; the task is
// then unchanged.
auto apply_overrides(const TaskOverrides& overrides, Task& task) -> Result<>;

// `sky exec` takes no new machines: clears the options that say which, and returns a line for each one that was given
// ("Override param cpus=4 is ignored.").
auto ignore_machine_overrides(TaskOverrides& overrides) -> std::vector<std::string>;

// What --env, --env-file, --secret and --secret-file gave.
struct VariableInputs {
  std::vector<std::string> envs = {};  // NAME=VALUE, or NAME for the value on this machine
  std::vector<std::string> secrets = {};
  std::optional<DotenvFile> env_file = {};
  std::optional<DotenvFile> secret_file = {};
};

// --env over --env-file; --secret over --secret-file over --env-file: every entry of an env file is a secret too.
// A bare NAME that `lookup` does not know is kInvalidArgument.
auto merge_variables(const VariableInputs& inputs, const VariableLookup& lookup) -> Result<TaskParseOptions>;

}  // namespace sky
