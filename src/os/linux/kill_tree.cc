// The end of process trees. One scan of /proc sees a moving picture, so what was seen once stays a member for ever, and
// the kill is preceded by SIGSTOP rounds: a stopped process cannot fork, so a round that finds nobody new found all.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <set>

#include <fmt/format.h>

#include "os/proc.h"

namespace sky::os {
namespace {

constexpr Duration kPollFirst = std::chrono::milliseconds(2);
constexpr Duration kPollMax = std::chrono::milliseconds(50);
constexpr Duration kKillWaitMax = std::chrono::seconds(10);
constexpr int kRoundsMax = 100;

class Pack {
 public:
  explicit Pack(std::vector<ProcessId> roots) {
    for (const ProcessId& root : roots) add(root);
  }

  // Adds living descendants of members, and processes of sessions that began inside the pack: those whose parent left
  // before it was seen. Returns the living members.
  auto scan() -> std::vector<ProcessId> {
    const auto processes = list_processes();
    for (bool grown = true; grown;) {
      grown = false;
      for (const ProcessInfo& info : processes) {
        if (info.dead() || info.id.pid == getpid() || members_.contains(info.id) || !belongs(info)) continue;
        add(info.id);
        grown = true;
      }
    }
    std::vector<ProcessId> living;
    for (const ProcessInfo& info : processes) {
      if (!info.dead() && info.id.pid != getpid() && members_.contains(info.id)) living.push_back(info.id);
    }
    return living;
  }

 private:
  void add(ProcessId id) {
    members_.insert(id);
    by_pid_[id.pid] = id.start_time;
  }

  // A pid may have been reused since its owner was seen: nothing is older than its parent or its session.
  auto is_member_before(pid_t pid, std::uint64_t start_time) const -> bool {
    const auto found = by_pid_.find(pid);
    if (found == by_pid_.end() || found->second > start_time) return false;
    const auto now = read_process(pid);
    return !now || now->id.start_time == found->second;
  }

  auto belongs(const ProcessInfo& info) const -> bool {
    return is_member_before(info.parent, info.id.start_time) ||
           (info.session != info.id.pid && is_member_before(info.session, info.id.start_time));
  }

  std::set<ProcessId> members_;
  std::map<pid_t, std::uint64_t> by_pid_;
};

void signal_all(const std::vector<ProcessId>& ids, int signal) {
  // Gone meanwhile is what is wanted; not allowed shows as a survivor.
  for (const ProcessId& id : ids) static_cast<void>(signal_process(id, signal));
}

// Waits until the pack is dead or `until` has come; the rest.
auto wait_for_end(Pack* pack, MonoTime until) -> async::Task<std::vector<ProcessId>> {
  async::Loop& loop = co_await async::current_loop();
  Duration pause = kPollFirst;
  for (;;) {
    auto living = pack->scan();
    if (living.empty() || loop.now() >= until) co_return living;
    const Result<> slept = co_await async::sleep_until(std::min(loop.now() + pause, until));
    SKY_ASSERT(slept.ok());
    pause = std::min(pause * 2, kPollMax);
  }
}

void stop_all(Pack& pack) {
  std::set<ProcessId> stopped;
  for (int round = 0; round < kRoundsMax; ++round) {
    auto fresh = pack.scan();
    std::erase_if(fresh, [&](const ProcessId& id) { return !stopped.insert(id).second; });
    if (fresh.empty()) return;
    signal_all(fresh, SIGSTOP);
  }
}

auto end_pack(std::vector<ProcessId> roots, Duration grace) -> async::Task<Result<>> {
  async::Loop& loop = co_await async::current_loop();
  Pack pack(std::move(roots));
  signal_all(pack.scan(), SIGTERM);
  auto living = co_await wait_for_end(&pack, loop.now() + grace);
  if (!living.empty()) {
    stop_all(pack);
    signal_all(pack.scan(), SIGKILL);
    living = co_await wait_for_end(&pack, loop.now() + kKillWaitMax);
  }
  reap_orphans();
  if (living.empty()) co_return Result<>();
  co_return make_error(ErrorCode::kIo, fmt::format("{} processes survive being killed, the first is {}", living.size(),
                                                   living.front().pid));
}

}  // namespace

auto kill_tree(ProcessId root, Duration grace) -> async::Task<Result<>> {
  std::vector<ProcessId> roots{root};
  co_return co_await async::shield(end_pack(std::move(roots), grace));
}

auto kill_trees(std::vector<ProcessId> roots, Duration grace) -> async::Task<Result<>> {
  co_return co_await async::shield(end_pack(std::move(roots), grace));
}

auto kill_by_environment(std::string key, std::string value, Duration grace) -> async::Task<Result<>> {
  // One that was being forked during the search comes to light in the next round.
  for (int round = 0; round < kRoundsMax; ++round) {
    auto roots = find_by_environment(key, value);
    if (roots.empty()) co_return Result<>();
    SKY_CO_CHECK(co_await async::shield(end_pack(std::move(roots), grace)));
  }
  co_return make_error(ErrorCode::kIo, fmt::format("processes with {}={} keep coming back", key, value));
}

}  // namespace sky::os
