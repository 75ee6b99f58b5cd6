#include "net/http_exchange.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "net/websocket.h"

namespace sky::net {
namespace {

constexpr size_t kWriteStepBytes = 64U << 10U;

auto status_of(const Error& error) -> int {
  const auto found = error.details.find("http_status");
  const auto status = found != error.details.end() ? parse_int(found->second) : std::nullopt;
  return status && *status >= 400 && *status <= 599 ? static_cast<int>(*status) : traits_of(error.code).http_status;
}

auto with_status(Error error, int status) -> Error {
  error.details.insert_or_assign("http_status", fmt::format("{}", status));
  return error;
}

auto has_no_body(int status) -> bool {
  return status < 200 || status == 204 || status == 304;
}

auto status_line(int status) -> std::string {
  return fmt::format("HTTP/1.1 {} {}\r\n", status, reason_phrase(status));
}

}  // namespace

auto error_body(std::string_view message) -> std::string {
  std::string body = R"({"detail": ")";
  for (const char c : message) {
    if (c == '"' || c == '\\') {
      body += '\\';
      body += c;
    } else if (static_cast<unsigned char>(c) < ' ') {
      body += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      body += c;
    }
  }
  return body + "\"}";
}

auto write_with_limit(ServerWire* wire, std::string bytes) -> async::Task<Result<>> {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::string_view piece = rest.substr(0, kWriteStepBytes);
    const Deadline deadline = Deadline::after(wire->loop->now(), wire->limits->write_timeout);
    SKY_CO_CHECK(co_await async::with_deadline(deadline, "the client's reading", wire->connection->write_all(piece)));
    rest.remove_prefix(piece.size());
  }
  co_return Result<>();
}

auto refuse(ServerWire* wire, Error error) -> async::Task<> {
  const std::string body = error_body(error.message);
  std::string out = status_line(status_of(error));
  append_header(out, "Content-Type", "application/json");
  append_header(out, "Content-Length", fmt::format("{}", body.size()));
  append_header(out, "Connection", "close");
  // Nobody is left to tell when this fails too.
  static_cast<void>(co_await write_with_limit(wire, out + "\r\n" + body));
}

ServerExchange::ServerExchange(ServerWire* wire, HttpParser parser, async::CancelScope& parent)
    : wire_(wire), parser_(std::move(parser)), request_(parser_.take_request()), scope_(parent), tasks_(parent) {
  continue_due_ = request_.version == 11 && request_.headers.has_token("Expect", "100-continue");
}

auto ServerExchange::too_large(size_t max_bytes) -> Error {
  body_failed_ = true;
  Error error = make_error(ErrorCode::kInvalidArgument, fmt::format("the body is larger than {} bytes", max_bytes));
  return with_status(std::move(error), 413);
}

auto ServerExchange::body_error(Error error) -> Error {
  body_failed_ = true;
  if (error.code == ErrorCode::kDataCorrupt) return with_status(std::move(error), 400);
  if (error.code == ErrorCode::kDeadlineExceeded) return with_status(std::move(error), 408);
  return error;
}

auto ServerExchange::read_some_body() -> async::Task<Result<std::string>> {
  std::string piece = std::exchange(read_ahead_, std::string());
  while (piece.empty() && !parser_.done()) {
    if (body_failed_) co_return make_error(ErrorCode::kUnavailable, "the request's body is broken");
    Result<> parsed = parse_pending(&wire_->pending, &parser_, &piece);
    if (!parsed.ok()) co_return body_error(std::move(parsed).error());
    if (!piece.empty() || parser_.done()) break;
    if (std::exchange(continue_due_, false)) {
      SKY_CO_CHECK(co_await write_with_limit(wire_, "HTTP/1.1 100 Continue\r\n\r\n"));
    }
    const Deadline deadline = Deadline::after(wire_->loop->now(), wire_->limits->read_timeout);
    Result<size_t> count =
        co_await async::with_deadline(deadline, "the request's body", fill(wire_->connection, &wire_->pending));
    if (!count.ok()) co_return body_error(std::move(count).error());
    if (*count == 0) co_return body_error(make_error(ErrorCode::kUnavailable, "the request ends in the middle"));
  }
  if (parser_.done()) start_watch();
  co_return std::move(piece);
}

auto ServerExchange::read_body(size_t max_bytes) -> async::Task<Result<std::string>> {
  const auto length = parser_.content_length();
  if (length && *length > max_bytes) co_return too_large(max_bytes);
  std::string body;
  for (;;) {
    SKY_CO_TRY(const std::string piece, co_await read_some_body());
    if (piece.empty()) co_return std::move(body);
    body += piece;
    if (body.size() > max_bytes) co_return too_large(max_bytes);
  }
}

// The connection goes on only if this answer leaves nothing of the request unread.
void ServerExchange::settle_keep_alive() {
  if (!body_failed_ && !parser_.done()) body_failed_ = !parse_pending(&wire_->pending, &parser_, &read_ahead_).ok();
  keep_alive_ = !*wire_->stopping && parser_.done() && parser_.keep_alive();
}

