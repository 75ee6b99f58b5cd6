#include "agent/client/session.h"

#include "agent/client/command.h"
#include "agent/client/install.h"
#include "async/random.h"
#include "base/log.h"

namespace sky::agent {

using async::Task;

namespace {

// A program on a node as a stream that owns it.
class ProcessStream final : public async::ByteStream {
 public:
  explicit ProcessStream(std::unique_ptr<infra::RemoteProcess> process) : process_(std::move(process)) {}
  auto read_some(std::span<char> into) -> Task<Result<size_t>> override { return process_->stream().read_some(into); }
  auto write_all(std::string_view bytes) -> Task<Result<>> override { return process_->stream().write_all(bytes); }
  void close_write() override { process_->stream().close_write(); }
  void close() override { process_->stream().close(); }

 private:
  std::unique_ptr<infra::RemoteProcess> process_;
};

auto refuse_all(Channel&) -> Task<Result<Json>> {
  co_return make_error(ErrorCode::kNotSupported, "the server offers nothing to the agent");
}

auto is_temporary(const Error& error) -> bool {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kDeadlineExceeded;
}

auto silence(const infra::ClusterRef& cluster, std::string_view reason) -> std::string {
  return fmt::format("the agent of cluster '{}' does not answer: {}", cluster.cluster, reason);
}

auto op(std::string_view name) -> Json {
  return JsonObject{{"op", name}};
}

auto job_ids(const JsonArray& array, std::string_view where) -> Result<std::vector<JobId>> {
  std::vector<JobId> ids;
  for (const Json& item : array) {
    SKY_TRY(const std::int64_t id, as_int(item, where));
    ids.emplace_back(id);
  }
  return ids;
}

auto job_views(const Json& answer) -> Result<std::vector<JobView>> {
  SKY_TRY(const JsonObject* object, as_object(answer));
  SKY_TRY(const JsonArray* array, get_array(*object, "jobs"));
  std::vector<JobView> views;
  for (const Json& item : *array) {
    SKY_TRY(auto view, job_view_from_json(item));
    views.push_back(std::move(view));
  }
  return views;
}

// An error as the end of a connection: what was wrong with it is not what a caller asked for.
auto broken_by(Error error) -> Error {
  error.code = ErrorCode::kUnavailable;
  return error;
}

auto wait_until_broken(Mux* mux) -> Task<Result<>> {
  SKY_CO_CHECK(co_await mux->wait_broken());
  co_return *mux->failure();
}

}  // namespace

// ---- Connection ----------------------------------------------------------------------------------------------------

AgentSession::AgentSession(async::Loop& loop, infra::Infra& infra, infra::ClusterRef cluster, SessionOptions options)
    : loop_(loop), infra_(infra), cluster_(std::move(cluster)), options_(std::move(options)), tasks_(loop) {}

AgentSession::~AgentSession() = default;

void AgentSession::start() {
  silent_since_ = loop_.now();
  tasks_.spawn("agent session", keep_connected());
}

auto AgentSession::stop() -> Task<> {
  stopped_ = true;
  changed_.notify_all();
  co_await tasks_.stop();
}

void AgentSession::set_mux(std::shared_ptr<Mux> mux) {
  mux_ = std::move(mux);
  if (mux_ != nullptr) {
    silent_since_.reset();
  } else {
    silent_since_ = loop_.now();
  }
  changed_.notify_all();
  if (options_.on_change) options_.on_change();
}

// The stream has ended before the greeting: the program on the node tells why.
auto AgentSession::greet(Mux* mux, infra::RemoteProcess* process, Deadline deadline) -> Task<Result<>> {
  Hello mine = own_hello(cluster_.server, cluster_.cluster.str(), kServerNode);
  const Result<Hello> theirs = co_await mux->handshake(std::move(mine), nullptr, deadline);
  if (theirs.ok()) co_return Result<>();
  if (theirs.error().code != ErrorCode::kUnavailable) co_return theirs.error();
  const Result<int> exit = co_await process->wait();
  Reason reason = reason_in(process->error_tail());
  if (!exit.ok() || reason.message.empty()) co_return theirs.error();
  co_return make_error(ErrorCode::kUnavailable, std::move(reason.message), std::move(reason.hint));
}

auto AgentSession::connect(Deadline deadline) -> Task<Result<std::shared_ptr<Mux>>> {
  if (cluster_.nodes.empty()) co_return make_error(ErrorCode::kNotFound, "the cluster has no nodes");
  std::vector<std::string> attach = face_command("attach", cluster_, cluster_.nodes.front());
  SKY_CO_TRY(auto process, co_await infra_.run(cluster_, 0, std::move(attach), deadline));
  infra::RemoteProcess* const watched = process.get();
  auto stream = std::make_unique<ProcessStream>(std::move(process));
  auto mux = std::make_shared<Mux>(loop_, std::move(stream), Mux::Side::kDialled);
  SKY_CO_CHECK(co_await greet(mux.get(), watched, deadline));
  mux->start(&refuse_all);
  co_return mux;
}

auto AgentSession::keep_connected() -> Task<> {
  int attempt = 1;
  for (;;) {
    const Deadline deadline = Deadline::after(loop_.now(), options_.connect_limit);
    Result<std::shared_ptr<Mux>> connected =
        co_await async::with_deadline(deadline, "connecting to the agent", connect(deadline));
    Result<> ended = connected.ok() ? Result<>() : Result<>(connected.error());
    if (connected.ok()) {
      const MonoTime since = loop_.now();
      set_mux(*connected);
      ended = co_await attend(*connected);
      if (loop_.now() - since > options_.pauses.backoff_max) attempt = 0;
      set_mux(nullptr);
      co_await (*connected)->stop();
    } else {
      ++failed_attempts_;
    }
    if (!ended.ok()) last_error_ = ended.error();
    if (stopped_) co_return;
    changed_.notify_all();
    const Duration pause = backoff_of(options_.pauses, ++attempt, async::uniform(loop_));
    const Result<> slept = co_await async::sleep_for(pause);
    if (!slept.ok()) co_return;
  }
}

// Until something is wrong with the connection.
auto AgentSession::attend(std::shared_ptr<Mux> mux) -> Task<Result<>> {
  return async::race(async::race(watch(mux), ping(mux)), wait_until_broken(mux.get()));
}

auto AgentSession::watch(std::shared_ptr<Mux> mux) -> Task<Result<>> {
  SKY_CO_TRY(const std::unique_ptr<Channel> channel, mux->open(op("watch")));
  SKY_CO_CHECK(co_await report_jobs(mux));
  std::string text;
  for (;;) {
    SKY_CO_TRY(const std::optional<std::string> piece, co_await channel->read());
    if (!piece) break;
    text += *piece;
    size_t start = 0;
    for (size_t newline = text.find('\n'); newline != std::string::npos; newline = text.find('\n', start)) {
      SKY_CO_CHECK(co_await handle_line(text.substr(start, newline - start)));
      start = newline + 1;
    }
    text.erase(0, start);
  }
  const Result<Json> end = co_await channel->await_end();
  co_return end.ok() ? make_error(ErrorCode::kUnavailable, "the agent ended the events") : broken_by(end.error());
}

// What became of the jobs while nobody watched. Asked for after the watch has begun, so that nothing falls between.
auto AgentSession::report_jobs(std::shared_ptr<Mux> mux) -> Task<Result<>> {
  const Deadline deadline = Deadline::after(loop_.now(), options_.connect_limit);
  SKY_CO_TRY(const Json answer, co_await mux->call(jobs_to_json({.ids = {}, .all = true}), deadline));
  SKY_CO_TRY(const std::vector<JobView> views, job_views(answer));
  for (const JobView& view : views) SKY_CO_CHECK(co_await handle({.kind = Event::Kind::kJob, .job = view}));
  co_return Result<>();
}

auto AgentSession::handle_line(std::string line) -> Task<Result<>> {
  const Result<Json> json = parse_json(line);
  if (!json.ok()) co_return broken_by(json.error());
  const Result<Event> event = event_from_json(*json);
  if (!event.ok()) {
    // A newer agent knows more kinds of events.
    log_warning("agent", "cluster {}: an event is left out: {}", cluster_.cluster, event.error().message);
    co_return Result<>();
  }
  co_return co_await handle(*event);
}

auto AgentSession::handle(Event event) -> Task<Result<>> {
  if (!options_.on_event) co_return Result<>();
  Task<Result<>> handling = options_.on_event(std::move(event));
  const Result<> handled = co_await std::move(handling);
  if (handled.ok()) co_return Result<>();
  co_return broken_by(handled.error());
}

auto AgentSession::ping(std::shared_ptr<Mux> mux) -> Task<Result<>> {
  for (;;) {
    SKY_CO_CHECK(co_await async::sleep_for(options_.ping_interval));
    const Result<Json> sign = co_await mux->call(op("info"), Deadline::after(loop_.now(), options_.ping_interval));
    // Any answer is a sign of life, a refusal too.
    if (!sign.ok() && is_temporary(sign.error())) co_return broken_by(sign.error());
  }
}

auto AgentSession::wait_change() -> Task<Result<>> {
  SKY_CO_CHECK(co_await changed_.wait());
  co_return Result<>();
}

auto AgentSession::wait_up() -> Task<Result<>> {
  const int failed_before = failed_attempts_;
  for (;;) {
    if (stopped_) co_return make_error(ErrorCode::kCancelled, "the connection to the agent is not wanted any more");
    if (mux_ != nullptr) co_return Result<>();
    if (failed_attempts_ > failed_before && last_error_ && !is_temporary(*last_error_)) co_return *last_error_;
    SKY_CO_CHECK(co_await changed_.wait());
  }
}

auto AgentSession::wait_ready(Deadline deadline) -> Task<Result<>> {
  Result<> ready = co_await async::with_deadline(deadline, "connecting to the agent", wait_up());
  if (ready.ok() || ready.error().code != ErrorCode::kDeadlineExceeded || !last_error_) co_return ready;
  co_return make_error(ErrorCode::kDeadlineExceeded, silence(cluster_, last_error_->message), last_error_->hint);
}

// ---- Operations ----------------------------------------------------------------------------------------------------

auto AgentSession::call(Json request, Deadline deadline) -> Task<Result<Json>> {
  for (;;) {
    SKY_CO_CHECK(co_await wait_ready(deadline));
    const std::shared_ptr<Mux> mux = mux_;
    Result<Json> answer = co_await mux->call(request, deadline);
    if (answer.ok() || answer.error().code != ErrorCode::kUnavailable || mux->failure() == nullptr) co_return answer;
    while (mux_ == mux && !stopped_) {
      SKY_CO_CHECK(co_await async::with_deadline(deadline, "connecting to the agent", wait_change()));
    }
  }
}

auto AgentSession::open(const Json& request) -> Result<std::unique_ptr<Channel>> {
  if (mux_ != nullptr) return mux_->open(request);
  return make_error(ErrorCode::kUnavailable,
                    silence(cluster_, last_error_ ? last_error_->message : "there is no connection yet"));
}

auto AgentSession::submit(std::string key, JobSpec spec, Deadline deadline) -> Task<Result<JobId>> {
  const SubmitRequest request{.key = std::move(key), .spec = std::move(spec)};
  SKY_CO_TRY(const Json answer, co_await call(to_json(request), deadline));
  SKY_CO_TRY(const JsonObject* object, as_object(answer));
  SKY_CO_TRY(const std::int64_t id, get_int(*object, "job_id"));
  co_return JobId(id);
}

auto AgentSession::jobs(JobsRequest which, Deadline deadline) -> Task<Result<std::vector<JobView>>> {
  SKY_CO_TRY(const Json answer, co_await call(jobs_to_json(which), deadline));
  co_return job_views(answer);
}

auto AgentSession::cancel(JobsRequest which, Deadline deadline) -> Task<Result<std::vector<JobId>>> {
  SKY_CO_TRY(const Json answer, co_await call(cancel_to_json(which), deadline));
  SKY_CO_TRY(const JsonObject* object, as_object(answer));
  SKY_CO_TRY(const JsonArray* array, get_array(*object, "cancelled"));
  co_return job_ids(*array, "/cancelled");
}

auto AgentSession::set_autostop(AutostopSpec spec, Deadline deadline) -> Task<Result<>> {
  SKY_CO_CHECK(co_await call(to_json(spec), deadline));
  co_return Result<>();
}

auto AgentSession::node_lost(int node, Deadline deadline) -> Task<Result<>> {
  SKY_CO_CHECK(co_await call(JsonObject{{"op", "node_lost"}, {"node", node}}, deadline));
  co_return Result<>();
}

auto AgentSession::info(Deadline deadline) -> Task<Result<Json>> {
  return call(op("info"), deadline);
}

auto AgentSession::tail(TailRequest request) -> Result<JobTail> {
  SKY_TRY(auto channel, open(to_json(request)));
  return JobTail(std::move(channel), request.offset);
}

auto JobTail::read() -> Task<Result<std::optional<std::string>>> {
  SKY_CO_TRY(std::optional<std::string> piece, co_await channel_->read());
  if (piece) offset_ += piece->size();
  co_return piece;
}

auto JobTail::finish() -> Task<Result<TailEnd>> {
  SKY_CO_TRY(const Json answer, co_await channel_->await_end());
  SKY_CO_TRY(const JsonObject* object, as_object(answer));
  SKY_CO_TRY(const std::string word, get_string(*object, "status"));
  SKY_CO_TRY(const std::int64_t offset, get_int(*object, "offset"));
  const auto status = parse_job_status(word);
  if (!status) co_return make_error(ErrorCode::kDataCorrupt, fmt::format("expected a job status, found '{}'", word));
  co_return TailEnd{.status = *status, .offset = static_cast<std::uint64_t>(offset)};
}

}  // namespace sky::agent
