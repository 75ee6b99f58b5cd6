#include "agent/node/aging.h"

#include "async/run_on.h"
#include "base/log.h"
#include "os/file.h"

namespace sky::agent {
namespace {

auto names_in(const std::string& dir) -> std::vector<std::string> {
  std::vector<std::string> names;
  const auto entries = os::list_dir(dir);
  if (!entries.ok()) return names;
  for (const os::DirEntry& entry : *entries) names.push_back(fmt::format("{}/{}", dir, entry.name));
  return names;
}

auto ended_before(const std::string& rank_dir, WallTime limit) -> bool {
  const Result<os::FileInfo> exit = os::stat_file(RankFiles(rank_dir).file("exit.json"));
  return exit.ok() && exit->modified < limit;
}

auto remove_if_empty(const std::string& dir) -> Result<> {
  return names_in(dir).empty() ? os::remove_tree(dir) : Result<>();
}

}  // namespace

auto remove_old_ranks(const std::string& jobs_dir, WallTime limit) -> Result<> {
  for (const std::string& job : names_in(jobs_dir)) {
    bool removed = false;
    for (const std::string& attempt : names_in(job)) {
      for (const std::string& rank : names_in(attempt)) {
        if (!ended_before(rank, limit)) continue;
        SKY_CHECK(os::remove_tree(rank));
        removed = true;
      }
      if (removed) SKY_CHECK(remove_if_empty(attempt));
    }
    // A rank that begins now makes its directories again.
    if (removed) SKY_CHECK(remove_if_empty(job));
  }
  return {};
}

auto remove_old_logs(const std::string& home, const std::vector<std::shared_ptr<const Job>>& jobs, WallTime limit)
    -> Result<> {
  for (const auto& job : jobs) {
    if (!is_terminal(job->status) || !job->ended_at || from_epoch_seconds(*job->ended_at) >= limit) continue;
    SKY_CHECK(os::remove_tree(fmt::format("{}/sky_logs/{}", home, log_dir_name(job->id, job->spec.name))));
  }
  return {};
}

auto age(async::Loop* loop, NodeId id, QueueStore* store) -> async::Task<Result<>> {
  for (;;) {
    SKY_CO_CHECK(co_await async::sleep_for(kAgingInterval));
    auto jobs = store == nullptr ? std::vector<std::shared_ptr<const Job>>() : store->all();
    const auto remove = [id, jobs = std::move(jobs), limit = loop->wall_now() - kKept]() -> Result<> {
      SKY_CHECK(remove_old_ranks(id.file("jobs"), limit));
      return remove_old_logs(id.home, jobs, limit);
    };
    const Result<> removed = co_await async::run_on(remove);
    if (!removed.ok()) log_warning("aging", "{}", to_string(removed.error()));
  }
}

}  // namespace sky::agent
