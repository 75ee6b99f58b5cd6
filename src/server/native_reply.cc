#include "server/native_reply.h"

#include "api/bodies.h"
#include "api/control.h"
#include "api/dialect.h"
#include "api/native_stream.h"
#include "api/results.h"
#include "server/job_stream.h"
#include "server/replies.h"

namespace sky::server {
namespace {

constexpr Duration kHeartbeatInterval = std::chrono::seconds(15);
constexpr size_t kChunkBytes = size_t{256} << 10U;
constexpr Duration kLookupLimit = std::chrono::seconds(20);

// The next chunk of `follower`; while there is none, heartbeats keep the connection alive.
auto next_chunk(App& app, net::Exchange& exchange, logs::Follower* follower)
    -> async::Task<Result<std::optional<std::string>>> {
  for (;;) {
    Result<std::optional<std::string>> chunk =
        co_await async::with_deadline(app.deadline(kHeartbeatInterval), "output", follower->read(kChunkBytes));
    if (chunk.ok() || chunk.error().code != ErrorCode::kDeadlineExceeded) co_return chunk;
    std::string beat;
    api::append_record(beat, api::StreamRecordType::kHeartbeat, {});
    SKY_CO_CHECK(co_await exchange.write_chunk(std::move(beat)));
  }
}

// Sorts a request's output stream into output and spinner records, leaving out the first `skip` bytes of output.
class OutputSorter {
 public:
  explicit OutputSorter(std::uint64_t skip) : skip_(skip) {}

  void feed(std::string_view bytes, std::string& records) {
    held_.append(bytes);
    size_t begin = 0;
    for (size_t newline = held_.find('\n'); newline != std::string::npos; newline = held_.find('\n', begin)) {
      add_line(std::string_view(held_).substr(begin, newline + 1 - begin), records);
      begin = newline + 1;
    }
    held_.erase(0, begin);
  }
  void finish(std::string& records) { add_line(std::exchange(held_, {}), records); }

 private:
  void add_line(std::string_view line, std::string& records) {
    if (line.empty()) return;
    if (const auto control = api::parse_control_line(line)) {
      const bool ends = control->control == api::Control::kStop || control->control == api::Control::kExit;
      if (ends || !control->text.empty()) {
        api::append_record(records, api::StreamRecordType::kStatus, ends ? std::string_view() : control->text);
      }
      return;
    }
    const auto skipped = static_cast<size_t>(std::min<std::uint64_t>(skip_, line.size()));
    skip_ -= skipped;
    line.remove_prefix(skipped);
    if (!line.empty()) api::append_record(records, api::StreamRecordType::kOutput, line);
  }

