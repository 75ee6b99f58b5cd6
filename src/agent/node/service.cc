#include "agent/node/service.h"

namespace sky::agent {

using async::Task;

namespace {

constexpr size_t kTailPieceBytes = size_t{256} << 10U;
// Longer than a supervisor takes to end a job that ignores SIGTERM.
constexpr Duration kShutdownMax = std::chrono::seconds(20);

}  // namespace

auto Service::serve(Channel* channel) -> Task<Result<Json>> {
  const Json& request = channel->request();
  SKY_CO_TRY(const JsonObject* object, as_object(request));
  SKY_CO_TRY(const std::string op, get_string(*object, "op"));
  if (op == "info") co_return info();
  if (op == "submit") co_return co_await submit(request);
  if (op == "jobs") co_return jobs(request);
  if (op == "cancel") co_return co_await cancel(request);
  if (op == "tail") co_return co_await tail(channel);
  if (op == "watch") co_return co_await watch(channel);
  if (op == "autostop") co_return co_await set_autostop(request);
  if (op == "node_lost") co_return co_await node_lost(request);
  if (op == "shutdown") co_return co_await shutdown();
  co_return make_error(ErrorCode::kNotSupported, fmt::format("expected an operation of a head, found '{}'", op));
}

auto Service::info() const -> Json {
  JsonObject info = info_;
  info["autostop_fired"] = head_.store().autostop().fired;
  return info;
}

auto Service::submit(const Json& request) -> Task<Result<Json>> {
  SKY_CO_TRY(SubmitRequest submit, submit_from_json(request));
  SKY_CO_TRY(const JobId id, co_await head_.submit(std::move(submit)));
  co_return JsonObject{{"job_id", id.value()}};
}

auto Service::jobs(const Json& request) -> Result<Json> {
  SKY_TRY(const JobsRequest wanted, jobs_from_json(request));
  JsonArray rows;
  for (const JobView& view : head_.jobs(wanted)) rows.push_back(to_json(view));
  return JsonObject{{"jobs", std::move(rows)}};
}

auto Service::cancel(const Json& request) -> Task<Result<Json>> {
  SKY_CO_TRY(JobsRequest wanted, jobs_from_json(request));
  SKY_CO_TRY(const std::vector<JobId> cancelled, co_await head_.cancel(std::move(wanted)));
  JsonArray ids;
  for (const JobId id : cancelled) ids.emplace_back(id.value());
  co_return JsonObject{{"cancelled", std::move(ids)}};
}

auto Service::tail(Channel* channel) -> Task<Result<Json>> {
  SKY_CO_TRY(const TailRequest request, tail_from_json(channel->request()));
  SKY_CO_TRY(const std::shared_ptr<const Job> job, head_.find(request.job));
  std::uint64_t offset = request.offset;
  if (request.tail_lines) {
    SKY_CO_TRY(offset, head_.logs().offset_of_last_lines(*job, *request.tail_lines));
  }
  std::uint64_t end = std::numeric_limits<std::uint64_t>::max();
  if (!request.follow) {
    SKY_CO_TRY(end, head_.logs().size_bytes(*job));
  }
  SKY_CO_TRY(const std::unique_ptr<logs::Follower> follower, head_.logs().follow(job, offset));
  while (follower->offset() < end) {
    const size_t bytes_max = std::min<std::uint64_t>(kTailPieceBytes, end - follower->offset());
    SKY_CO_TRY(std::optional<std::string> bytes, co_await follower->read(bytes_max));
    if (!bytes) break;
    SKY_CO_CHECK(co_await channel->write(std::move(*bytes)));
  }
  SKY_CO_TRY(const std::shared_ptr<const Job> after, head_.find(request.job));
  co_return JsonObject{{"status", to_string(after->status)}, {"offset", follower->offset()}};
}

auto Service::watch(Channel* channel) -> Task<Result<Json>> {
  const EventBus::Subscription events = head_.events().subscribe();
  std::vector<Event> standing = head_.standing_events();
  for (Event& event : autostop_.standing_events()) standing.push_back(std::move(event));
  for (const Event& event : standing) {
    SKY_CO_CHECK(co_await channel->write(to_json_text(to_json(event)) + "\n"));
  }
  for (;;) {
    SKY_CO_TRY(std::optional<std::string> line, co_await events->recv());
    if (!line) co_return make_error(ErrorCode::kUnavailable, "the watch ended; ask again");
    SKY_CO_CHECK(co_await channel->write(std::move(*line)));
  }
}

auto Service::set_autostop(const Json& request) -> Task<Result<Json>> {
  SKY_CO_TRY(AutostopSpec spec, autostop_from_json(request));
  SKY_CO_CHECK(co_await head_.store().set_autostop(std::move(spec)));
  head_.touch();
  co_return Json(nullptr);
}

auto Service::node_lost(const Json& request) -> Task<Result<Json>> {
  SKY_CO_TRY(const JsonObject* object, as_object(request));
  SKY_CO_TRY(const std::int64_t node, get_int(*object, "node"));
  if (node < 0 || node >= head_.node_count()) {
    co_return make_error(ErrorCode::kInvalidArgument,
                         fmt::format("expected a node from 0 to {}, found {}", head_.node_count() - 1, node));
  }
  SKY_CO_CHECK(co_await head_.node_lost(static_cast<int>(node)));
  co_return Json(nullptr);
}

namespace {

auto wait_all_ended(Head* head, std::vector<JobId> ids) -> Task<Result<>> {
  for (const JobId id : ids) SKY_CO_CHECK(co_await head->wait_ended(id));
  co_return Result<>();
}

}  // namespace

auto Service::shutdown() -> Task<Result<Json>> {
  async::Loop& loop = co_await async::current_loop();
  SKY_CO_TRY(std::vector<JobId> ids, co_await head_.cancel({.ids = {}, .all = true}));
  // Also those that somebody else has cancelled and that are still ending.
  for (const Job* job : head_.store().active()) ids.push_back(job->id);
  const Deadline deadline = Deadline::after(loop.now(), kShutdownMax);
  const Result<> ended = co_await async::with_deadline(deadline, "ending the jobs", wait_all_ended(&head_, ids));
  on_shutdown_();
  if (!ended.ok()) co_return ended.error();
  co_return Json(nullptr);
}

}  // namespace sky::agent
