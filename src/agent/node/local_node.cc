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
constexpr size_t kPidLineMaxBytes = 64;

// The first line is the script's pid; the end of the stream says that the exit record is there. `on_pid` may be null.
auto read_supervisor(async::ByteStream* stream, LocalNode::EntryPtr entry) -> Task<Result<>> {
  std::array<char, kPidLineMaxBytes> buffer{};
  std::string line;
  for (;;) {
    SKY_CO_TRY(const size_t count, co_await stream->read_some(buffer));
    if (count == 0) co_return Result<>();
    if (entry->pid) continue;
    line.append(buffer.data(), count);
    if (!line.ends_with('\n')) continue;
    if (const std::optional<std::int64_t> pid = parse_int(trim(line))) entry->pid = static_cast<int>(*pid);
    entry->changed.notify_all();
  }
}

// The whole spec and the stream's end, or what the supervisor takes for no spec: it may be killed at any time, and says
// so itself by how it ends.
auto hand_over(async::ByteStream* stream, LocalNode::EntryPtr entry) -> Task<Result<>> {
  const std::string text = to_json_text(to_json(entry->spec));
  const Result<> written = co_await stream->write_all(text);
  stream->close_write();
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
      // Nothing that could be done about a file that cannot be written.
      static_cast<void>(RankFiles(id_.rank_base(entry->spec.key)).empty_script());
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
  SKY_CO_CHECK(co_await spawn_supervisor(entry));
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

auto LocalNode::spawn_supervisor(EntryPtr entry) -> Task<Result<>> {
  const RankFiles files(id_.rank_base(entry->spec.key));
  std::vector<std::string> argv{program_, "supervise"};
  for (std::string& arg : id_.as_args()) argv.push_back(std::move(arg));
  argv.emplace_back("--rank");
  argv.push_back(to_string(entry->spec.key));
  SKY_CO_TRY(const std::unique_ptr<os::Child> child, os::spawn(loop_, {.argv = std::move(argv),
                                                                       .in = os::Stdio::pipe(),
                                                                       .out = os::Stdio::pipe(),
                                                                       .err = os::Stdio::inherit(),
                                                                       .group = os::ProcessGroup::kNewSession,
                                                                       .on_destroy = os::OnDestroy::kLeave}));
  on_supervisor(*entry, child->id());
  SKY_CO_CHECK(co_await hand_over(&child->stream(), entry));
  SKY_CO_CHECK(co_await read_supervisor(&child->stream(), entry));
  SKY_CO_TRY(RankRecord record, files.read());
  if (record.exit) co_return Result<>();
  SKY_CO_TRY(const os::ExitStatus status, co_await child->wait());
  // Another one has the rank and is about to say so in its files.
  if (status.code == kSuperviseHeld) co_return co_await async::sleep_for(kAdoptedPoll);
  SKY_CO_TRY(record, files.read());
  if (record.start) co_return Result<>();
  co_return make_error(ErrorCode::kIo, fmt::format("its supervisor could not start: {}", to_string(status)));
}

auto LocalNode::lost(EntryPtr entry, std::string detail) -> Task<Result<std::optional<RankExit>>> {
  const std::string mark = job_mark(entry->spec);
  if (!mark.empty()) SKY_CO_CHECK(co_await os::kill_by_environment("SKY_JOB", mark, kTermGrace));
  const RankFiles files(id_.rank_base(entry->spec.key));
  SKY_CO_CHECK(files.empty_script());
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