auto ServerExchange::head_of(int status, const Headers& headers) -> std::string {
  settle_keep_alive();
  const bool streams = state_ == State::kStreaming;
  if (streams && !chunked_) keep_alive_ = false;  // HTTP/1.0: the end of the connection is the end of the body
  std::string head = status_line(status);
  append_header(head, "Date", http_date(wire_->loop->wall_now()));
  append_headers(head, headers);
  if (streams && chunked_) append_header(head, "Transfer-Encoding", "chunked");
  if (!keep_alive_) append_header(head, "Connection", "close");
  if (keep_alive_ && request_.version == 10) append_header(head, "Connection", "keep-alive");
  return head;
}

auto ServerExchange::write(std::string bytes) -> async::Task<Result<>> {
  if (state_ == State::kBroken) co_return make_error(ErrorCode::kUnavailable, "the answer could not be sent");
  Result<> written = co_await write_with_limit(wire_, std::move(bytes));
  if (!written.ok()) state_ = State::kBroken;
  co_return written;
}

auto ServerExchange::respond(int status, Headers headers, std::string body) -> async::Task<Result<>> {
  SKY_ASSERT(state_ == State::kUnanswered);
  state_ = State::kFinished;
  std::string out = head_of(status, headers);
  if (!has_no_body(status)) append_header(out, "Content-Length", fmt::format("{}", body.size()));
  out += "\r\n";
  if (request_.method == "HEAD" || has_no_body(status)) body.clear();
  if (out.size() + body.size() <= kWriteStepBytes) {
    out += body;
    body.clear();
  }
  SKY_CO_CHECK(co_await write(std::move(out)));
  co_return co_await write(std::move(body));
}

auto ServerExchange::respond_error(Error error) -> async::Task<Result<>> {
  Headers headers{{"Content-Type", "application/json"}};
  co_return co_await respond(status_of(error), std::move(headers), error_body(error.message));
}

auto ServerExchange::start_stream(int status, Headers headers) -> async::Task<Result<>> {
  SKY_ASSERT(state_ == State::kUnanswered);
  state_ = State::kStreaming;
  chunked_ = request_.version == 11;
  std::string head = head_of(status, headers);
  head += "\r\n";
  start_watch();  // the body may have come whole, though nobody read it
  co_return co_await write(std::move(head));
}

auto ServerExchange::write_chunk(std::string bytes) -> async::Task<Result<>> {
  SKY_ASSERT(state_ == State::kStreaming || state_ == State::kBroken);
  if (bytes.empty() || request_.method == "HEAD") co_return Result<>();
  if (chunked_) bytes = chunk_of(bytes);
  co_return co_await write(std::move(bytes));
}

auto ServerExchange::finish() -> async::Task<Result<>> {
  SKY_ASSERT(state_ == State::kStreaming || state_ == State::kBroken);
  if (chunked_ && request_.method != "HEAD") SKY_CO_CHECK(co_await write(std::string(kLastChunk)));
  if (state_ == State::kStreaming) state_ = State::kFinished;
  co_return Result<>();
}

auto ServerExchange::accept_websocket(Headers headers) -> async::Task<Result<std::unique_ptr<WebSocket>>> {
  SKY_ASSERT(state_ == State::kUnanswered);
  SKY_CO_TRY(const std::string key, websocket_key(request_));
  state_ = State::kFinished;
  keep_alive_ = false;
  std::string head = status_line(101);
  append_headers(head, headers);
  append_headers(
      head, {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", websocket_accept(key)}});
  SKY_CO_CHECK(co_await write(head + "\r\n"));
  co_return std::make_unique<WebSocket>(*wire_->loop, wire_->connection, WebSocketRole::kServer,
                                        std::exchange(wire_->pending, std::string()));
}

void ServerExchange::cancel_on_disconnect() {
  watch_wanted_ = true;
  start_watch();
}

void ServerExchange::start_watch() {
  // One reader at a time: while the body is being read, the reader itself sees the end.
  if (!parser_.done() || !std::exchange(watch_wanted_, false)) return;
  tasks_.spawn("http disconnect", watch_disconnect(this));
}

auto ServerExchange::watch_disconnect(ServerExchange* self) -> async::Task<> {
  if (!self->wire_->pending.empty()) co_return;
  const Result<> ready = co_await self->wire_->connection->wait_readable();
  if (!ready.ok() && ready.error().code == ErrorCode::kCancelled) co_return;
  if (ready.ok() && !self->wire_->connection->peer_closed()) co_return;
  self->keep_alive_ = false;
  self->scope_.cancel(make_error(ErrorCode::kUnavailable, "the client went away"));
}

auto ServerExchange::close() -> async::Task<> {
  co_await tasks_.stop();
  if (state_ == State::kUnanswered && !scope_.cancelled()) {
    Error error = make_error(ErrorCode::kInternal, "the request was not answered");
    static_cast<void>(co_await respond_error(std::move(error)));
  }
}

}  // namespace sky::net
