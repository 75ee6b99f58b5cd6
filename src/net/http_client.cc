#include "net/http_client.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "async/group.h"
#include "base/strings.h"
#include "net/http_wire.h"

namespace sky::net {

namespace detail {

// Below the idle time-outs of usual servers (this one's is 75 s), so that a request rarely meets a closing connection.
constexpr Duration kKeptIdleMax = std::chrono::seconds(60);

struct ClientCore {
  struct Kept {
    std::unique_ptr<Connection> connection;
    MonoTime since;
  };

  async::IoLoop& loop;
  Connector connector;
  std::string host;
  ClientLimits limits;
  std::deque<Kept> kept = {};  // the one used last is at the back

  // Null when there is none that still lives.
  auto take() -> std::unique_ptr<Connection> {
    while (!kept.empty() && loop.now() - kept.front().since > kKeptIdleMax) kept.pop_front();
    while (!kept.empty()) {
      std::unique_ptr<Connection> connection = std::move(kept.back().connection);
      kept.pop_back();
      if (!connection->peer_closed()) return connection;
    }
    return nullptr;
  }
  void keep(std::unique_ptr<Connection> connection) {
    if (limits.kept_connection_count_max == 0) return;
    if (kept.size() >= limits.kept_connection_count_max) kept.pop_front();
    kept.push_back({std::move(connection), loop.now()});
  }
};

}  // namespace detail

namespace {

using detail::ClientCore;

constexpr size_t kOnePacketBytes = 16U << 10U;  // of a body that is sent in one call with its head

using ReaderResult = Result<std::unique_ptr<ResponseReader>>;

class ClientReader final : public ResponseReader {
 public:
  ClientReader(ClientCore* core, std::unique_ptr<Connection> connection, bool head_request)
      : core_(core), connection_(std::move(connection)), head_request_(head_request) {
    renew_parser();
  }
  ~ClientReader() override { release(); }

  auto head() const -> const HttpResponse& override { return head_; }
  auto connection() -> Connection* { return connection_.get(); }
  auto started() const -> bool { return parser_->started() || !pending_.empty(); }
  void forbid_reuse() { reusable_ = false; }

  static auto read_head(ClientReader* self) -> async::Task<Result<>> {
    for (;;) {
      SKY_CO_CHECK(co_await read_header(self->connection_.get(), &self->pending_, &*self->parser_));
      self->head_ = self->parser_->take_response();
      const int status = self->head_.status;
      if (status < 100 || status > 199 || status == 101) co_return Result<>();
      self->renew_parser();  // "100 Continue" and its like announce the real answer
    }
  }

  auto read_some() -> async::Task<Result<std::string>> override {
    std::string piece;
    if (failed_) co_return make_error(ErrorCode::kUnavailable, fmt::format("the answer of {} is broken", core_->host));
    if (!connection_) co_return std::move(piece);
    while (piece.empty() && !parser_->done()) {
      Result<> parsed = parse_pending(&pending_, &*parser_, &piece);
      if (!parsed.ok()) co_return give_up(std::move(parsed).error());
      if (!piece.empty() || parser_->done()) break;
      Result<size_t> count = co_await fill(connection_.get(), &pending_);
      if (!count.ok()) co_return give_up(std::move(count).error());
      if (*count == 0 && !parser_->put_eof().ok()) {
        co_return give_up(make_error(ErrorCode::kUnavailable, fmt::format("the answer of {} ends early", core_->host)));
      }
    }
    if (parser_->done() && piece.empty()) release();
    co_return std::move(piece);
  }

 private:
  void renew_parser() { parser_.emplace(HttpParser::Kind::kResponse, core_->limits.header_max_bytes, head_request_); }
  // Gives the connection back if another answer may follow, closes it if not.
  void release() {
    if (!connection_) return;
    std::unique_ptr<Connection> connection = std::move(connection_);
    const bool clean = reusable_ && parser_->done() && parser_->keep_alive() && pending_.empty();
    if (clean) core_->keep(std::move(connection));
  }
  auto give_up(Error error) -> Error {
    reusable_ = false;
    failed_ = true;
    return error;
  }

