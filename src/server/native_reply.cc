#include "server/native_reply.h"

#include "api/bodies.h"
#include "api/native_stream.h"
#include "api/results.h"
#include "server/handlers/job_lookup.h"
#include "server/job_stream.h"
#include "server/output_sorter.h"
#include "server/replies.h"

namespace sky::server {
namespace {

constexpr Duration kHeartbeatInterval = std::chrono::seconds(15);
constexpr size_t kChunkBytes = size_t{256} << 10U;
constexpr Duration kLookupLimit = std::chrono::seconds(20);
constexpr Duration kCatchUpLimit = std::chrono::seconds(30);

// The stream on its way out; remembers that nobody reads it any more.
class Reply {
 public:
  explicit Reply(net::Exchange& exchange) : exchange_(exchange) {}

  auto write(std::string records) -> async::Task<Result<>> {
    Result<> written = co_await exchange_.write_chunk(std::move(records));
    broken_ = broken_ || !written.ok();
    co_return written;
  }
  auto broken() const -> bool { return broken_; }

 private:
  net::Exchange& exchange_;
  bool broken_ = false;
};

// Awaits what `make` makes; while that takes long, heartbeats keep the connection alive and the wait begins anew.
template <class Make>
auto with_heartbeats(App& app, Reply* reply, Make make) -> std::invoke_result_t<Make> {
  for (;;) {
    auto outcome = co_await async::with_deadline(app.deadline(kHeartbeatInterval), "waiting", make());
    if (outcome.ok() || outcome.error().code != ErrorCode::kDeadlineExceeded) co_return outcome;
    std::string beat;
    api::append_record(beat, api::StreamRecordType::kHeartbeat, {});
    SKY_CO_CHECK(co_await reply->write(std::move(beat)));
  }
}

auto next_chunk(App& app, Reply* reply, logs::Follower* follower) -> async::Task<Result<std::optional<std::string>>> {
  return with_heartbeats(app, reply, [follower] { return follower->read(kChunkBytes); });
}

auto send_output(App& app, Reply* reply, RequestId id, std::uint64_t skip_bytes) -> async::Task<Result<>> {
  const std::unique_ptr<logs::Follower> follower = app.requests.follow_output(id, 0);
  OutputSorter sorter(skip_bytes);
  for (;;) {
    SKY_CO_TRY(const std::optional<std::string> chunk, co_await next_chunk(app, reply, follower.get()));
    std::string records;
    if (chunk) {
      sorter.feed(*chunk, records);
    } else {
      sorter.finish(records);
    }
    SKY_CO_CHECK(co_await reply->write(std::move(records)));
    if (!chunk) co_return Result<>();
  }
}

// A job whose log belongs to this reply.
struct JobPart {
  JobStreamRequest stream;
  std::string cluster_name;
};

// Of a launch or exec that has ended; nullopt: it left no job to follow.
auto part_of_launch(const requests::RequestRecord& record, const std::optional<api::LogPosition>& resumed)
    -> Result<std::optional<JobPart>> {
  if (record.status != RequestStatus::kSucceeded) return std::optional<JobPart>();
  if (record.name != "sky.launch" && record.name != "sky.exec") return std::optional<JobPart>();
  SKY_TRY(const Json body, parse_json(record.body));
  SKY_TRY(const JsonObject* fields, as_object(body));
  SKY_TRY(const std::optional<bool> detached, find_bool(*fields, "detach_run"));
  SKY_TRY(const Json value, parse_json(record.return_value));
  SKY_TRY(const api::LaunchResult result, api::decode_launch_result(value));
  if (detached.value_or(false) || !result.job_id || !result.handle) return std::optional<JobPart>();
  JobPart part{.stream = {.cluster_hash = result.cluster_hash, .job = JobId(*result.job_id)},
               .cluster_name = result.handle->cluster_name};
  if (resumed) part.stream.start_offset = resumed->offset_bytes;
  return std::optional(std::move(part));
}

// A log request names its job itself and streams at once, not when its handler has ended. One that was cut off goes on
// with the job that it had: the name may mean another cluster by now, and "the last job" another job. nullopt: the
// cluster has no such job.
auto part_of_logs(App& app, requests::RequestRecord record, std::optional<api::LogPosition> resumed)
    -> async::Task<Result<std::optional<JobPart>>> {
  SKY_CO_TRY(const Json json, parse_json(record.body));
  SKY_CO_TRY(const api::LogsBody body, api::decode_body<api::LogsBody>(json));
  JobPart part{.stream = {.cluster_hash = {}, .job = {}, .follow = body.follow, .tail_lines = body.tail},
               .cluster_name = body.cluster_name};
  if (resumed) {
    part.stream.cluster_hash = resumed->cluster_hash;
    part.stream.job = JobId(resumed->job_id);
    part.stream.start_offset = resumed->offset_bytes;
    co_return std::optional(std::move(part));
  }
  const std::optional<JobId> asked = body.job_id ? std::optional(JobId(*body.job_id)) : std::nullopt;
  SKY_CO_TRY(const FoundJob found,
             co_await find_job(app, ClusterName(body.cluster_name), asked, app.deadline(kLookupLimit)));
  if (!found.job) co_return std::optional<JobPart>();
  part.stream.cluster_hash = found.cluster_hash;
  part.stream.job = *found.job;
  co_return std::optional(std::move(part));
}

// The log, then the job's own outcome: it decides the exit code of whoever followed it.
auto send_job(App& app, Reply* reply, JobPart part, api::EndRecord* end) -> async::Task<Result<>> {
  part.stream.cluster_gone = !app.clusters.exists(part.stream.cluster_hash);
  SKY_CO_TRY(const std::unique_ptr<logs::Follower> follower,
             co_await open_job_stream(app.logs, part.stream, app.deadline(kCatchUpLimit)));
  std::string records;
  api::append_job(records, {.job_id = part.stream.job.value(),
                            .cluster_name = part.cluster_name,
                            .cluster_hash = part.stream.cluster_hash,
                            .log_offset = static_cast<std::int64_t>(follower->offset())});
  for (;;) {
    SKY_CO_CHECK(co_await reply->write(std::exchange(records, {})));
    SKY_CO_TRY(const std::optional<std::string> chunk, co_await next_chunk(app, reply, follower.get()));
    if (!chunk) break;
    api::append_record(records, api::StreamRecordType::kLog, *chunk);
  }
  if (!part.stream.follow) co_return Result<>();
  const auto wait = [&] { return followed_job(app, part.stream.cluster_hash, part.stream.job, follower->end()); };
  SKY_CO_TRY(const JobStatus status, co_await with_heartbeats(app, reply, wait));
  end->job_status = status;
  end->exit_code = exit_code_of(status);
  co_return Result<>();
}

auto end_of(const requests::RequestRecord& record) -> api::EndRecord {
  api::EndRecord end;
  end.request_status = record.status;
  end.error = record.error;
  end.exit_code = record.status == RequestStatus::kSucceeded ? kExitSucceeded : kExitError;
  if (!record.return_value.empty()) end.return_value = parse_json(record.return_value).value_or(Json());
  return end;
}

// Everything between the first and the last record. Fills in `end` as far as it gets.
auto stream_body(App& app, Reply* reply, api::FollowQuery from, api::EndRecord* end) -> async::Task<Result<>> {
  const RequestId id(from.request_id);
  const auto record = app.requests.find(id);
  if (record == nullptr) co_return make_error(ErrorCode::kRequestNotFound, fmt::format("Request '{}' not found", id));
  std::optional<JobPart> part;
  if (record->name == "sky.logs") {
    SKY_CO_TRY(part, co_await part_of_logs(app, *record, from.log));
    *end = {.exit_code = part ? kExitSucceeded : kExitJobNotFound, .request_status = RequestStatus::kSucceeded};
  } else {
    SKY_CO_CHECK(co_await send_output(app, reply, id, from.output_offset_bytes));
    SKY_CO_TRY(const requests::RequestRecord finished, co_await app.requests.wait(id));
    *end = end_of(finished);
    SKY_CO_TRY(part, part_of_launch(finished, from.log));
  }
  if (!part) co_return Result<>();
  co_return co_await send_job(app, reply, *std::move(part), end);
}

}  // namespace

auto stream_native(App& app, net::Exchange& exchange, api::FollowQuery from) -> async::Task<Result<>> {
  net::Headers headers = reply_headers(std::string(api::kNativeStreamContentType), from.request_id);
  headers.add("X-Accel-Buffering", "no");
  exchange.cancel_on_disconnect();
  SKY_CO_CHECK(co_await exchange.start_stream(200, std::move(headers)));
  Reply reply(exchange);
  std::string head;
  api::append_request(head, from.request_id);
  SKY_CO_CHECK(co_await reply.write(std::move(head)));
  api::EndRecord end{.exit_code = kExitError, .request_status = RequestStatus::kFailed};
  const Result<> sent = co_await stream_body(app, &reply, std::move(from), &end);
  if (!sent.ok()) {
    // Who went away, or is sent away by a server that stops, comes back and goes on. Nobody else shall try again.
    const async::CancelScope& scope = co_await async::current_scope();
    if (reply.broken() || scope.cancelled()) co_return sent.error();
    end.error = sent.error();
    end.exit_code = kExitError;
  }
  std::string tail;
  api::append_end(tail, end);
  SKY_CO_CHECK(co_await reply.write(std::move(tail)));
  co_return co_await exchange.finish();
}

}  // namespace sky::server
