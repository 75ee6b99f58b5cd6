// StreamPump: one native stream from its POST to its end record, across torn connections and restarts of the server.
//
// It keeps the position behind the output and log bytes that the observer has had, and goes on there with
// /sky/v1/follow. Before the request is known to be accepted, the POST itself is repeated with the same request id.
// A server that answers but never gets on is given up like one that is away: see RetryLimits::away_max.
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
  // Since the last attempt began, output or log bytes came, or a heartbeat: that is sent only in a stream that has
  // stood for seconds, so a job that says nothing for hours is followed through any number of torn connections.
  bool progressed_ = false;
};

}  // namespace sky::client
