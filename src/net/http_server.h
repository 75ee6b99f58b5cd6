// HttpServer: HTTP/1.1 over any Listener. Knows framing, limits and time; nothing of routes, hosts or tokens.
//
//   HttpServer server(loop, std::move(listener), [](Exchange& exchange) { return answer(exchange); });
//   server.start();
//   …
//   co_await server.stop(std::chrono::seconds(5));
//
// A handler runs once per request, one at a time per connection, in a scope that ends with the server. It answers with
// respond(), or start_stream(), write_chunk()… and finish(). One that returns without an answer has the server send
// 500. Errors of the wire (bad syntax, limits) are answered by the server as `{"detail": "…"}` and close the
// connection.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "async/group.h"
#include "net/http.h"
#include "net/socket.h"

namespace sky::net {

struct ServerLimits {
  std::uint32_t header_max_bytes = 64U << 10U;
  size_t connection_count_max = 10'000;                // those beyond it are told 503
  Duration header_timeout = std::chrono::seconds(10);  // from a request's first byte to the end of its header
  Duration idle_timeout = std::chrono::seconds(75);    // between requests, and before the first
  Duration read_timeout = std::chrono::seconds(60);    // without a byte of the body
  Duration write_timeout = std::chrono::seconds(60);   // without room for another 64 KiB
};

class WebSocket;

class Exchange {
 public:
  virtual ~Exchange() = default;

  // Its body is empty: it is read with the functions below.
  virtual auto request() const -> const HttpRequest& = 0;
  virtual auto peer() const -> const std::string& = 0;

  // The whole body. More than `max_bytes` is kInvalidArgument with http_status 413 in its details.
  virtual auto read_body(size_t max_bytes) -> async::Task<Result<std::string>> = 0;
  // The next bytes of the body, as they come; empty at its end.
  virtual auto read_some_body() -> async::Task<Result<std::string>> = 0;

  // Content-Length, Date and Connection are the server's. kUnavailable when the client went away, kDeadlineExceeded
  // when it does not read. REQUIRES: nothing was answered yet.
  virtual auto respond(int status, Headers headers, std::string body) -> async::Task<Result<>> = 0;
  // `{"detail": <message>}` with the status of the error's code, or of details["http_status"].
  virtual auto respond_error(Error error) -> async::Task<Result<>> = 0;

  // An answer of unknown length. Each chunk is on its way when write_chunk returns; an empty one is skipped.
  virtual auto start_stream(int status, Headers headers) -> async::Task<Result<>> = 0;
  virtual auto write_chunk(std::string bytes) -> async::Task<Result<>> = 0;
  // Without it the client sees a broken answer, as it should when a handler fails in the middle.
  virtual auto finish() -> async::Task<Result<>> = 0;

  // Answers 101: from now on the connection speaks the websocket protocol until the handler returns, which closes it;
  // the socket must not outlive the exchange. kInvalidArgument, unanswered, when the request asks for none.
  virtual auto accept_websocket(Headers headers) -> async::Task<Result<std::unique_ptr<WebSocket>>> = 0;

  // From now on the handler's scope is cancelled with kUnavailable when the client goes away; it takes effect when the
  // body has been read. A client that sends further requests ahead of the answer is seen only when it is written to.
  virtual void cancel_on_disconnect() = 0;
  virtual auto answered() const -> bool = 0;
};

using Handler = std::function<async::Task<>(Exchange&)>;

class HttpServer {
 public:
  HttpServer(async::IoLoop& loop, std::unique_ptr<Listener> listener, Handler handler, ServerLimits limits = {});
  // REQUIRES: stop() has finished, or start() was never called.
  ~HttpServer();

  void start();
  // Accepts nothing more, closes idle connections, lets requests in flight end, cancels them after `grace`.
  auto stop(Duration grace) -> async::Task<>;

  auto endpoint() const -> const Endpoint&;
  auto connection_count() const -> size_t;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// The body of every error that the server itself reports.
auto error_body(std::string_view message) -> std::string;

}  // namespace sky::net
