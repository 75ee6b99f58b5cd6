// One request and its answer on a server's connection. Of this folder alone: handlers see net::Exchange.
#pragma once

#include <optional>
#include <string>

#include "net/http_server.h"
#include "net/http_wire.h"

namespace sky::net {

// A connection of the server with what was read ahead.
struct ServerWire {
  Connection* connection;
  const ServerLimits* limits;
  const bool* stopping;
  async::Loop* loop;
  std::string pending = {};
};

class ServerExchange final : public Exchange {
 public:
  // `parser` has the header.
  ServerExchange(ServerWire* wire, HttpParser parser, async::CancelScope& parent);

  auto request() const -> const HttpRequest& override { return request_; }
  auto peer() const -> const std::string& override { return wire_->connection->peer(); }
  auto read_body(size_t max_bytes) -> async::Task<Result<std::string>> override;
  auto read_some_body() -> async::Task<Result<std::string>> override;
  auto respond(int status, Headers headers, std::string body) -> async::Task<Result<>> override;
  auto respond_error(Error error) -> async::Task<Result<>> override;
  auto start_stream(int status, Headers headers) -> async::Task<Result<>> override;
  auto write_chunk(std::string bytes) -> async::Task<Result<>> override;
  auto finish() -> async::Task<Result<>> override;
  auto accept_websocket(Headers headers) -> async::Task<Result<std::unique_ptr<WebSocket>>> override;
  void cancel_on_disconnect() override;
  auto answered() const -> bool override { return state_ != State::kUnanswered; }

  // The scope that the handler runs in.
  auto scope() -> async::CancelScope& { return scope_; }
  // After the handler: ends the watch, and answers 500 if nobody answered.
  auto close() -> async::Task<>;
  // Whether another request may follow on the connection.
  auto reusable() const -> bool { return state_ == State::kFinished && keep_alive_ && parser_.done(); }

 private:
  enum class State { kUnanswered, kStreaming, kFinished, kBroken };

  static auto watch_disconnect(ServerExchange* self) -> async::Task<>;
  void start_watch();
  auto head_of(int status, const Headers& headers) -> std::string;
  void settle_keep_alive();
  auto write(std::string bytes) -> async::Task<Result<>>;
  auto too_large(size_t max_bytes) -> Error;
  auto body_error(Error error) -> Error;

  ServerWire* wire_;
  HttpParser parser_;
  HttpRequest request_;
  State state_ = State::kUnanswered;
  bool keep_alive_ = true;
  bool body_failed_ = false;
  bool continue_due_ = false;  // the client waits for "100 Continue" before it sends the body
  bool chunked_ = false;
  bool watch_wanted_ = false;
  std::string read_ahead_;  // body bytes that were decoded before anybody asked
  async::CancelScope scope_;
  async::TaskGroup tasks_;
};

// Sends one error on a connection whose request could not be read.
auto refuse(ServerWire* wire, Error error) -> async::Task<>;
// All of `bytes` as long as the peer makes room.
auto write_with_limit(ServerWire* wire, std::string bytes) -> async::Task<Result<>>;

}  // namespace sky::net
