// A task file as a whole: one task, a pipeline, or a job group.
//
//   one document              a task
//   several                   a pipeline, run in order; the first may be a header: `name`, or `name` and `execution`
//   `execution: parallel` in the first of several   a job group: a header, then jobs that run together
//
// Errors are those of parse_task (parse.h), in the Python tool's order; details["location"] is the place. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "task/parse.h"

namespace sky {

enum class DagExecution { kSerial, kParallel };

struct Dag {
  std::optional<std::string> name = {};
  DagExecution execution = DagExecution::kSerial;
  std::vector<Task> tasks = {};  // never empty
  // Of a job group. Without primary tasks all are. The delay is a text, or texts by job and `default`.
  std::vector<std::string> primary_tasks = {};
  std::optional<Json> termination_delay = {};
  std::optional<bool> inter_connection = {};
  std::vector<std::string> warnings = {};  // what was ignored, one sentence each
};

// kInvalidArgument for a file without a task. A name that only a launch invents stays absent.
auto parse_dag(std::string_view text, std::string_view file, const TaskParseOptions& options = {}) -> Result<Dag>;

// What more is to be checked of a task that could be read (find_task_mistakes() of validate.h); its errors name a
// field.
using TaskCheck = std::function<std::vector<Error>(const Task&)>;

// Every mistake of the file, in the order of its lines: what parse_dag() and `check` would find if each were mended in
// turn. Empty: the file is right. An error has no place when it is about the file as a whole.
auto find_mistakes(std::string_view text, std::string_view file, const TaskParseOptions& options,
                   const TaskCheck& check) -> std::vector<Error>;

}  // namespace sky
