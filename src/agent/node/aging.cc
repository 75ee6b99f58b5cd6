#include "agent/node/aging.h"

#include "async/run_on.h"
#include "base/log.h"
#include "os/file.h"

namespace sky::agent {
namespace {

constexpr std::string_view kRecordEnd = ".record";

// The record is written last when a rank ends: its time is that of the exit.
auto ended_before(const RankFiles& rank, WallTime limit) -> bool {
  const Result<os::FileInfo> info = os::stat_file(rank.record_path());
  if (!info.ok() || info->modified >= limit) return false;
  const Result<RankRecord> record = rank.read();
  return record.ok() && record->exit.has_value();
}

}  // namespace

auto remove_old_ranks(const std::string& jobs_dir, WallTime limit) -> Result<> {
  if (!os::file_exists(jobs_dir)) return {};
  SKY_TRY(const std::vector<os::DirEntry> entries, os::list_dir(jobs_dir));
  for (const os::DirEntry& entry : entries) {
    if (!entry.name.ends_with(kRecordEnd)) continue;
    const std::string name = entry.name.substr(0, entry.name.size() - kRecordEnd.size());
    const RankFiles rank(fmt::format("{}/{}", jobs_dir, name));
    if (!ended_before(rank, limit)) continue;
    SKY_CHECK(os::remove_file(rank.record_path()));
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
