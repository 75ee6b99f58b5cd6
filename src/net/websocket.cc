#include "net/websocket.h"

#include <openssl/sha.h>

#include <array>

#include <fmt/format.h>

#include "base/strings.h"
#include "net/http_wire.h"

namespace sky::net {
namespace {

using Kind = WebSocketMessage::Kind;

constexpr std::uint16_t kCloseNormal = 1000;
constexpr std::uint16_t kCloseProtocolError = 1002;
constexpr size_t kRefusalMaxBytes = 64U << 10U;
constexpr size_t kStreamMessageBytes = 64U << 10U;

class WebSocketStream final : public async::ByteStream {
 public:
  explicit WebSocketStream(std::unique_ptr<WebSocket> socket) : socket_(std::move(socket)) {}

  auto read_some(std::span<char> into) -> async::Task<Result<size_t>> override {
    while (offset_ == message_.size()) {
      SKY_CO_TRY(std::optional<WebSocketMessage> message, co_await socket_->read());
      if (!message) co_return size_t{0};
      message_ = std::move(message->payload);
      offset_ = 0;
    }
    const size_t count = std::min(into.size(), message_.size() - offset_);
    std::copy_n(message_.data() + offset_, count, into.data());
    offset_ += count;
    co_return count;
  }
  auto write_all(std::string_view bytes) -> async::Task<Result<>> override {
    while (!bytes.empty()) {
      SKY_CO_CHECK(co_await socket_->write(Kind::kBinary, bytes.substr(0, kStreamMessageBytes)));
      bytes.remove_prefix(std::min(bytes.size(), kStreamMessageBytes));
    }
    co_return Result<>();
  }
  void close_write() override { socket_->connection().close_write(); }
  void close() override { socket_->connection().close(); }

