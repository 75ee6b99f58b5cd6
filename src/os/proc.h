// Processes as the kernel shows them, and the end of process trees. Linux alone; source of facts: proc(5).
//
// A pid is reused; a ProcessId is not: it names one process for the uptime of the machine. Zombies count as dead: they
// run nothing and hold nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "base/result.h"

namespace sky::os {

struct ProcessId {
  pid_t pid = 0;
  std::uint64_t start_time = 0;  // clock ticks since boot, field 22 of /proc/PID/stat

  auto operator<=>(const ProcessId&) const = default;
};

struct ProcessInfo {
  ProcessId id;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  char state = '?';  // R S D T t Z X …
  std::string name;  // comm, at most 15 bytes

  auto dead() const -> bool { return state == 'Z' || state == 'X' || state == 'x'; }
};

// Pure: the content of /proc/PID/stat. The name may hold anything, also ") R 1".
auto parse_proc_stat(std::string_view text) -> std::optional<ProcessInfo>;

// nullopt when there is no such process. Zombies are returned.
auto read_process(pid_t pid) -> std::optional<ProcessInfo>;
auto own_process_id() -> ProcessId;
// Whether exactly this process exists and is no zombie.
auto alive(ProcessId id) -> bool;
// Every process, zombies included, by pid.
auto list_processes() -> std::vector<ProcessInfo>;
auto child_processes(pid_t parent) -> std::vector<ProcessInfo>;
// Empty when gone, a zombie, or not ours to read.
auto read_command_line(pid_t pid) -> std::vector<std::string>;
auto read_environment(pid_t pid) -> std::vector<std::string>;  // "KEY=VALUE"
// Living processes that were started with KEY=VALUE in their environment, without this one.
auto find_by_environment(std::string_view key, std::string_view value) -> std::vector<ProcessId>;

// Sends to exactly this process. kNotFound when it is gone.
auto signal_process(ProcessId id, int signal) -> Result<>;

// From now on descendants that lose their parent become children of this process instead of init's.
auto set_subreaper() -> Result<>;
// Collects zombies that fell to this process as subreaper. Never takes the exit of a process that a Child waits for.
void reap_orphans();

// Ends `root` and everything below it: SIGTERM, `grace` to leave, then all are stopped with SIGSTOP until no new one
// appears, and killed. Processes that left by setsid or double fork are found while their parents live, by the sessions
// made inside the tree afterwards. With `root` = own_process_id() everything below this process ends and it goes on: a
// subreaper's way to leave nothing behind. Returns when all are dead; kIo when some survive SIGKILL for 10 s. Not torn
// in half by cancellation. Idempotent; a root that is gone is success.
auto kill_tree(ProcessId root, Duration grace) -> async::Task<Result<>>;
// The same for several trees, with one grace for all.
auto kill_trees(std::vector<ProcessId> roots, Duration grace) -> async::Task<Result<>>;

// The same for every process found by find_by_environment and what is below them: finds what no tree leads to.
auto kill_by_environment(std::string key, std::string value, Duration grace) -> async::Task<Result<>>;

}  // namespace sky::os
