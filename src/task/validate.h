// What the Python tool checks of a task only when it is about to be used, without asking a catalog or an
// infrastructure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "task/task.h"

namespace sky {

// The little that validation asks of the machine where the files are. Paths are as the user wrote them, `~` included.
struct FileProbe {
  std::function<bool(std::string_view path)> is_directory;
  std::function<bool(std::string_view path)> exists;
};

// Name, recovery strategies, mounts; the first thing that is wrong as kInvalidArgument. details["field"] is the path of
// the field in the file, `name` or `file_mounts` and a mount path, separated by a newline.
auto validate_task(const Task& task) -> Result<>;

// That the workdir is a folder and that local sources of file_mounts exist. For the machine that holds them.
auto validate_task_files(const Task& task, const FileProbe& files) -> Result<>;

// Everything that the two find.
auto find_task_mistakes(const Task& task, const FileProbe& files) -> std::vector<Error>;

// `s3://bucket/x` and other URLs, as opposed to local paths.
auto is_cloud_url(std::string_view path) -> bool;

// Names of the accelerators with that much memory; the catalog's part of `accelerators: 80GB+`.
using DevicesByMemory = std::function<std::vector<std::string>(const DeviceMemory&)>;

// Replaces candidates that ask by memory with one candidate for each matching device. A device that another candidate
// names itself is not repeated. kInvalidArgument when nothing matches.
auto expand_accelerators(ResourceChoices& choices, const DevicesByMemory& devices) -> Result<>;

}  // namespace sky
