// The task of a launch or exec: the entrypoint's file or command, with the options of the command line applied, ready
// to be sent: paths are absolute, files are there.
#pragma once

#include "cli/session.h"
#include "task/task.h"

namespace sky::cli {

enum class TaskUse { kLaunch, kExec };

// Prints `YAML to run: …` or `Command to run: …`, and what is ignored or deprecated. Errors: usage_error() for options
// that exclude each other and files with several tasks, aborted() when a file that is none shall not be a command, and
// those of parse_task, apply_overrides and validate_task_files.
auto load_task(Session& session, const std::vector<std::string>& entrypoint, TaskUse use) -> Result<Task>;

// The task as the server gets it. Secrets are in it: the server seals them before anything is stored.
auto task_text(const Task& task) -> std::string;

}  // namespace sky::cli
