#include "client/stream_pump.h"

#include "client/calls.h"

namespace sky::client {
namespace {

// Heartbeats come every 15 seconds: a stream that is silent for longer than six of them is torn.
constexpr Duration kSilenceMax = std::chrono::seconds(100);
constexpr size_t kReplySizeMaxBytes = size_t{256} << 20U;

auto is_stream(const net::HttpResponse& head) -> bool {
  const auto type = head.headers.find("Content-Type");
  return type.has_value() && type->starts_with(api::kNativeStreamContentType);
}

auto is_torn(const Error& error) -> bool {
  return error.code == ErrorCode::kUnavailable;
}

// A short request's reply is its value.
auto end_of_value(net::ResponseReader* reader) -> async::Task<Result<api::EndRecord>> {
  SKY_CO_TRY(const std::string body, co_await net::read_body(reader, kReplySizeMaxBytes));
  api::EndRecord end;
  if (!body.empty()) {
    SKY_CO_TRY(end.return_value, parse_json(body));
  }
  co_return std::move(end);
}

}  // namespace

auto StreamPump::run(Transport::Call call, Duration reply_timeout) -> async::Task<Result<api::EndRecord>> {
  MonoTime away_since = transport_.loop().now();
  for (int tries = 1;; ++tries) {
    progressed_ = false;
    Result<api::EndRecord> end = co_await attempt(call, reply_timeout);
    if (end.ok() || !is_torn(end.error())) co_return std::move(end);
    // Nobody could be reached, and nothing was ever accepted: what open() says is the whole story.
    if (position_.request_id.empty() && !progressed_ && tries > 1) co_return std::move(end);
    if (progressed_) {
      tries = 1;
      away_since = transport_.loop().now();
    }
    SKY_CO_CHECK(co_await transport_.recover(tries, away_since));
    if (!position_.request_id.empty()) {
      call = {.method = "GET",
              .path = std::string(api::kFollowPath),
              .query = api::to_query(position_),
              .may_start_server = false};
    }
  }
}

auto StreamPump::attempt(Transport::Call call, Duration reply_timeout) -> async::Task<Result<api::EndRecord>> {
  const Deadline deadline = Deadline::after(transport_.loop().now(), reply_timeout);
  SKY_CO_TRY(const std::unique_ptr<net::ResponseReader> reader, co_await transport_.open(std::move(call), deadline));
  if (!is_stream(reader->head())) co_return co_await end_of_value(reader.get());
  co_return co_await read_records(reader.get());
}

auto StreamPump::read_records(net::ResponseReader* reader) -> async::Task<Result<api::EndRecord>> {
  api::StreamDecoder decoder;
  for (;;) {
    const Deadline deadline = Deadline::after(transport_.loop().now(), kSilenceMax);
    Result<std::string> bytes = co_await async::with_deadline(deadline, "the stream", reader->read_some());
    if (!bytes.ok() && bytes.error().code == ErrorCode::kDeadlineExceeded) {
      co_return make_error(ErrorCode::kUnavailable, "the API server fell silent");
    }
    if (!bytes.ok()) co_return std::move(bytes).error();
    if (bytes->empty()) co_return make_error(ErrorCode::kUnavailable, "the stream ended before its end record");
    decoder.feed(*bytes);
    for (;;) {
      SKY_CO_TRY(std::optional<api::StreamRecord> record, decoder.next());
      if (!record.has_value()) break;
      SKY_CO_TRY(std::optional<api::EndRecord> end, deliver(*std::move(record)));
      if (end.has_value()) co_return *std::move(end);
    }
  }
}

auto StreamPump::deliver(api::StreamRecord record) -> Result<std::optional<api::EndRecord>> {
  switch (record.type) {
    case api::StreamRecordType::kRequest: {
      SKY_TRY(const std::string id, api::decode_request_record(record.payload));
      if (position_.request_id.empty()) observer_->on_request(id);
      position_.request_id = id;
      break;
    }
    case api::StreamRecordType::kOutput:
      progressed_ = true;
      position_.output_offset_bytes += record.payload.size();
      observer_->on_output(record.payload);
      break;
    case api::StreamRecordType::kStatus:
      observer_->on_status(record.payload);
      break;
    case api::StreamRecordType::kJob: {
      SKY_TRY(const api::JobRef job, api::decode_job_ref(record.payload));
      if (!position_.log.has_value()) observer_->on_job(job);
      position_.log = api::LogPosition{.cluster_hash = job.cluster_hash,
                                       .job_id = job.job_id,
                                       .offset_bytes = static_cast<std::uint64_t>(job.log_offset)};
      break;
    }
    case api::StreamRecordType::kLog:
      if (!position_.log.has_value()) return make_error(ErrorCode::kDataCorrupt, "stream: a log without its job");
      progressed_ = true;
      position_.log->offset_bytes += record.payload.size();
      observer_->on_log(record.payload);
      break;
    case api::StreamRecordType::kEnd: {
      SKY_TRY(api::EndRecord end, api::decode_end_record(record.payload));
      return std::optional(std::move(end));
    }
    case api::StreamRecordType::kHeartbeat:
      progressed_ = true;
      break;
  }
  return std::optional<api::EndRecord>();
}

}  // namespace sky::client
