// StreamPump: one native stream from its POST to its end record, across torn connections and restarts of the server.
//
// It counts the output and log bytes that the observer has had, and goes on behind them with /sky/v1/follow. Before the
// request is known to be accepted, the POST itself is repeated with the same request id.
#pragma once

#include <optional>
#include <string>

#include "api/native_stream.h"
#include "api/routes.h"
#include "client/transport.h"

namespace sky::client {

class StreamObserver;

class StreamPump {
 public:
  StreamPump(Transport& transport, StreamObserver* observer) : transport_(transport), observer_(observer) {}

  // Once per object. See calls.h for the errors.
  auto run(Transport::Call call, Duration reply_timeout) -> async::Task<Result<api::EndRecord>>;

 private:
  // Until the end record, or kUnavailable when the stream was torn before it.
  auto attempt(Transport::Call call, Duration reply_timeout) -> async::Task<Result<api::EndRecord>>;
  auto read_records(net::ResponseReader* reader) -> async::Task<Result<api::EndRecord>>;
  // The end record when `record` is it.
  auto deliver(api::StreamRecord record) -> Result<std::optional<api::EndRecord>>;

  Transport& transport_;
  StreamObserver* observer_;
  api::FollowQuery position_;  // its request id is empty until the server has named it
  std::optional<api::JobRef> job_;
  bool progressed_ = false;  // bytes came since the last attempt began
};

}  // namespace sky::client
