// The reply body of a native POST of a long or following request: one stream of typed records, so that one round trip
// carries the request's output, the job's log and the outcome.
//
//   record = u8 type | u32 length, little-endian | length bytes
//
//   'R' {"request_id": "…"}           first record
//   'O' bytes                         output of the request for the terminal
//   'S' text                          of a spinner; empty: no spinner
//   'J' JobRef as JSON                the job is known, and where in its log this stream starts
//   'L' bytes                         log of the job, without gaps from there on
//   'E' EndRecord as JSON             last record
//   'H'                               heartbeat, empty
//
// A stream that breaks is resumed by GET /sky/v1/follow with the count of 'O' bytes already had and, once a 'J' record
// came, with that job and the position in its log behind the last 'L' byte (api/routes.h). Those bytes are durable on
// the server, so nothing is lost or repeated, even when the cluster is gone by then, its name is in use again, or the
// log of which "the last lines" were asked for has grown. Output and log bytes are arbitrary, not lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/status.h"
#include "format/json.h"

namespace sky::api {

enum class StreamRecordType : char {
  kRequest = 'R',
  kOutput = 'O',
  kStatus = 'S',
  kJob = 'J',
  kLog = 'L',
  kEnd = 'E',
  kHeartbeat = 'H',
};

inline constexpr std::string_view kNativeStreamContentType = "application/x-sky-stream";
inline constexpr size_t kStreamRecordHeaderBytes = 5;
// Longer output and log chunks are split by the encoder; a longer record is refused by the decoder.
inline constexpr size_t kStreamRecordSizeMaxBytes = size_t{16} << 20U;

struct JobRef {
  std::int64_t job_id = 0;
  std::string cluster_name;
  std::string cluster_hash;     // which incarnation of that name
  std::int64_t log_offset = 0;  // position in the job's log of the first 'L' byte of this stream; not negative
  auto operator==(const JobRef&) const -> bool = default;
};
struct EndRecord {
  int exit_code = 0;
  RequestStatus request_status = RequestStatus::kSucceeded;
  std::optional<JobStatus> job_status;
  Json return_value;  // as the request's return value in the native dialect
  std::optional<Error> error;
};

// One whole record, appended to `out`. REQUIRES for others than kOutput and kLog: within the size limit.
void append_record(std::string& out, StreamRecordType type, std::string_view payload);
void append_request(std::string& out, std::string_view request_id);
void append_job(std::string& out, const JobRef& job);
void append_end(std::string& out, const EndRecord& end);

struct StreamRecord {
  StreamRecordType type = StreamRecordType::kHeartbeat;
  std::string payload;
};
// Errors: kDataCorrupt.
auto decode_request_record(std::string_view payload) -> Result<std::string>;
auto decode_job_ref(std::string_view payload) -> Result<JobRef>;
auto decode_end_record(std::string_view payload) -> Result<EndRecord>;

// Incremental: bytes arrive in any pieces.
class StreamDecoder {
 public:
  // Adds bytes. Invalidates nothing that next() returned.
  void feed(std::string_view bytes);
  // The next whole record; nullopt: more bytes are needed. kDataCorrupt (unknown type, too long) is final.
  auto next() -> Result<std::optional<StreamRecord>>;
  // Bytes of a record that has not ended: not 0 at the end of a reply means that the stream was torn.
  auto pending_bytes() const -> size_t { return buffer_.size() - consumed_; }

 private:
  std::string buffer_;
  size_t consumed_ = 0;
};

}  // namespace sky::api
