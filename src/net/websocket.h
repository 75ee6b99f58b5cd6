// WebSocket: messages in both directions over one HTTP connection, on either side.
//
//   server: SKY_CO_TRY(const auto socket, co_await exchange.accept_websocket());
//   client: SKY_CO_TRY(auto opened, co_await connect_websocket(loop, connector, request, deadline));
//
// Pings are answered while somebody reads. One reader and one writer at a time. Errors: kUnavailable (the peer went
// away without a close frame), kDataCorrupt (it breaks the protocol; it is told so), those of the connection. Source:
// RFC 6455. No extensions, no subprotocols but what the caller puts into the headers.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "async/stream.h"
#include "async/sync.h"
#include "net/http_client.h"
#include "net/websocket_frame.h"

namespace sky::net {

inline constexpr size_t kWebSocketMessageMaxBytes = 16U << 20U;

class WebSocket {
 public:
  // `connection` is past the handshake and outlives this; `ahead` was read from it already.
  WebSocket(async::Loop& loop, Connection* connection, WebSocketRole role, std::string ahead);
  // The same, owning it.
  WebSocket(async::Loop& loop, std::unique_ptr<Connection> connection, WebSocketRole role, std::string ahead);

  // The next text or binary message; nullopt when the peer has closed.
  auto read() -> async::Task<Result<std::optional<WebSocketMessage>>>;
  auto write(WebSocketMessage::Kind kind, std::string_view payload) -> async::Task<Result<>>;
  // Tells the peer that this is the end, and why. Nothing may be written afterwards.
  auto close(std::uint16_t code, std::string reason) -> async::Task<Result<>>;

  auto connection() -> Connection& { return *connection_; }

 private:
  auto handle_control(WebSocketMessage message) -> async::Task<Result<>>;

  async::Loop& loop_;
  std::unique_ptr<Connection> owned_;
  Connection* connection_;
  WebSocketRole role_;
  WebSocketDecoder decoder_;
  bool peer_closed_ = false;
  bool closed_ = false;
  async::Semaphore writing_{1};  // pongs are written by the reader
};

struct WebSocketOpening {
  std::unique_ptr<WebSocket> socket;  // null when the server refused
  HttpResponse refusal = {};          // then: its answer, with its body
};
// `request` has target and headers. kDataCorrupt when the answer is no HTTP, or a handshake of something else.
auto connect_websocket(async::IoLoop& loop, Connector connector, HttpRequest request, Deadline deadline)
    -> async::Task<Result<WebSocketOpening>>;

// The bytes of binary and text messages without their borders. close_write() ends the connection's own writing side:
// the peer reads what was sent and then the end; nothing is sent afterwards. Owns `socket`.
auto websocket_stream(std::unique_ptr<WebSocket> socket) -> std::unique_ptr<async::ByteStream>;

// ---- Handshake, for HTTP servers ------------------------------------------------------------------------------------
// kInvalidArgument when the request is no handshake of version 13. Pure.
auto websocket_key(const HttpRequest& request) -> Result<std::string>;
// Sec-WebSocket-Accept for that key. Pure.
auto websocket_accept(std::string_view key) -> std::string;

}  // namespace sky::net