  ClientCore* core_;
  std::unique_ptr<Connection> connection_;
  bool head_request_;
  bool reusable_ = true;
  bool failed_ = false;
  std::optional<HttpParser> parser_;
  std::string pending_;
  HttpResponse head_;
};

auto check_request(const HttpRequest& request) -> Result<> {
  const auto is_visible = [](char c) { return c > ' ' && c < 0x7f; };
  const bool good_method =
      !request.method.empty() && std::all_of(request.method.begin(), request.method.end(), is_alpha);
  const bool good_target =
      request.target.starts_with('/') && std::all_of(request.target.begin(), request.target.end(), is_visible);
  if (good_method && good_target) return {};
  return make_error(ErrorCode::kInvalidArgument,
                    fmt::format("cannot send the request '{} {}'", request.method, request.target));
}

auto head_of(const ClientCore& core, const HttpRequest& request, bool chunked) -> std::string {
  std::string head = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  if (!request.headers.contains("Host")) append_header(head, "Host", core.host);
  append_headers(head, request.headers);
  const bool has_length = !request.body.empty() || request.method == "POST" || request.method == "PUT";
  if (chunked) {
    append_header(head, "Transfer-Encoding", "chunked");
  } else if (has_length) {
    append_header(head, "Content-Length", fmt::format("{}", request.body.size()));
  }
  return head + "\r\n";
}

// Names the peer in what went wrong with it; the caller's own deadline and cancellation speak for themselves.
auto name_peer(Error error, const ClientCore& core) -> Error {
  if (error.code != ErrorCode::kUnavailable && error.code != ErrorCode::kDataCorrupt) return error;
  return std::move(error).with_context(core.host);
}

struct Outgoing {
  std::string head;
  std::string_view body;  // of the request, which lives longer
  BodySource source;      // instead of body
};

// Failing to write is no failure of the request: the answer that says why may be there to read. A failing source is.
auto send(Connection* connection, Outgoing outgoing, async::CancelScope* exchange, bool* all_sent) -> async::Task<> {
  Result<> sent = co_await connection->write_all(outgoing.head);
  if (sent.ok()) sent = co_await connection->write_all(outgoing.body);
  while (sent.ok() && outgoing.source) {
    Result<std::string> piece = co_await outgoing.source();
    if (!piece.ok()) {
      exchange->cancel(std::move(piece).error());
      co_return;
    }
    const bool last = piece->empty();
    const std::string chunk = last ? std::string(kLastChunk) : chunk_of(*piece);
    sent = co_await connection->write_all(chunk);
    if (last) break;
  }
  *all_sent = sent.ok();
}

// Sends and waits for the head of the answer at the same time: an answer may come before the upload has ended.
auto attempt(ClientReader* reader, Outgoing outgoing) -> async::Task<Result<>> {
  async::CancelScope& outer = co_await async::current_scope();
  async::CancelScope exchange(outer);
  bool all_sent = false;
  async::TaskGroup group(exchange);
  group.spawn("http send", send(reader->connection(), std::move(outgoing), &exchange, &all_sent));
  Result<> answered = co_await ClientReader::read_head(reader).in(exchange);
  co_await group.stop();
  if (!all_sent) reader->forbid_reuse();
  co_return answered;
}

auto exchange(ClientCore* core, HttpRequest request, BodySource source, Deadline deadline)
    -> async::Task<ReaderResult> {
  SKY_CO_CHECK(check_request(request));
  const bool is_head = request.method == "HEAD";
  const bool may_repeat = !source && is_idempotent(request.method);
  Outgoing outgoing{head_of(*core, request, static_cast<bool>(source)), request.body, std::move(source)};
  if (request.body.size() <= kOnePacketBytes) outgoing.head += std::exchange(outgoing.body, std::string_view());
  if (std::unique_ptr<Connection> kept = core->take()) {
    auto reader = std::make_unique<ClientReader>(core, std::move(kept), is_head);
    Result<> answered = co_await attempt(reader.get(), outgoing);
    if (answered.ok()) co_return ReaderResult(std::move(reader));
    const bool was_stale = answered.error().code == ErrorCode::kUnavailable && !reader->started();
    if (!was_stale || !may_repeat) co_return name_peer(std::move(answered).error(), *core);
  }
  SKY_CO_TRY(std::unique_ptr<Connection> fresh, co_await core->connector(deadline));
  auto reader = std::make_unique<ClientReader>(core, std::move(fresh), is_head);
  Result<> answered = co_await attempt(reader.get(), outgoing);
  if (!answered.ok()) co_return name_peer(std::move(answered).error(), *core);
  co_return ReaderResult(std::move(reader));
}

auto exchange_whole(ClientCore* core, HttpRequest request, Deadline deadline) -> async::Task<Result<HttpResponse>> {
  SKY_CO_TRY(const auto reader, co_await exchange(core, std::move(request), BodySource(), deadline));
  HttpResponse response = reader->head();
  SKY_CO_TRY(response.body, co_await read_body(reader.get(), core->limits.body_max_bytes));
  co_return std::move(response);
}

auto host_of(const Endpoint& endpoint) -> std::string {
  if (!endpoint.unix_path.empty()) return "localhost";
  if (endpoint.port != 80) return to_string(endpoint);
  return endpoint.host.find(':') == std::string::npos ? endpoint.host : fmt::format("[{}]", endpoint.host);
}

auto connector_to(async::IoLoop& loop, Endpoint endpoint) -> Connector {
  return [&loop, endpoint = std::move(endpoint)](Deadline deadline) { return connect(loop, endpoint, deadline); };
}

}  // namespace

HttpClient::HttpClient(async::IoLoop& loop, Endpoint endpoint, ClientLimits limits)
    : HttpClient(loop, connector_to(loop, endpoint), host_of(endpoint), limits) {}

HttpClient::HttpClient(async::IoLoop& loop, Connector connector, std::string host, ClientLimits limits)
    : core_(new ClientCore{loop, std::move(connector), std::move(host), limits}) {}

HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

auto HttpClient::request(HttpRequest request, Deadline deadline) -> async::Task<Result<HttpResponse>> {
  const std::string what = fmt::format("{} {} at {}", request.method, request.target, core_->host);
  return async::with_deadline(deadline, what, exchange_whole(core_.get(), std::move(request), deadline));
}

auto HttpClient::open(HttpRequest request, Deadline deadline) -> async::Task<ReaderResult> {
  return upload(std::move(request), BodySource(), deadline);
}

auto HttpClient::upload(HttpRequest request, BodySource source, Deadline deadline) -> async::Task<ReaderResult> {
  const std::string what = fmt::format("{} {} at {}", request.method, request.target, core_->host);
  return async::with_deadline(deadline, what, exchange(core_.get(), std::move(request), std::move(source), deadline));
}

auto HttpClient::kept_connection_count() const -> size_t {
  return core_->kept.size();
}

auto read_body(ResponseReader* reader, size_t max_bytes) -> async::Task<Result<std::string>> {
  std::string body;
  for (;;) {
    SKY_CO_TRY(const std::string piece, co_await reader->read_some());
    if (piece.empty()) co_return std::move(body);
    body += piece;
    if (body.size() > max_bytes) {
      co_return make_error(ErrorCode::kDataCorrupt, fmt::format("the answer is larger than {} bytes", max_bytes));
    }
  }
}

}  // namespace sky::net