  std::uint64_t skip_;
  std::string held_;
};

auto send_output(App& app, net::Exchange& exchange, RequestId id, std::uint64_t skip) -> async::Task<Result<>> {
  const std::unique_ptr<logs::Follower> follower = app.requests.follow_output(id, 0);
  OutputSorter sorter(skip);
  for (;;) {
    SKY_CO_TRY(const std::optional<std::string> chunk, co_await next_chunk(app, exchange, follower.get()));
    std::string records;
    if (chunk) {
      sorter.feed(*chunk, records);
    } else {
      sorter.finish(records);
    }
    SKY_CO_CHECK(co_await exchange.write_chunk(std::move(records)));
    if (!chunk) co_return Result<>();
  }
}

struct JobPart {
  JobStreamRequest stream;
  std::string cluster_name;
};

// Which job's log belongs to this request; nullopt: none.
auto job_part_of(App& app, requests::RequestRecord record) -> async::Task<Result<std::optional<JobPart>>> {
  if (record.status != RequestStatus::kSucceeded) co_return std::optional<JobPart>();
  SKY_CO_TRY(const Json body, parse_json(record.body));
  if (record.name == "sky.launch" || record.name == "sky.exec") {
    SKY_CO_TRY(const JsonObject* fields, as_object(body));
    SKY_CO_TRY(const std::optional<bool> detached, find_bool(*fields, "detach_run"));
    SKY_CO_TRY(const Json value, parse_json(record.return_value));
    SKY_CO_TRY(const api::LaunchResult result, api::decode_launch_result(value));
    if (detached.value_or(false) || !result.job_id || !result.handle) co_return std::optional<JobPart>();
    const auto cluster = app.clusters.find(ClusterName(result.handle->cluster_name));
    if (cluster == nullptr) co_return std::optional<JobPart>();
    co_return JobPart{.stream = {.cluster_hash = cluster->hash, .job = JobId(*result.job_id)},
                      .cluster_name = cluster->name.str()};
  }
  co_return std::optional<JobPart>();
}

// A log request names its job itself and streams at once, not when its handler has ended.
auto log_part_of(App& app, requests::RequestRecord record) -> async::Task<Result<std::optional<JobPart>>> {
  SKY_CO_TRY(const Json json, parse_json(record.body));
  SKY_CO_TRY(const api::LogsBody body, api::decode_body<api::LogsBody>(json));
  const std::optional<JobId> asked = body.job_id ? std::optional(JobId(*body.job_id)) : std::nullopt;
  SKY_CO_TRY(const FoundJob found,
             co_await find_job(app, ClusterName(body.cluster_name), asked, app.deadline(kLookupLimit)));
  if (!found.job) co_return std::optional<JobPart>();
  co_return JobPart{
      .stream = {.cluster_hash = found.cluster_hash, .job = *found.job, .follow = body.follow, .tail_lines = body.tail},
      .cluster_name = body.cluster_name};
}

auto send_job(App& app, net::Exchange& exchange, JobPart part) -> async::Task<Result<>> {
  std::string head;
  api::append_job(head, {.job_id = part.stream.job.value(), .cluster_name = part.cluster_name});
  SKY_CO_CHECK(co_await exchange.write_chunk(std::move(head)));
  SKY_CO_TRY(const std::unique_ptr<logs::Follower> follower, co_await open_job_stream(app, part.stream));
  for (;;) {
    SKY_CO_TRY(const std::optional<std::string> chunk, co_await next_chunk(app, exchange, follower.get()));
    if (!chunk) co_return Result<>();
    std::string records;
    api::append_record(records, api::StreamRecordType::kLog, *chunk);
    SKY_CO_CHECK(co_await exchange.write_chunk(std::move(records)));
  }
}

auto end_of(const requests::RequestRecord& record) -> api::EndRecord {
  api::EndRecord end;
  end.request_status = record.status;
  end.error = record.error;
  end.exit_code = record.status == RequestStatus::kSucceeded ? kExitSucceeded : kExitError;
  if (!record.return_value.empty()) end.return_value = parse_json(record.return_value).value_or(Json());
  return end;
}

// The job's own outcome decides the exit code of whoever followed it.
auto finish_with_job(App& app, api::EndRecord& end, JobPart part) -> async::Task<Result<>> {
  if (!part.stream.follow) co_return Result<>();
  SKY_CO_TRY(const JobStatus status, co_await wait_job(app, part.stream.cluster_hash, part.stream.job));
  end.job_status = status;
  end.exit_code = exit_code_of(status);
  co_return Result<>();
}

auto stream_body(App& app, net::Exchange& exchange, api::FollowQuery from) -> async::Task<Result<>> {
  const RequestId id(from.request_id);
  const auto record = app.requests.find(id);
  if (record == nullptr) co_return Result<>();
  std::optional<JobPart> part;
  if (record->name == "sky.logs") {
    Result<std::optional<JobPart>> found = co_await log_part_of(app, *record);
    if (found.ok()) part = std::move(found).value();
  } else {
    SKY_CO_CHECK(co_await send_output(app, exchange, id, from.output_offset_bytes));
  }
  api::EndRecord end;
  if (!part) {
    SKY_CO_TRY(const requests::RequestRecord finished, co_await app.requests.wait(id));
    end = end_of(finished);
    if (record->name == "sky.logs" && end.return_value.is_int64()) {
      end.exit_code = static_cast<int>(end.return_value.get_int64());
    }
    SKY_CO_TRY(part, co_await job_part_of(app, finished));
  }
  if (part) {
    part->stream.skip_bytes = from.log_offset_bytes;
    SKY_CO_CHECK(co_await send_job(app, exchange, *part));
    Result<> waited = co_await finish_with_job(app, end, *part);
    if (!waited.ok()) {
      end.error = waited.error();
      end.exit_code = kExitError;
    }
  }
  std::string tail;
  api::append_end(tail, end);
  SKY_CO_CHECK(co_await exchange.write_chunk(std::move(tail)));
  co_return co_await exchange.finish();
}

}  // namespace

auto stream_native(App& app, net::Exchange& exchange, api::FollowQuery from) -> async::Task<Result<>> {
  net::Headers headers = reply_headers(std::string(api::kNativeStreamContentType), from.request_id);
  headers.add("X-Accel-Buffering", "no");
  exchange.cancel_on_disconnect();
  SKY_CO_CHECK(co_await exchange.start_stream(200, std::move(headers)));
  std::string head;
  api::append_request(head, from.request_id);
  SKY_CO_CHECK(co_await exchange.write_chunk(std::move(head)));
  co_return co_await stream_body(app, exchange, std::move(from));
}

}  // namespace sky::server
