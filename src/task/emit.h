// Tasks as JSON and YAML, in the shape in which the Python tool writes them (Task.to_yaml_config()); what is written
// reads back to the same task.
//
// Differences: an image without a region is a plain text (the Python tool writes a mapping from null), and an unset
// `disk_size` or default that the catalog would add is not written.
#pragma once

#include <string>

#include "task/task.h"

namespace sky {

enum class SecretsShown { kRevealed, kRedacted };

// Redaction hides the values of `secrets` and registry passwords; the text in _user_specified_yaml is then left out.
auto emit_task(const Task& task, SecretsShown secrets) -> JsonObject;
auto emit_resources(const Resources& resources, SecretsShown secrets) -> JsonObject;
// One mapping, or {"any_of": […]}, {"ordered": […]}.
auto emit_choices(const ResourceChoices& choices, SecretsShown secrets) -> JsonObject;

// emit_task() as YAML text.
auto task_to_yaml(const Task& task, SecretsShown secrets) -> std::string;

// The user's own file, with secrets redacted: what may be stored and shown. Comments are lost; an empty task gives
// "{}".
auto redact_user_yaml(std::string_view text) -> Result<std::string>;

}  // namespace sky
