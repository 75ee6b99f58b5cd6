#include "agent/node/local_node.h"

#include <csignal>

#include "agent/node/output_follower.h"
#include "agent/node/supervise.h"
#include "base/log.h"
#include "base/strings.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/process.h"

namespace sky::agent {

using async::Task;

namespace {

// Between two looks at a supervisor that an earlier agent started: its exit cannot be waited for.
constexpr Duration kAdoptedPoll = std::chrono::milliseconds(20);
// How long a supervisor waits for another rank: longer than a queue of short jobs takes from one to the next.
constexpr Duration kIdleKept = std::chrono::seconds(1);
constexpr size_t kReadBytes = 64;

// Returns when the exit record is there or will never be; true when the supervisor can take another rank.
auto read_supervisor(async::ByteStream* stream, LocalNode::EntryPtr entry) -> Task<Result<bool>> {
  std::array<char, kReadBytes> buffer{};
  std::string lines;
  for (;;) {
    SKY_CO_TRY(const size_t count, co_await stream->read_some(buffer));
    if (count == 0) co_return false;
    lines.append(buffer.data(), count);
    for (size_t end = lines.find('\n'); end != std::string::npos; end = lines.find('\n')) {
      const std::string line = lines.substr(0, end);
      lines.erase(0, end + 1);
      if (line == kSuperviseNext) co_return true;
      if (const std::optional<std::int64_t> pid = parse_int(line)) entry->pid = static_cast<int>(*pid);
      entry->changed.notify_all();
    }
  }
}

// The whole spec, or what the supervisor takes for none: it may be killed at any time, and says so itself by how it
// ends.
auto hand_over(async::ByteStream* stream, LocalNode::EntryPtr entry) -> Task<Result<>> {
  const std::string text = to_json_text(to_json(entry->spec)) + "\n";
  const Result<> written = co_await stream->write_all(text);
  if (!written.ok()) stream->close_write();
  if (!written.ok() && written.error().code == ErrorCode::kCancelled) co_return written;
  co_return Result<>();
}

void learn_pid(LocalNode::Entry& entry, const RankRecord& record) {
  if (entry.pid || !record.pid) return;
  entry.pid = record.pid;
  entry.changed.notify_all();
}

auto job_mark(const RankSpec& spec) -> std::string {
  const auto found = spec.environment.find("SKY_JOB");
  return found == spec.environment.end() ? std::string() : found->second.reveal();
}

}  // namespace

LocalNode::LocalNode(async::IoLoop& loop, NodeId id, std::string program)
    : loop_(loop), id_(std::move(id)), program_(std::move(program)), boot_id_(os::boot_id()), tasks_(loop) {}

auto LocalNode::run_rank(RankSpec spec, OnStarted on_started) -> Task<Result<RankExit>> {
  const RankKey key = spec.key;
  EntryPtr& slot = entries_[key];
  if (slot == nullptr) {
    slot = std::make_shared<Entry>();
    slot->spec = std::move(spec);
    tasks_.spawn("rank " + to_string(key), watch(slot));
  }
  const EntryPtr entry = slot;
  ++entry->waiter_count;
  const Result<> waited = co_await wait_for_exit(entry, std::move(on_started));
  --entry->waiter_count;
  // Whoever asks later finds the exit in the files.
  if (entry->exit && entry->waiter_count == 0) entries_.erase(key);
  if (!waited.ok()) co_return waited.error();
  co_return *entry->exit;
}

auto LocalNode::wait_for_exit(EntryPtr entry, OnStarted on_started) -> Task<Result<>> {
  bool told = false;
  for (;;) {
    if (entry->pid && !told) {
      told = true;
      on_started(*entry->pid);
    }
    if (entry->exit) co_return Result<>();
    SKY_CO_CHECK(co_await entry->changed.wait());
  }
}

auto LocalNode::kill_rank(RankKey key) -> Task<Result<>> {
  const auto found = entries_.find(key);
  if (found != entries_.end()) {
    found->second->kill_requested = true;
    // Gone meanwhile: its end is noticed by whoever watches it.
    if (found->second->supervisor) static_cast<void>(os::signal_process(*found->second->supervisor, SIGTERM));
    co_return Result<>();
  }
  SKY_CO_TRY(const RankRecord record, RankFiles(id_.rank_base(key)).read());
  if (!record.exit)
    co_return make_error(ErrorCode::kUnavailable, fmt::format("rank {} is not known yet", to_string(key)));
  if (!record.exit->left_running) co_return Result<>();
  const std::string mark = fmt::format("{}/{}/{}/{}/{}", id_.server, id_.cluster, key.job, key.attempt, key.rank);
  co_return co_await os::kill_by_environment("SKY_JOB", mark, kTermGrace);
}

auto LocalNode::follow_output(OutputRequest request) -> Result<std::unique_ptr<logs::Follower>> {
  const auto found = entries_.find(request.key);
  return make_output_follower(loop_, id_.home + "/" + request.output_base, request.offset,
                              RankFiles(id_.rank_base(request.key)), found == entries_.end() ? nullptr : found->second);
}

auto LocalNode::watch(EntryPtr entry) -> Task<> {
  for (;;) {
    Result<std::optional<RankExit>> outcome = co_await step(entry);
    if (!outcome.ok() && outcome.error().code == ErrorCode::kCancelled) co_return;
    if (!outcome.ok()) {
      outcome = std::optional<RankExit>(RankExit{.code = {}, .detail = outcome.error().message});
    }
    if (!outcome->has_value()) continue;
    entry->exit = std::move(**outcome);
    entry->changed.notify_all();
    co_return;
  }
}

auto LocalNode::step(EntryPtr entry) -> Task<Result<std::optional<RankExit>>> {
  const RankFiles files(id_.rank_base(entry->spec.key));
  SKY_CO_TRY(RankRecord record, files.read());
  learn_pid(*entry, record);
  if (record.exit) co_return record.exit;
  if (record.start && (record.start->boot_id != boot_id_ || !os::alive(record.start->supervisor))) {
    // Between the two looks it may have written its exit record and gone.
    SKY_CO_TRY(record, files.read());
    if (record.exit) co_return record.exit;
    co_return co_await lost(entry, "what ran it was killed without leaving an exit record");
  }
  if (record.start) {
    SKY_CO_CHECK(co_await adopt(entry, *record.start));
    co_return std::optional<RankExit>();
  }
  if (!entry->spec.boot_id.empty() && entry->spec.boot_id != boot_id_) {
    co_return co_await lost(entry, "its node was restarted");
  }
  SKY_CO_CHECK(co_await start_supervisor(entry));
  co_return std::optional<RankExit>();
}

auto LocalNode::adopt(EntryPtr entry, StartRecord start) -> Task<Result<>> {
  const RankFiles files(id_.rank_base(entry->spec.key));
  if (!entry->supervisor) log_info("node", "found rank {} running", to_string(entry->spec.key));
  on_supervisor(*entry, start.supervisor);
  while (os::alive(start.supervisor)) {
    SKY_CO_TRY(const RankRecord record, files.read());
    if (record.exit) break;
    learn_pid(*entry, record);
    SKY_CO_CHECK(co_await async::sleep_for(kAdoptedPoll));
  }
  co_return Result<>();
}

auto LocalNode::spawn_supervisor() -> Result<std::unique_ptr<os::Child>> {
  std::vector<std::string> argv{program_, "supervise"};
  for (std::string& arg : id_.as_args()) argv.push_back(std::move(arg));
  return os::spawn(loop_, {.argv = std::move(argv),
                           .in = os::Stdio::pipe(),
                           .out = os::Stdio::pipe(),
                           .err = os::Stdio::inherit(),
                           .group = os::ProcessGroup::kNewSession,
                           .on_destroy = os::OnDestroy::kLeave});
}

auto LocalNode::start_supervisor(EntryPtr entry) -> Task<Result<>> {
  const RankFiles files(id_.rank_base(entry->spec.key));
  std::unique_ptr<os::Child> child;
  const bool used_before = !idle_.empty();
  if (used_before) {
    child = std::move(idle_.back().supervisor);
    idle_.pop_back();
  } else {
    SKY_CO_TRY(child, spawn_supervisor());
  }
  on_supervisor(*entry, child->id());
  SKY_CO_CHECK(co_await hand_over(&child->stream(), entry));
  SKY_CO_TRY(const bool takes_another, co_await read_supervisor(&child->stream(), entry));
  // From here on a signal would meet another rank.
  entry->supervisor.reset();
  if (takes_another) {
    keep(std::move(child));
    co_return Result<>();
  }
  SKY_CO_TRY(RankRecord record, files.read());
  if (record.exit) co_return Result<>();
  SKY_CO_TRY(const os::ExitStatus status, co_await child->wait());
  // Another one has the rank and is about to say so in its files.
  if (status.code == kSuperviseHeld) co_return co_await async::sleep_for(kAdoptedPoll);
  SKY_CO_TRY(record, files.read());
  // One that waited here may have been killed before it got the spec: the next is a fresh one, in the end.
  if (record.start || used_before) co_return Result<>();
  co_return make_error(ErrorCode::kIo, fmt::format("its supervisor could not start: {}", to_string(status)));
}

void LocalNode::keep(std::unique_ptr<os::Child> supervisor) {
  idle_.push_back({std::move(supervisor), loop_.now()});
  if (!std::exchange(ending_idle_, true)) tasks_.spawn("idle supervisors", end_idle());
}

auto LocalNode::end_idle() -> Task<Result<>> {
  while (!idle_.empty()) {
    SKY_CO_CHECK(co_await async::sleep_for(kIdleKept));
    std::vector<Idle> over;
    while (!idle_.empty() && idle_.front().since + kIdleKept <= loop_.now()) {
      over.push_back(std::move(idle_.front()));
      idle_.erase(idle_.begin());
    }
    for (const Idle& idle : over) {
      idle.supervisor->stream().close_write();
      SKY_CO_CHECK(co_await idle.supervisor->wait());
    }
  }
  ending_idle_ = false;
  co_return Result<>();
}

auto LocalNode::lost(EntryPtr entry, std::string detail) -> Task<Result<std::optional<RankExit>>> {
  const std::string mark = job_mark(entry->spec);
  if (!mark.empty()) SKY_CO_CHECK(co_await os::kill_by_environment("SKY_JOB", mark, kTermGrace));
  const RankFiles files(id_.rank_base(entry->spec.key));
  const RankExit exit{.code = {}, .killed = entry->kill_requested, .detail = std::move(detail)};
  // From now on everybody finds the same answer.
  SKY_CO_CHECK(files.write_exit(exit));
  co_return std::optional<RankExit>(exit);
}

void LocalNode::on_supervisor(Entry& entry, os::ProcessId supervisor) {
  entry.supervisor = supervisor;
  if (entry.kill_requested) static_cast<void>(os::signal_process(supervisor, SIGTERM));
}

}  // namespace sky::agent
