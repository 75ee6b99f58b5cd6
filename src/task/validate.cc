#include "task/validate.h"

#include "base/strings.h"
#include "format/yaml.h"

namespace sky {
namespace {

constexpr std::string_view kRemoteWorkdir = "~/sky_workdir";
constexpr std::array<std::string_view, 2> kRecoveryStrategies = {"failover", "eager_next_region"};

auto invalid(std::string message) -> Error {
  return make_error(ErrorCode::kInvalidArgument, std::move(message));
}

// [a-zA-Z0-9]+(?:[._-]{1,2}[a-zA-Z0-9]+)*
auto is_task_name(std::string_view name) -> bool {
  if (name.empty() || !is_alnum(name.front()) || !is_alnum(name.back())) return false;
  size_t marks = 0;
  for (const char c : name) {
    if (!is_alnum(c) && c != '.' && c != '_' && c != '-') return false;
    marks = is_alnum(c) ? 0 : marks + 1;
    if (marks > 2) return false;
  }
  return true;
}

auto check_recovery(const Resources& resources) -> Result<> {
  if (!resources.job_recovery || !resources.job_recovery->strategy) return {};
  const std::string& strategy = *resources.job_recovery->strategy;
  for (const auto known : kRecoveryStrategies) {
    if (equals_ignore_case(known, strategy)) return {};
  }
  return invalid(
      fmt::format("Jobs recovery strategy {} is not a valid jobs recovery strategy among ['failover', "
                  "'eager_next_region'].",
                  python_repr(strategy)));
}

auto check_mount_path(const std::string& path, const std::string& place, bool has_workdir) -> Result<> {
  if (path.ends_with('/')) {
    return invalid(fmt::format("Mount paths cannot end with a slash Found: {} in {}", path, place));
  }
  if (path == kRemoteWorkdir && has_workdir) {
    return invalid(
        fmt::format("Cannot use {} as a destination path of a file mount, as it will be used by the workdir. If "
                    "uploading a file/folder to the workdir is needed, please specify the full path to the "
                    "file/folder.",
                    python_repr(kRemoteWorkdir)));
  }
  return {};
}

auto check_file_mount(const std::string& target, const std::string& source, bool has_workdir) -> Result<> {
  const std::string place = fmt::format("file_mounts.{}: {}", target, source);
  SKY_CHECK(check_mount_path(target, place, has_workdir));
  if (source.ends_with('/')) {
    return invalid(fmt::format("Mount paths cannot end with a slash Found: {} in {}", source, place));
  }
  if (is_cloud_url(target)) return invalid("File mount destination paths cannot be cloud storage");
  return {};
}

// A URL is taken as it is: buckets are checked when they are used.
auto check_volume(const std::string& path, const Json& volume) -> Result<> {
  if (!path.starts_with('/') && !path.starts_with('~')) {
    return invalid(
        fmt::format("File mount destination must be an absolute path (start with \"/\" or \"~\"). Got: {} in "
                    "volumes.",
                    python_repr(path)));
  }
  if (volume.is_string()) return {};
  if (const auto* object = volume.if_object()) {
    if (object->contains("size") || object->contains("name") || object->contains("host_path")) return {};
  }
  return invalid(
      fmt::format("Invalid volume config: {}: {}. One of \"size\" (for an ephemeral volume), \"name\" (for an "
                  "external volume), or \"host_path\" (for a Slurm host bind) must be set.",
                  path, to_json_text(volume, JsonStyle::kPython)));
}

auto check_name(const Task& task) -> Result<> {
  if (!task.name || is_task_name(*task.name)) return {};
  return invalid(
      fmt::format("Invalid task name {}. Valid name: ASCII characters and may contain lowercase and uppercase "
                  "letters, digits, underscores, periods, and dashes. Must start and end with alphanumeric "
                  "characters. No triple dashes or underscores.",
                  *task.name));
}

void note(Result<> result, std::string field, std::vector<Error>& mistakes) {
  if (result.ok()) return;
  result.error().details.emplace("field", std::move(field));
  mistakes.push_back(std::move(result).error());
}

auto task_mistakes(const Task& task) -> std::vector<Error> {
  std::vector<Error> out;
  note(check_name(task), "name", out);
  const bool has_workdir = !std::holds_alternative<std::monostate>(task.workdir);
  for (const auto& [target, source] : task.file_mounts) {
    note(check_file_mount(target, source, has_workdir), "file_mounts\n" + target, out);
  }
  for (const auto& mount : task.storage_mounts) {
    note(check_mount_path(mount.path, "file_mounts", has_workdir), "file_mounts\n" + mount.path, out);
  }
  for (const auto& [path, volume] : task.volumes) {
    const std::string target(path);
    note(check_mount_path(target, "volumes", has_workdir), "volumes\n" + target, out);
    note(check_volume(target, volume), "volumes\n" + target, out);
  }
  for (const auto& candidate : task.resources.candidates) {
    note(check_recovery(candidate), "resources\njob_recovery", out);
    if (candidate.autostop == task.resources.candidates.front().autostop) continue;
    note(invalid("All resources must have the same autostop config."), "resources", out);
  }
  return out;
}

auto file_mistakes(const Task& task, const FileProbe& files) -> std::vector<Error> {
  std::vector<Error> out;
  if (const auto* workdir = std::get_if<std::string>(&task.workdir); workdir && !files.is_directory(*workdir)) {
    note(invalid(
             fmt::format("Workdir must be a valid directory (or a symlink to a directory). {} not found.", *workdir)),
         "workdir", out);
  }
  for (const auto& [target, source] : task.file_mounts) {
    if (is_cloud_url(source) || source.starts_with("skypilot:") || files.exists(source)) continue;
    note(invalid(fmt::format("File mount source {} does not exist locally. To fix: check if it exists, and correct the "
                             "path.",
                             python_repr(source))),
         "file_mounts\n" + target, out);
  }
  return out;
}

auto first_of(std::vector<Error> mistakes) -> Result<> {
  if (mistakes.empty()) return {};
  return std::move(mistakes.front());
}

}  // namespace

auto is_cloud_url(std::string_view path) -> bool {
  const size_t colon = path.find("://");
  return colon != std::string_view::npos && colon > 0 && path.size() > colon + 3 && path[colon + 3] != '/' &&
         std::all_of(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(colon), is_alnum);
}

auto validate_task(const Task& task) -> Result<> {
  return first_of(task_mistakes(task));
}

auto validate_task_files(const Task& task, const FileProbe& files) -> Result<> {
  return first_of(file_mistakes(task, files));
}

auto find_task_mistakes(const Task& task, const FileProbe& files) -> std::vector<Error> {
  auto mistakes = task_mistakes(task);
  for (auto& mistake : file_mistakes(task, files)) mistakes.push_back(std::move(mistake));
  return mistakes;
}

auto expand_accelerators(ResourceChoices& choices, const DevicesByMemory& devices) -> Result<> {
  const auto is_named = [&](const std::string& name) {
    return std::any_of(choices.candidates.begin(), choices.candidates.end(), [&](const Resources& candidate) {
      return candidate.accelerator && !candidate.accelerator->by_memory && candidate.accelerator->name == name;
    });
  };
  std::vector<Resources> expanded;
  for (const auto& candidate : choices.candidates) {
    if (!candidate.accelerator || !candidate.accelerator->by_memory) {
      expanded.push_back(candidate);
      continue;
    }
    for (const auto& name : devices(*candidate.accelerator->by_memory)) {
      if (is_named(name)) continue;
      Resources one = candidate;
      one.accelerator = Accelerator{.name = name, .count = candidate.accelerator->count};
      expanded.push_back(std::move(one));
    }
  }
  if (expanded.empty()) return invalid("No accelerator has the requested memory.");
  choices.candidates = std::move(expanded);
  return {};
}

}  // namespace sky
