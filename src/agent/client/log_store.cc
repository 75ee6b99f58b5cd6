#include "agent/client/log_store.h"

#include <algorithm>
#include <set>

#include "async/run_on.h"
#include "base/log.h"
#include "logs/file_follower.h"
#include "os/file.h"

namespace sky::agent {

using async::Task;

namespace {

constexpr std::string_view kCopyPrefix = "job-";

constexpr std::string_view kEndSuffix = ".end";

// Copies that have been complete since before `limit`: all files of `job-<id>`, the end mark last.
auto remove_complete_copies(const std::string& dir, WallTime limit) -> Result<> {
  SKY_TRY(const std::vector<os::DirEntry> entries, os::list_dir(dir));
  for (const os::DirEntry& end : entries) {
    if (!end.name.starts_with(kCopyPrefix) || !end.name.ends_with(kEndSuffix)) continue;
    const Result<os::FileInfo> info = os::stat_file(fmt::format("{}/{}", dir, end.name));
    if (!info.ok() || info->modified > limit) continue;
    const std::string prefix = end.name.substr(0, end.name.size() - kEndSuffix.size() + 1);
    for (const os::DirEntry& file : entries) {
      if (file.name.starts_with(prefix) && file.name != end.name) {
        SKY_CHECK(os::remove_file(fmt::format("{}/{}", dir, file.name)));
      }
    }
    SKY_CHECK(os::remove_file(fmt::format("{}/{}", dir, end.name)));
  }
  return {};
}

struct GoneCluster {
  std::string hash;
  std::string dir;
  WallTime at;
};

auto bytes_in(const std::string& dir) -> Result<std::uint64_t> {
  std::uint64_t bytes = 0;
  SKY_TRY(const std::vector<os::DirEntry> entries, os::list_dir(dir));
  for (const os::DirEntry& entry : entries) {
    const Result<os::FileInfo> info = os::stat_file(fmt::format("{}/{}", dir, entry.name), os::Follow::kNo);
    bytes += info.ok() ? info->size_bytes : 0;
  }
  return bytes;
}

// The hashes of those that were removed.
auto remove_gone(std::vector<GoneCluster> gone, LogRetention retention, WallTime now)
    -> Result<std::vector<std::string>> {
  std::vector<std::string> removed;
  std::ranges::sort(gone, std::greater<>(), &GoneCluster::at);
  std::uint64_t kept_bytes = 0;
  for (const GoneCluster& cluster : gone) {
    SKY_TRY(const std::uint64_t bytes, bytes_in(cluster.dir));
    kept_bytes += bytes;
    const bool old = retention.age_max >= Duration::zero() && now - cluster.at > retention.age_max;
    if (old || kept_bytes > retention.gone_bytes_max) {
      SKY_CHECK(os::remove_tree(cluster.dir));
      removed.push_back(cluster.hash);
    }
  }
  return removed;
}

// A job that waits in the queue has nothing to say but that, and there may be thousands of them.
auto may_have_output(JobStatus status) -> bool {
  return status != JobStatus::kInit && status != JobStatus::kPending;
}

}  // namespace

// One incomplete copy: its writer, its followers, and who waits for it to grow.
struct LogStore::Copy {
  explicit Copy(logs::Hub hub_of_copy) : hub(std::move(hub_of_copy)) {}
  logs::Hub hub;
  async::WaitList grown;
};

// The subscriptions of one cluster while a session is attached.
struct LogStore::Feed {
  Feed(async::Loop& loop, std::string hash, AgentSession& source, size_t tails_max)
      : cluster_hash(std::move(hash)), session(source), places(tails_max), tasks(loop) {}
  std::string cluster_hash;
  AgentSession& session;
  std::set<JobId> pulled;
  async::Semaphore places;
  async::TaskGroup tasks;
};

LogStore::LogStore(async::Loop& loop, std::string dir, LogStoreOptions options)
    : loop_(loop), dir_(std::move(dir)), options_(options) {}

LogStore::~LogStore() = default;

auto LogStore::stop() -> Task<> {
  while (!feeds_.empty()) co_await detach(feeds_.begin()->first);
  copies_.clear();
}

// ---- Copies --------------------------------------------------------------------------------------------------------

auto LogStore::dir_of(const std::string& cluster_hash) const -> std::string {
  return fmt::format("{}/{}", dir_, cluster_hash);
}

auto LogStore::base_path(const std::string& cluster_hash, JobId job) const -> std::string {
  return fmt::format("{}/{}{}", dir_of(cluster_hash), kCopyPrefix, job);
}

auto LogStore::end_of(const std::string& cluster_hash, JobId job) const -> std::optional<logs::StreamEnd> {
  if (!is_complete(cluster_hash, job)) return std::nullopt;
  // An end mark that cannot be read is an end all the same.
  const auto end = logs::StreamReader(base_path(cluster_hash, job)).end();
  return end.ok() && *end ? **end : logs::StreamEnd{};
}

auto LogStore::is_complete(const std::string& cluster_hash, JobId job) const -> bool {
  return os::file_exists(logs::end_path(base_path(cluster_hash, job)));
}

auto LogStore::open_copy(const std::string& cluster_hash, JobId job) -> Result<std::shared_ptr<Copy>> {
  const CopyKey key{cluster_hash, job};
  if (const auto found = copies_.find(key); found != copies_.end()) return found->second;
  SKY_CHECK(os::make_dirs(dir_of(cluster_hash)));
  SKY_TRY(auto writer, logs::StreamWriter::open(base_path(cluster_hash, job)));
  auto copy = std::make_shared<Copy>(logs::Hub(std::move(writer)));
  copies_[key] = copy;
  return copy;
}

auto LogStore::finish(Copy& copy, const CopyKey& key, JobStatus status) -> Result<> {
  if (copy.hub.finished()) return {};
  // On a full disk the mark is missing, but nobody waits for more; the head tells the end again on the next connection.
  Result<> marked = copy.hub.finish(exit_code_of(status));
  copy.grown.notify_all();
  copies_.erase(key);
  return marked;
}

void LogStore::finish_job(const std::string& cluster_hash, JobId job, JobStatus status) {
  if (is_complete(cluster_hash, job)) return;
  const auto copy = open_copy(cluster_hash, job);
  const auto finished = copy.ok() ? finish(**copy, {cluster_hash, job}, status) : Result<>(copy.error());
  if (!finished.ok()) log_warning("logs", "job {} of {}: {}", job, cluster_hash, finished.error().message);
}

auto LogStore::collect(GoneAt gone_at) -> Task<Result<>> {
  if (!os::file_exists(dir_)) co_return Result<>();
  SKY_CO_TRY(const std::vector<os::DirEntry> entries, os::list_dir(dir_));
  std::vector<GoneCluster> gone;
  std::vector<std::string> live;
  for (const os::DirEntry& entry : entries) {
    const std::optional<WallTime> at = gone_at(entry.name);
    if (at && !feeds_.contains(entry.name)) {
      gone.push_back({.hash = entry.name, .dir = dir_of(entry.name), .at = *at});
    } else {
      live.push_back(dir_of(entry.name));
    }
  }
  const auto remove = [gone = std::move(gone), live = std::move(live), retention = options_.retention,
                       now = loop_.wall_now()]() -> Result<std::vector<std::string>> {
    const bool ages = retention.age_max >= Duration::zero();
    for (const std::string& dir : live) {
      if (ages) SKY_CHECK(remove_complete_copies(dir, now - retention.age_max));
    }
    return remove_gone(gone, retention, now);
  };
  SKY_CO_TRY(const std::vector<std::string> removed, co_await async::run_on(remove));
  for (const std::string& hash : removed) {
    std::erase_if(copies_, [&](const auto& copy) { return copy.first.first == hash; });
  }
  co_return Result<>();
}

// Its copy, if there was one, has been removed: fetching it again would bring it back for nothing.
auto LogStore::is_outdated(const JobView& job) const -> bool {
  const Duration age_max = options_.retention.age_max;
  if (age_max < Duration::zero() || !is_terminal(job.status)) return false;
  return job.ended_at && loop_.wall_now() - from_epoch_seconds(*job.ended_at) > age_max;
}

auto LogStore::follow(const std::string& cluster_hash, JobId job, std::uint64_t offset)
    -> Result<std::unique_ptr<logs::Follower>> {
  if (const auto end = end_of(cluster_hash, job)) {
    auto follower = std::make_unique<logs::FileFollower>(base_path(cluster_hash, job), offset);
    // Holds also when the files are removed meanwhile.
    follower->set_end(*end);
    return follower;
  }
  SKY_TRY(const auto copy, open_copy(cluster_hash, job));
  if (const auto feed = feeds_.find(cluster_hash); feed != feeds_.end()) subscribe(*feed->second, job);
  return copy->hub.follow(offset);
}

auto LogStore::size_bytes(const std::string& cluster_hash, JobId job) const -> Result<std::uint64_t> {
  if (const auto found = copies_.find({cluster_hash, job}); found != copies_.end()) {
    return found->second->hub.size_bytes();
  }
  logs::StreamReader reader(base_path(cluster_hash, job));
  SKY_CHECK(reader.refresh());
  return reader.size_bytes();
}

auto LogStore::offset_of_last_lines(std::string cluster_hash, JobId job, std::uint64_t count)
    -> Task<Result<std::uint64_t>> {
  return async::run_on([base = base_path(cluster_hash, job), count]() -> Result<std::uint64_t> {
    logs::StreamReader reader(base);
    SKY_CHECK(reader.refresh());
    return reader.offset_of_last_lines(count);
  });
}

// ---- Subscriptions -------------------------------------------------------------------------------------------------

void LogStore::attach(const std::string& cluster_hash, AgentSession& session) {
  auto& feed = feeds_[cluster_hash];
  SKY_ASSERT(feed == nullptr);
  feed = std::make_unique<Feed>(loop_, cluster_hash, session, options_.tails_max);
}

auto LogStore::detach(std::string cluster_hash) -> Task<> {
  const auto found = feeds_.find(cluster_hash);
  if (found == feeds_.end()) co_return;
  const std::unique_ptr<Feed> feed = std::move(found->second);
  feeds_.erase(found);
  co_await feed->tasks.stop();
}

void LogStore::on_job(const std::string& cluster_hash, const JobView& job) {
  const auto feed = feeds_.find(cluster_hash);
  if (feed == feeds_.end()) return;
  const bool followed = copies_.contains({cluster_hash, job.id});
  const bool wanted = followed || (may_have_output(job.status) && !is_outdated(job));
  if (wanted && !is_complete(cluster_hash, job.id)) subscribe(*feed->second, job.id);
}

void LogStore::subscribe(Feed& feed, JobId job) {
  if (feed.pulled.insert(job).second) feed.tasks.spawn("job output", pull(&feed, job));
}

// Until the copy is complete; whatever fails is tried again where the copy ends.
auto LogStore::pull(Feed* feed, JobId job) -> Task<Result<>> {
  SKY_CO_TRY(const auto place, co_await feed->places.acquire());
  std::uint64_t size_before = 0;
  for (int attempt = 1;; ++attempt) {
    const Result<> pulled = co_await pull_once(feed, job);
    if (pulled.ok()) break;
    if (pulled.error().code == ErrorCode::kCancelled) co_return pulled.error();
    log_debug("logs", "job {} of {}: {}", job, feed->cluster_hash, pulled.error().message);
    const std::uint64_t size = size_bytes(feed->cluster_hash, job).value_or(0);
    if (size > size_before) attempt = 1;
    size_before = size;
    const double chance = static_cast<double>(loop_.random_u64() >> 11) * 0x1.0p-53;
    SKY_CO_CHECK(co_await async::sleep_for(backoff_of(options_.pauses, attempt + 1, chance)));
  }
  feed->pulled.erase(job);
  co_return Result<>();
}

auto LogStore::pull_once(Feed* feed, JobId job) -> Task<Result<>> {
  SKY_CO_CHECK(co_await feed->session.wait_ready(Deadline::never()));
  if (is_complete(feed->cluster_hash, job)) co_return Result<>();
  SKY_CO_TRY(const std::shared_ptr<Copy> copy, open_copy(feed->cluster_hash, job));
  SKY_CO_TRY(JobTail tail, feed->session.tail({.job = job, .offset = copy->hub.size_bytes()}));
  for (;;) {
    const std::uint64_t offset = tail.offset();
    SKY_CO_TRY(const std::optional<std::string> piece, co_await tail.read());
    if (copy->hub.finished()) co_return Result<>();
    if (!piece) break;
    SKY_CO_CHECK(copy->hub.append_at(offset, *piece));
    copy->grown.notify_all();
  }
  Result<TailEnd> end = co_await tail.finish();
  // The head lost its disk: nothing more will come.
  if (!end.ok() && end.error().code == ErrorCode::kJobNotFound) {
    end = TailEnd{.status = JobStatus::kFailedDriver, .offset = copy->hub.size_bytes()};
  }
  if (!end.ok()) co_return end.error();
  if (!is_terminal(end->status) || copy->hub.size_bytes() < end->offset) {
    co_return make_error(ErrorCode::kUnavailable, "the output ended before its job");
  }
  co_return finish(*copy, {feed->cluster_hash, job}, end->status);
}

auto LogStore::head_size(AgentSession* session, JobId job, std::uint64_t known) -> Task<Result<std::uint64_t>> {
  SKY_CO_TRY(JobTail tail, session->tail({.job = job, .offset = known, .follow = false}));
  SKY_CO_TRY(const TailEnd end, co_await tail.finish());
  co_return end.offset;
}

auto LogStore::wait_for_size(std::shared_ptr<Copy> copy, std::uint64_t size) -> Task<Result<>> {
  while (copy->hub.size_bytes() < size && !copy->hub.finished()) SKY_CO_CHECK(co_await copy->grown.wait());
  co_return Result<>();
}

auto LogStore::catch_up(std::string cluster_hash, JobId job, Deadline deadline) -> Task<Result<std::uint64_t>> {
  const auto feed = feeds_.find(cluster_hash);
  const bool reachable = feed != feeds_.end() && feed->second->session.up();
  if (!reachable || is_complete(cluster_hash, job)) co_return size_bytes(cluster_hash, job);
  SKY_CO_TRY(const std::shared_ptr<Copy> copy, open_copy(cluster_hash, job));
  const std::string what = fmt::format("the output of job {}", job);
  auto asking = head_size(&feed->second->session, job, copy->hub.size_bytes());
  const Result<std::uint64_t> size = co_await async::with_deadline(deadline, what, std::move(asking));
  // A connection that breaks meanwhile leaves what is there.
  if (!size.ok() && size.error().code == ErrorCode::kUnavailable) co_return copy->hub.size_bytes();
  if (!size.ok()) co_return size.error();
  SKY_CO_CHECK(co_await async::with_deadline(deadline, what, wait_for_size(copy, *size)));
  co_return copy->hub.size_bytes();
}

}  // namespace sky::agent