 private:
  std::unique_ptr<WebSocket> socket_;
  std::string message_;
  size_t offset_ = 0;
};

auto read_refusal(Connection* connection, std::string pending, HttpParser* parser, HttpResponse answer)
    -> async::Task<Result<HttpResponse>> {
  while (!parser->done() && answer.body.size() < kRefusalMaxBytes) {
    SKY_CO_CHECK(parse_pending(&pending, parser, &answer.body));
    if (parser->done()) break;
    SKY_CO_TRY(const size_t count, co_await fill(connection, &pending));
    if (count == 0) break;  // what has come is enough to say why
  }
  co_return std::move(answer);
}

auto open_over(async::IoLoop* loop, std::unique_ptr<Connection> connection, HttpRequest request)
    -> async::Task<Result<WebSocketOpening>> {
  std::string nonce;
  for (int i = 0; i < 2; ++i) {
    const std::uint64_t random = loop->random_u64();
    nonce.append(reinterpret_cast<const char*>(&random), sizeof random);
  }
  const std::string key = base64_encode(nonce);
  std::string head = fmt::format("GET {} HTTP/1.1\r\n", request.target);
  append_headers(head, request.headers);
  append_headers(head, {{"Upgrade", "websocket"},
                        {"Connection", "Upgrade"},
                        {"Sec-WebSocket-Version", "13"},
                        {"Sec-WebSocket-Key", key}});
  head += "\r\n";
  SKY_CO_CHECK(co_await connection->write_all(head));
  HttpParser parser(HttpParser::Kind::kResponse);
  std::string pending;
  SKY_CO_CHECK(co_await read_header(connection.get(), &pending, &parser));
  HttpResponse answer = parser.take_response();
  if (answer.status != 101) {
    SKY_CO_TRY(answer, co_await read_refusal(connection.get(), std::move(pending), &parser, std::move(answer)));
    co_return WebSocketOpening{.socket = nullptr, .refusal = std::move(answer)};
  }
  if (answer.headers.find("Sec-WebSocket-Accept") != websocket_accept(key)) {
    co_return make_error(ErrorCode::kDataCorrupt, "the answer to the websocket handshake belongs to another one");
  }
  co_return WebSocketOpening{
      .socket = std::make_unique<WebSocket>(*loop, std::move(connection), WebSocketRole::kClient, std::move(pending))};
}

auto open_socket(async::IoLoop* loop, Connector connector, HttpRequest request, Deadline deadline)
    -> async::Task<Result<WebSocketOpening>> {
  SKY_CO_TRY(std::unique_ptr<Connection> connection, co_await connector(deadline));
  co_return co_await open_over(loop, std::move(connection), std::move(request));
}

}  // namespace

WebSocket::WebSocket(async::Loop& loop, Connection* connection, WebSocketRole role, std::string ahead)
    : loop_(loop), connection_(connection), role_(role), decoder_(role, kWebSocketMessageMaxBytes) {
  decoder_.put(ahead);
}

WebSocket::WebSocket(async::Loop& loop, std::unique_ptr<Connection> connection, WebSocketRole role, std::string ahead)
    : WebSocket(loop, connection.get(), role, std::move(ahead)) {
  owned_ = std::move(connection);
}

auto WebSocket::write(Kind kind, std::string_view payload) -> async::Task<Result<>> {
  SKY_CO_TRY(const auto permit, co_await writing_.acquire());
  if (closed_) co_return make_error(ErrorCode::kUnavailable, "the websocket is closed");
  closed_ = kind == Kind::kClose;
  std::optional<std::uint32_t> mask_key;
  if (role_ == WebSocketRole::kClient) mask_key = static_cast<std::uint32_t>(loop_.random_u64());
  const std::string frame = encode_frame(kind, payload, mask_key);
  co_return co_await connection_->write_all(frame);
}

auto WebSocket::close(std::uint16_t code, std::string reason) -> async::Task<Result<>> {
  if (closed_) co_return Result<>();
  const std::string payload = close_payload(code, reason);
  co_return co_await write(Kind::kClose, payload);
}

auto WebSocket::handle_control(WebSocketMessage message) -> async::Task<Result<>> {
  if (message.kind == Kind::kPing) co_return co_await write(Kind::kPong, message.payload);
  if (message.kind != Kind::kClose) co_return Result<>();
  peer_closed_ = true;
  // The peer may be gone already.
  static_cast<void>(co_await close(kCloseNormal, ""));
  co_return Result<>();
}

auto WebSocket::read() -> async::Task<Result<std::optional<WebSocketMessage>>> {
  while (!peer_closed_) {
    Result<std::optional<WebSocketMessage>> next = decoder_.next();
    if (!next.ok()) {
      static_cast<void>(co_await close(kCloseProtocolError, next.error().message));
      co_return std::move(next);
    }
    if (*next && ((*next)->kind == Kind::kText || (*next)->kind == Kind::kBinary)) co_return std::move(next);
    if (*next) {
      SKY_CO_CHECK(co_await handle_control(**std::move(next)));
      continue;
    }
    std::string bytes;
    SKY_CO_TRY(const size_t count, co_await fill(connection_, &bytes));
    if (count == 0) co_return make_error(ErrorCode::kUnavailable, "the peer went away without closing the websocket");
    decoder_.put(bytes);
  }
  co_return std::optional<WebSocketMessage>();
}

auto connect_websocket(async::IoLoop& loop, Connector connector, HttpRequest request, Deadline deadline)
    -> async::Task<Result<WebSocketOpening>> {
  return async::with_deadline(deadline, "opening a websocket",
                              open_socket(&loop, std::move(connector), std::move(request), deadline));
}

auto websocket_stream(std::unique_ptr<WebSocket> socket) -> std::unique_ptr<async::ByteStream> {
  return std::make_unique<WebSocketStream>(std::move(socket));
}

auto websocket_key(const HttpRequest& request) -> Result<std::string> {
  const bool asks = request.method == "GET" && request.version == 11 &&
                    request.headers.has_token("Connection", "upgrade") &&
                    request.headers.has_token("Upgrade", "websocket");
  const auto version = request.headers.find("Sec-WebSocket-Version");
  const auto key = request.headers.find("Sec-WebSocket-Key");
  if (!asks || version != "13" || !key) {
    return make_error(ErrorCode::kInvalidArgument, "expected the handshake of a websocket, version 13");
  }
  const auto nonce = base64_decode(*key);
  if (!nonce || nonce->size() != 16) {
    return make_error(ErrorCode::kInvalidArgument, "Sec-WebSocket-Key: expected 16 bytes in base64");
  }
  return std::string(*key);
}

auto websocket_accept(std::string_view key) -> std::string {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return base64_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace sky::net
