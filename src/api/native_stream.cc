#include "api/native_stream.h"

#include <algorithm>

#include <fmt/format.h>

#include "api/codec.h"
#include "api/errors.h"
#include "base/assert.h"

namespace sky::api {
namespace {

// Keeps the buffer of a decoder from growing with the length of the stream.
constexpr size_t kCompactAboveBytes = size_t{256} << 10U;

auto known(char type) -> bool {
  return std::string_view("ROSJLEH").contains(type);
}

void append_header(std::string& out, StreamRecordType type, size_t size) {
  out += static_cast<char>(type);
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(size >> shift);
}

auto corrupt(std::string_view what, Error error) -> Error {
  error.code = ErrorCode::kDataCorrupt;
  return std::move(error).with_context(what);
}

template <class T>
auto as_corrupt(std::string_view what, Result<T> result) -> Result<T> {
  if (!result.ok()) return corrupt(what, std::move(result).error());
  return result;
}

}  // namespace

template <class Visitor>
void describe(Visitor& visit, JobRef& job) {
  visit.required("job_id", job.job_id);
  visit.required("cluster_name", job.cluster_name);
  visit.required("cluster_hash", job.cluster_hash);
  visit.required("log_offset", job.log_offset);
}

void append_record(std::string& out, StreamRecordType type, std::string_view payload) {
  const bool may_split = type == StreamRecordType::kOutput || type == StreamRecordType::kLog;
  SKY_ASSERT(may_split || payload.size() <= kStreamRecordSizeMaxBytes);
  do {
    const std::string_view piece = payload.substr(0, kStreamRecordSizeMaxBytes);
    append_header(out, type, piece.size());
    out += piece;
    payload.remove_prefix(piece.size());
  } while (!payload.empty());
}

void append_request(std::string& out, std::string_view request_id) {
  append_record(out, StreamRecordType::kRequest, to_json_text(JsonObject{{"request_id", request_id}}));
}

void append_job(std::string& out, const JobRef& job) {
  append_record(out, StreamRecordType::kJob, to_json_text(encode_struct(job)));
}

void append_end(std::string& out, const EndRecord& end) {
  const JsonObject json{
      {"exit_code", end.exit_code},
      {"request_status", to_string(end.request_status)},
      {"job_status", end.job_status.has_value() ? Json(to_string(*end.job_status)) : Json(nullptr)},
      {"return_value", end.return_value},
      {"error", end.error.has_value() ? Json(encode_error(*end.error, kNativeDialect)) : Json(nullptr)},
  };
  append_record(out, StreamRecordType::kEnd, to_json_text(json));
}

auto decode_request_record(std::string_view payload) -> Result<std::string> {
  SKY_TRY(const Json json, as_corrupt("stream record R", parse_json(payload)));
  SKY_TRY(const JsonObject* object, as_corrupt("stream record R", as_object(json)));
  return as_corrupt("stream record R", get_string(*object, "request_id"));
}

auto decode_job_ref(std::string_view payload) -> Result<JobRef> {
  SKY_TRY(const Json json, as_corrupt("stream record J", parse_json(payload)));
  SKY_TRY(JobRef job, as_corrupt("stream record J", decode_struct<JobRef>(json)));
  if (job.log_offset < 0) {
    return make_error(ErrorCode::kDataCorrupt, fmt::format("stream record J: log offset {}", job.log_offset));
  }
  return job;
}

auto decode_end_record(std::string_view payload) -> Result<EndRecord> {
  constexpr std::string_view kWhat = "stream record E";
  SKY_TRY(const Json json, as_corrupt(kWhat, parse_json(payload)));
  SKY_TRY(const JsonObject* object, as_corrupt(kWhat, as_object(json)));
  EndRecord end;
  Json error;
  Reader reader(*object, {});
  reader.required("exit_code", end.exit_code);
  reader.word("request_status", end.request_status, parse_request_status);
  reader.word("job_status", end.job_status, parse_job_status);
  reader("return_value", end.return_value);
  reader("error", error);
  SKY_CHECK(as_corrupt(kWhat, reader.finish()));
  if (!error.is_null()) end.error = decode_error(error);
  return end;
}

void StreamDecoder::feed(std::string_view bytes) {
  if (consumed_ == buffer_.size() || consumed_ > kCompactAboveBytes) {
    buffer_.erase(0, consumed_);
    consumed_ = 0;
  }
  buffer_ += bytes;
}

auto StreamDecoder::next() -> Result<std::optional<StreamRecord>> {
  const std::string_view rest = std::string_view(buffer_).substr(consumed_);
  if (rest.empty()) return std::optional<StreamRecord>();
  if (!known(rest[0])) {
    return make_error(ErrorCode::kDataCorrupt,
                      fmt::format("stream: unknown record type {:#04x}", static_cast<unsigned char>(rest[0])));
  }
  if (rest.size() < kStreamRecordHeaderBytes) return std::optional<StreamRecord>();
  size_t size = 0;
  for (size_t i = 0; i < 4; ++i) size |= size_t{static_cast<unsigned char>(rest[1 + i])} << (8 * i);
  if (size > kStreamRecordSizeMaxBytes) {
    return make_error(ErrorCode::kDataCorrupt, fmt::format("stream: record of {} bytes, at most {} are allowed", size,
                                                           kStreamRecordSizeMaxBytes));
  }
  if (rest.size() < kStreamRecordHeaderBytes + size) return std::optional<StreamRecord>();
  consumed_ += kStreamRecordHeaderBytes + size;
  return std::optional(StreamRecord{.type = static_cast<StreamRecordType>(rest[0]),
                                    .payload = std::string(rest.substr(kStreamRecordHeaderBytes, size))});
}

}  // namespace sky::api
