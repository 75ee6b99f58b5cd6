#include "os/proc.h"

#include <dirent.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <fmt/format.h>

#include "base/strings.h"
#include "os/file.h"
#include "os/linux/children.h"

namespace sky::os {
namespace {

constexpr std::uint64_t kProcFileMaxBytes = 4U << 20U;  // of cmdline and environ: more than ARG_MAX's default

// Fields of /proc/PID/stat after the name, from 0 (proc(5) counts the state as field 3).
constexpr size_t kFieldParent = 1;
constexpr size_t kFieldGroup = 2;
constexpr size_t kFieldSession = 3;
constexpr size_t kFieldStartTime = 19;

auto proc_path(pid_t pid, std::string_view file) -> std::string {
  return fmt::format("/proc/{}/{}", pid, file);
}

// The texts of a file in which each ends with NUL.
auto read_texts(pid_t pid, std::string_view file) -> std::vector<std::string> {
  std::string content = read_file(proc_path(pid, file), kProcFileMaxBytes).value_or(std::string());
  if (!content.empty() && content.back() == '\0') content.pop_back();
  std::vector<std::string> texts;
  if (content.empty()) return texts;
  for (const std::string_view text : split(content, '\0')) texts.emplace_back(text);
  return texts;
}

}  // namespace

auto parse_proc_stat(std::string_view text) -> std::optional<ProcessInfo> {
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  const auto fields = split(trim(text.substr(close + 1)), ' ');
  if (fields.size() <= kFieldStartTime || fields[0].size() != 1) return std::nullopt;
  const auto pid = parse_int(trim(text.substr(0, open)));
  const auto parent = parse_int(fields[kFieldParent]);
  const auto group = parse_int(fields[kFieldGroup]);
  const auto session = parse_int(fields[kFieldSession]);
  const auto start_time = parse_int(fields[kFieldStartTime]);
  if (!pid || !parent || !group || !session || !start_time) return std::nullopt;
  ProcessInfo info;
  info.id = {static_cast<pid_t>(*pid), static_cast<std::uint64_t>(*start_time)};
  info.parent = static_cast<pid_t>(*parent);
  info.group = static_cast<pid_t>(*group);
  info.session = static_cast<pid_t>(*session);
  info.state = fields[0][0];
  info.name = text.substr(open + 1, close - open - 1);
  return info;
}

auto read_process(pid_t pid) -> std::optional<ProcessInfo> {
  const auto text = read_file(proc_path(pid, "stat"), kProcFileMaxBytes);
  return text.ok() ? parse_proc_stat(*text) : std::nullopt;
}

auto own_process_id() -> ProcessId {
  const auto info = read_process(getpid());
  return info ? info->id : ProcessId{getpid(), 0};
}

auto alive(ProcessId id) -> bool {
  const auto info = read_process(id.pid);
  return info && info->id == id && !info->dead();
}

auto list_processes() -> std::vector<ProcessInfo> {
  std::vector<ProcessInfo> processes;
  DIR* dir = opendir("/proc");
  if (dir == nullptr) return processes;
  while (const dirent* entry = readdir(dir)) {
    const auto pid = parse_int(entry->d_name);
    if (!pid) continue;
    if (auto info = read_process(static_cast<pid_t>(*pid))) processes.push_back(std::move(*info));
  }
  closedir(dir);
  std::sort(processes.begin(), processes.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return processes;
}

namespace {

// What the kernel lists per thread, where it was built to (CONFIG_PROC_CHILDREN): one file instead of all processes.
auto listed_children(pid_t parent) -> std::optional<std::vector<ProcessInfo>> {
  const auto threads = list_dir(proc_path(parent, "task"));
  if (!threads.ok()) return std::nullopt;
  std::vector<ProcessInfo> children;
  for (const DirEntry& thread : *threads) {
    const auto text = read_file(proc_path(parent, fmt::format("task/{}/children", thread.name)), kProcFileMaxBytes);
    if (!text.ok()) return std::nullopt;
    for (const std::string_view word : split(*text, ' ')) {
      const auto pid = parse_int(word);
      if (!pid) continue;
      if (auto info = read_process(static_cast<pid_t>(*pid))) children.push_back(std::move(*info));
    }
  }
  std::sort(children.begin(), children.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return children;
}

}  // namespace

auto child_processes(pid_t parent) -> std::vector<ProcessInfo> {
  if (auto listed = listed_children(parent)) return std::move(*listed);
  auto processes = list_processes();
  std::erase_if(processes, [&](const ProcessInfo& info) { return info.parent != parent; });
  return processes;
}

auto read_command_line(pid_t pid) -> std::vector<std::string> {
  return read_texts(pid, "cmdline");
}

auto read_environment(pid_t pid) -> std::vector<std::string> {
  return read_texts(pid, "environ");
}

auto find_by_environment(std::string_view key, std::string_view value) -> std::vector<ProcessId> {
  const std::string wanted = fmt::format("{}={}", key, value);
  std::vector<ProcessId> found;
  for (const ProcessInfo& info : list_processes()) {
    if (info.dead() || info.id.pid == getpid()) continue;
    const auto environment = read_environment(info.id.pid);
    if (std::find(environment.begin(), environment.end(), wanted) != environment.end()) found.push_back(info.id);
  }
  return found;
}

auto signal_process(ProcessId id, int signal) -> Result<> {
  // The pidfd pins the process: once the start time agrees through it, the pid cannot change its meaning.
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, id.pid, 0)));
  if (!pidfd && errno != ESRCH) return errno_error(errno, fmt::format("cannot signal process {}", id.pid));
  const auto info = read_process(id.pid);
  if (!pidfd || !info || info->id != id) {
    return make_error(ErrorCode::kNotFound, fmt::format("process {} has ended", id.pid));
  }
  if (syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0) return {};
  if (errno == ESRCH) return make_error(ErrorCode::kNotFound, fmt::format("process {} has ended", id.pid));
  return errno_error(errno, fmt::format("cannot signal process {}", id.pid));
}

auto set_subreaper() -> Result<> {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) return {};
  return errno_error(errno, "cannot become the parent of orphans");
}

void reap_orphans() {
  for (const ProcessInfo& info : child_processes(getpid())) {
    if (!info.dead() || owned_children().is_owned(info.id.pid)) continue;
    siginfo_t ignored{};
    waitid(P_PID, static_cast<id_t>(info.id.pid), &ignored, WEXITED | WNOHANG);
  }
}

}  // namespace sky::os
