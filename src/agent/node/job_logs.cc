#include "agent/node/job_logs.h"

#include <unistd.h>

#include "agent/queue/rank_plan.h"
#include "base/log.h"
#include "base/strings.h"
#include "logs/file_follower.h"
#include "os/file.h"

namespace sky::agent {

using async::Task;

namespace {

// After the way to a node broke, or a local file could not be read.
constexpr Duration kPumpRetry = std::chrono::milliseconds(200);
constexpr size_t kPumpBytes = size_t{256} << 10U;
constexpr size_t kSparesMax = 64;  // records: more jobs than that rarely end before others start
constexpr std::string_view kSparePrefix = "spare-";
constexpr size_t kRecentBytes = size_t{256} << 10U;

auto key_of(const Job& job, SourceId source) -> RankKey {
  return {job.id, job.attempt, source.phase, source.rank};
}

// Its node may never answer again.
auto rank_lost(const Job& job, const RankKey& key) -> bool {
  const auto& exit = exits_of(job, key.phase)[static_cast<size_t>(key.rank)];
  return exit && exit->lost();
}

}  // namespace

JobLogs::JobLogs(async::Loop& loop, std::string home, std::string merging_dir, NodeOf node_of)
    : home_(std::move(home)), merging_dir_(std::move(merging_dir)), node_of_(std::move(node_of)), tasks_(loop) {}

auto JobLogs::base_of(const Job& job) const -> std::string {
  return home_ + "/" + merged_base(job);
}

auto JobLogs::record_path(JobId id) const -> std::string {
  return fmt::format("{}/{}", merging_dir_, id);
}

auto JobLogs::unfinished() -> Result<std::vector<JobId>> {
  SKY_TRY(const std::vector<os::DirEntry> entries, os::list_dir(merging_dir_));
  std::vector<JobId> ids;
  spares_.clear();
  for (const os::DirEntry& entry : entries) {
    if (entry.name.starts_with(kSparePrefix)) spares_.push_back(merging_dir_ + "/" + entry.name);
    if (const std::optional<std::int64_t> id = parse_int(entry.name)) ids.emplace_back(*id);
  }
  return ids;
}

auto JobLogs::open_hub(const Job& job) -> Result<LogPtr> {
  SKY_CHECK(os::make_dirs(os::parent_dir(base_of(job))));
  SKY_TRY(logs::StreamWriter writer, logs::StreamWriter::open(base_of(job)));
  auto log = std::make_shared<Log>();
  log->hub = std::make_unique<logs::Hub>(std::move(writer), logs::HubOptions{.recent_bytes_max = kRecentBytes});
  SKY_CHECK(log->hub->append_at(0, waiting_line(job.spec)));
  return log;
}

// Emptied while it has no job's name: whatever is killed when, no job finds another's entries.
auto JobLogs::reuse_record(JobId id) -> Result<> {
  if (spares_.empty() || os::file_exists(record_path(id))) return {};
  const std::string spare = std::move(spares_.back());
  spares_.pop_back();
  if (truncate(spare.c_str(), 0) != 0) return os::errno_error(errno, "write", spare);
  return os::rename_file(spare, record_path(id));
}

// The stream is complete: nothing is to be replayed.
auto JobLogs::retire_record(JobId id) -> Result<> {
  if (spares_.size() >= kSparesMax) return os::remove_file(record_path(id));
  std::string spare = fmt::format("{}/{}{}", merging_dir_, kSparePrefix, id);
  SKY_CHECK(os::rename_file(record_path(id), spare));
  spares_.push_back(std::move(spare));
  return {};
}

auto JobLogs::open_merger(Log& log) -> Result<> {
  const std::shared_ptr<const Job> job = log.job;
  // Without a spare one a record is made.
  static_cast<void>(reuse_record(job->id));
  SKY_TRY(log.merger,
          Merger::open(record_path(job->id), *log.hub, waiting_line(job->spec) + started_line(),
                       [job](SourceId source, int pid) { return line_prefix(*job, key_of(*job, source), pid); }));
  return {};
}

// The stream of a job, opened as far as its state wants it; null when the files cannot be written now.
auto JobLogs::ensure(std::shared_ptr<const Job> job) -> LogPtr {
  LogPtr& slot = logs_[job->id];
  Result<> opened;
  if (slot == nullptr) {
    Result<LogPtr> fresh = open_hub(*job);
    if (fresh.ok()) {
      slot = std::move(*fresh);
    } else {
      opened = fresh.error();
    }
  }
  if (slot != nullptr) slot->job = job;
  if (slot != nullptr && !slot->merger && !job->placements.empty()) {
    opened = open_merger(*slot);
    if (opened.ok()) tasks_.spawn("merge", redo(slot));
  }
  if (opened.ok()) return slot;
  log_warning("logs", "the output of job {} is not merged: {}", job->id, to_string(opened.error()));
  if (slot == nullptr) logs_.erase(job->id);
  return nullptr;
}

void JobLogs::resume(std::shared_ptr<const Job> job) {
  const LogPtr log = ensure(job);
  if (log == nullptr || !log->merger) return;
  for (const Phase phase : {Phase::kSetup, Phase::kRun}) {
    const auto& exits = exits_of(*job, phase);
    for (size_t rank = 0; rank < exits.size(); ++rank) {
      // Ranks that still run are started or joined anyway, and come with their pid.
      if (exits[rank]) spawn_pump(log, key_of(*job, {phase, static_cast<int>(rank)}), exits[rank]->pid);
    }
  }
}

void JobLogs::start_rank(std::shared_ptr<const Job> job, RankKey key, int pid) {
  if (const LogPtr log = ensure(std::move(job)); log != nullptr && log->merger) spawn_pump(log, key, pid);
}

void JobLogs::spawn_pump(LogPtr log, RankKey key, int pid) {
  if (!log->sources.insert({key.phase, key.rank}).second) return;
  ++log->pump_count;
  tasks_.spawn("pump", pump(std::move(log), key, pid));
}

// Waits for the rank's node as long as it may come back.
auto JobLogs::redo(LogPtr log) -> Task<Result<>> {
  while (log->merger->unfinished()) {
    const MergeEntry entry = *log->merger->unfinished();
    Result<std::string> bytes = co_await read_range(log, entry);
    if (bytes.ok()) {
      SKY_CO_CHECK(co_await log->merger->redo(*bytes));
      break;
    }
    if (bytes.error().code == ErrorCode::kCancelled) co_return bytes.error();
    if (rank_lost(*log->job, key_of(*log->job, entry.source))) {
      SKY_CO_CHECK(co_await log->merger->give_up());
      break;
    }
    SKY_CO_CHECK(co_await async::sleep_for(kPumpRetry));
  }
  log->ready.set();
  co_return Result<>();
}

auto JobLogs::read_range(LogPtr log, MergeEntry entry) -> Task<Result<std::string>> {
  const RankKey key = key_of(*log->job, entry.source);
  OutputRequest request{key, rank_output_base(*log->job, key), entry.from};
  SKY_CO_TRY(const std::unique_ptr<logs::Follower> follower,
             node_of_(node_of(*log->job, key.phase, key.rank)).follow_output(std::move(request)));
  std::string bytes;
  while (bytes.size() < entry.to - entry.from) {
    SKY_CO_TRY(const std::optional<std::string> piece, co_await follower->read(entry.to - entry.from - bytes.size()));
    if (!piece) break;
    bytes += *piece;
  }
  co_return bytes;
}

auto JobLogs::pump(LogPtr log, RankKey key, int pid) -> Task<> {
  const Result<> ready = co_await log->ready.wait();
  if (!ready.ok()) co_return;
  for (;;) {
    const Result<> pumped = co_await pump_once(log, key, pid);
    if (pumped.ok()) break;
    if (pumped.error().code == ErrorCode::kCancelled) co_return;
    if (log->finishing && rank_lost(*log->job, key)) break;
    if (pumped.error().code != ErrorCode::kUnavailable) {
      log_warning("logs", "reading rank {}: {}", to_string(key), to_string(pumped.error()));
    }
    const Result<> slept = co_await async::sleep_for(kPumpRetry);
    if (!slept.ok()) co_return;
  }
  --log->pump_count;
  log->pumps_changed.notify_all();
}

auto JobLogs::pump_once(LogPtr log, RankKey key, int pid) -> Task<Result<>> {
  const SourceId source{key.phase, key.rank};
  OutputRequest request{key, rank_output_base(*log->job, key), log->merger->offset_of(source)};
  SKY_CO_TRY(const std::unique_ptr<logs::Follower> follower,
             node_of_(node_of(*log->job, key.phase, key.rank)).follow_output(std::move(request)));
  for (;;) {
    SKY_CO_TRY(std::optional<std::string> bytes, co_await follower->read(kPumpBytes));
    if (!bytes) co_return co_await log->merger->finish_source(source);
    SKY_CO_CHECK(co_await log->merger->add(source, pid, std::move(*bytes)));
  }
}

void JobLogs::finish(std::shared_ptr<const Job> job) {
  // Ranks whose output could not be read when they ran, because the stream could not be opened then.
  resume(job);
  const LogPtr log = ensure(job);
  if (log == nullptr || log->finishing) return;
  log->finishing = true;
  tasks_.spawn("finish", complete(log));
}

auto JobLogs::complete(LogPtr log) -> Task<Result<>> {
  const std::shared_ptr<const Job> job = log->job;
  while (log->pump_count > 0) SKY_CO_CHECK(co_await log->pumps_changed.wait());
  const int exit_code = exit_code_of(job->status);
  if (log->merger) {
    SKY_CO_CHECK(co_await log->ready.wait());
    SKY_CO_CHECK(co_await log->merger->finish(closing_lines(*job), exit_code));
    SKY_CO_CHECK(retire_record(job->id));
  } else {
    SKY_CO_CHECK(log->hub->finish(exit_code));
  }
  logs_.erase(job->id);
  co_return Result<>();
}

auto JobLogs::follow(std::shared_ptr<const Job> job, std::uint64_t offset) -> Result<std::unique_ptr<logs::Follower>> {
  const bool over = is_terminal(job->status);
  if (!over) ensure(job);
  // Its stream could not be completed when it ended, for want of disk space say.
  if (over && !os::file_exists(logs::end_path(base_of(*job)))) finish(job);
  const auto open = logs_.find(job->id);
  if (open != logs_.end()) return open->second->hub->follow(offset);
  if (over) return std::unique_ptr<logs::Follower>(std::make_unique<logs::FileFollower>(base_of(*job), offset));
  return make_error(ErrorCode::kUnavailable, fmt::format("the output of job {} cannot be written now", job->id));
}

auto JobLogs::offset_of_last_lines(const Job& job, int lines) const -> Result<std::uint64_t> {
  logs::StreamReader reader(base_of(job));
  SKY_CHECK(reader.refresh());
  return reader.offset_of_last_lines(static_cast<std::uint64_t>(lines));
}

auto JobLogs::size_bytes(const Job& job) const -> Result<std::uint64_t> {
  logs::StreamReader reader(base_of(job));
  SKY_CHECK(reader.refresh());
  return reader.size_bytes();
}

}  // namespace sky::agent
