#include "os/machine.h"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "base/strings.h"
#include "os/file.h"
#include "os/process.h"

namespace sky::os {
namespace {

constexpr Duration kNvidiaSmiTimeout = std::chrono::seconds(10);
constexpr int kCpusMax = 1U << 16U;
constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

auto read_text(const Machine& machine, const std::string& path) -> std::string {
  const std::string text = read_file(machine.root + path).value_or(std::string());
  return std::string(trim(text));
}

auto read_number(const Machine& machine, const std::string& path) -> std::optional<std::int64_t> {
  return parse_int(read_text(machine, path));
}

// Where a cgroup controller shows this process's group: `v2` is true for the unified hierarchy.
struct CgroupDir {
  std::string path;
  bool v2 = false;
};

// /proc/self/cgroup has lines `ID:CONTROLLERS:PATH`; the unified one is `0::PATH`. In a container the path may name a
// group above what is mounted, so both it and the mount's root are looked at, and every group on the way up counts.
auto cgroup_dirs(const Machine& machine, std::string_view controller) -> std::vector<CgroupDir> {
  std::vector<CgroupDir> dirs;
  const std::string text = read_text(machine, "/proc/self/cgroup");
  for (const std::string_view line : split(text, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 3) continue;
    const bool v2 = fields[1].empty();
    const auto controllers = split(fields[1], ',');
    if (!v2 && std::find(controllers.begin(), controllers.end(), controller) == controllers.end()) continue;
    const std::string mount = v2 ? "/sys/fs/cgroup" : fmt::format("/sys/fs/cgroup/{}", fields[1]);
    for (std::string group(fields[2]); group.size() > 1; group = parent_dir(group)) dirs.push_back({mount + group, v2});
    dirs.push_back({mount, v2});
  }
  return dirs;
}

// CPUs granted by one group; 0 for no limit.
auto cpu_quota(const Machine& machine, const CgroupDir& dir) -> double {
  std::optional<std::int64_t> quota;
  std::optional<std::int64_t> period;
  if (dir.v2) {
    const std::string text = read_text(machine, dir.path + "/cpu.max");  // "max 100000" or "150000 100000"
    const auto fields = split(text, ' ');
    if (fields.size() == 2) {
      quota = parse_int(fields[0]);
      period = parse_int(fields[1]);
    }
  } else {
    quota = read_number(machine, dir.path + "/cpu.cfs_quota_us");
    period = read_number(machine, dir.path + "/cpu.cfs_period_us");
  }
  if (!quota || !period || *quota <= 0 || *period <= 0) return 0;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

auto affinity_count() -> int {
  // A fixed cpu_set_t holds 1024 CPUs and the call fails on larger machines.
  for (int cpus = 1024; cpus <= kCpusMax; cpus *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<size_t>(cpus));
    const size_t size = CPU_ALLOC_SIZE(static_cast<size_t>(cpus));
    const bool known = sched_getaffinity(0, size, set) == 0;
    const int count = known ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (known) return count;
  }
  return static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
}

auto listed_cpu_count(const Machine& machine) -> int {
  const std::string text = read_text(machine, "/proc/cpuinfo");
  const auto lines = split(text, '\n');
  return static_cast<int>(
      std::count_if(lines.begin(), lines.end(), [](std::string_view line) { return line.starts_with("processor"); }));
}

auto mem_total(const Machine& machine) -> std::uint64_t {
  const std::string text = read_text(machine, "/proc/meminfo");
  for (const std::string_view line : split(text, '\n')) {
    if (!line.starts_with("MemTotal:")) continue;
    const std::string_view value = trim(line.substr(line.find(':') + 1));
    const auto kib = parse_int(value.substr(0, value.find(' ')));
    if (kib && *kib > 0) return static_cast<std::uint64_t>(*kib) * 1024U;
  }
  return 0;
}

// Field `index` of this user's line `name:password:uid:gid:comment:home:shell`; empty when there is none.
auto passwd_field(const Machine& machine, size_t index) -> std::string {
  const std::string text = read_text(machine, "/etc/passwd");
  const std::string uid = fmt::format("{}", getuid());
  for (const std::string_view line : split(text, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() >= 6 && fields[2] == uid) return std::string(fields[index]);
  }
  return {};
}

auto environment_value(const char* key) -> std::string {
  const char* value = std::getenv(key);
  return value != nullptr ? value : "";
}

auto gpus_from_devices(const Machine& machine) -> std::vector<Gpu> {
  std::vector<Gpu> gpus;
  const auto entries = list_dir(machine.root + "/dev");
  if (!entries.ok()) return gpus;
  constexpr std::string_view kPrefix = "nvidia";
  for (const DirEntry& entry : *entries) {
    if (!entry.name.starts_with(kPrefix)) continue;
    const auto index = parse_int(std::string_view(entry.name).substr(kPrefix.size()));
    if (index && *index >= 0) gpus.push_back({.index = static_cast<int>(*index)});
  }
  std::sort(gpus.begin(), gpus.end(), [](const Gpu& a, const Gpu& b) { return a.index < b.index; });
  return gpus;
}

}  // namespace

auto cpu_count(const Machine& machine) -> int {
  int count = machine.root.empty() ? affinity_count() : listed_cpu_count(machine);
  for (const CgroupDir& dir : cgroup_dirs(machine, "cpu")) {
    const double quota = cpu_quota(machine, dir);
    if (quota > 0) count = static_cast<int>(std::min(static_cast<double>(count), std::ceil(quota)));
  }
  return std::max(count, 1);
}

auto memory_total_bytes(const Machine& machine) -> std::uint64_t {
  const std::uint64_t installed = mem_total(machine);
  std::uint64_t total = installed != 0 ? installed : kNoLimit;
  for (const CgroupDir& dir : cgroup_dirs(machine, "memory")) {
    // "max", and v1's huge number for no limit, change nothing.
    const auto limit = read_number(machine, dir.path + (dir.v2 ? "/memory.max" : "/memory.limit_in_bytes"));
    if (limit && *limit > 0) total = std::min(total, static_cast<std::uint64_t>(*limit));
  }
  return total != kNoLimit ? total : 0;
}

auto machine_arch() -> std::string {
  utsname name{};
  return uname(&name) == 0 ? name.machine : "unknown";
}

auto boot_id(const Machine& machine) -> std::string {
  return read_text(machine, "/proc/sys/kernel/random/boot_id");
}

auto host_name() -> std::string {
  utsname name{};
  return uname(&name) == 0 ? name.nodename : "localhost";
}

auto user_name(const Machine& machine) -> std::string {
  for (const char* key : {"USER", "LOGNAME"}) {
    if (const std::string value = environment_value(key); !value.empty()) return value;
  }
  const std::string entry = passwd_field(machine, 0);
  return !entry.empty() ? entry : fmt::format("uid{}", getuid());
}

auto home_dir(const Machine& machine) -> std::string {
  if (const std::string value = environment_value("HOME"); !value.empty()) return value;
  const std::string entry = passwd_home_dir(machine);
  return !entry.empty() ? entry : "/";
}

auto passwd_home_dir(const Machine& machine) -> std::string {
  return passwd_field(machine, 5);
}

auto parse_nvidia_smi(std::string_view csv) -> std::vector<Gpu> {
  std::vector<Gpu> gpus;
  for (const std::string_view line : split(csv, '\n')) {
    // The name is in the middle and might hold a comma.
    const size_t first = line.find(',');
    const size_t last = line.rfind(',');
    if (first == std::string_view::npos || last == first) continue;
    const auto index = parse_int(trim(line.substr(0, first)));
    if (!index) continue;
    const auto memory = parse_int(trim(line.substr(last + 1)));  // "[N/A]" on parts that share the host's memory
    gpus.push_back({.index = static_cast<int>(*index),
                    .name = std::string(trim(line.substr(first + 1, last - first - 1))),
                    .memory_mib = static_cast<std::uint64_t>(std::max<std::int64_t>(memory.value_or(0), 0))});
  }
  return gpus;
}

auto find_gpus(async::IoLoop& loop, Machine machine) -> async::Task<std::vector<Gpu>> {
  SpawnOptions options;
  options.argv = {machine.nvidia_smi, "--query-gpu=index,name,memory.total", "--format=csv,noheader,nounits"};
  const Deadline deadline = Deadline::after(loop.now(), kNvidiaSmiTimeout);
  const Result<CommandOutput> answer = co_await run_command(loop, std::move(options), std::string(), deadline);
  if (answer.ok() && answer->status.ok()) {
    auto gpus = parse_nvidia_smi(answer->out);
    if (!gpus.empty()) co_return gpus;
  }
  co_return gpus_from_devices(machine);
}

}  // namespace sky::os
