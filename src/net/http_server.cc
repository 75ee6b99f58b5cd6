#include "net/http_server.h"

#include <set>

#include <fmt/format.h>

#include "base/log.h"
#include "net/http_exchange.h"

namespace sky::net {
namespace {

constexpr Duration kAcceptRetryPause = std::chrono::milliseconds(100);
constexpr Duration kLingerMax = std::chrono::seconds(1);
constexpr size_t kLingerMaxBytes = 1U << 20U;

// A kernel that closes with unread input resets the connection, and the peer may lose the answer: let it read first.
auto drain_input(Connection* connection) -> async::Task<Result<>> {
  connection->close_write();
  for (size_t total = 0; total < kLingerMaxBytes;) {
    std::string discarded;
    SKY_CO_TRY(const size_t count, co_await fill(connection, &discarded));
    if (count == 0) break;
    total += count;
  }
  co_return Result<>();
}

auto too_many(size_t limit) -> Error {
  return make_error(ErrorCode::kUnavailable, fmt::format("the server already has {} connections", limit));
}

}  // namespace

struct HttpServer::Impl {
  Impl(async::IoLoop& io_loop, std::unique_ptr<Listener> from, Handler with, ServerLimits within)
      : loop(io_loop), listener(std::move(from)), handler(std::move(with)), limits(within), tasks(io_loop) {}

  static auto accept_all(Impl* self) -> async::Task<>;
  static auto serve(Impl* self, std::unique_ptr<Connection> connection) -> async::Task<>;
  static auto serve_one(Impl* self, ServerWire* wire) -> async::Task<bool>;
  static auto wait_for_request(Impl* self, ServerWire* wire) -> async::Task<bool>;
  static auto turn_away(Impl* self, std::unique_ptr<Connection> connection) -> async::Task<>;
  static auto linger(Impl* self, Connection* connection) -> async::Task<>;

  auto wire_of(Connection* connection) -> ServerWire {
    return {.connection = connection, .limits = &limits, .stopping = &stopping, .loop = &loop};
  }

  async::IoLoop& loop;
  std::unique_ptr<Listener> listener;
  Handler handler;
  ServerLimits limits;
  bool stopping = false;
  size_t connection_count = 0;
  std::set<Connection*> idle;  // between requests: closed by stop() at once
  async::TaskGroup tasks;
};

auto HttpServer::Impl::accept_all(Impl* self) -> async::Task<> {
  for (;;) {
    Result<std::unique_ptr<Connection>> accepted = co_await self->listener->accept();
    if (self->stopping || self->tasks.scope().cancelled()) co_return;
    if (!accepted.ok()) {
      log_warning("http", "{}", to_string(accepted.error()));
      const Result<> slept = co_await async::sleep_for(kAcceptRetryPause);
      if (!slept.ok()) co_return;
      continue;
    }
    if (self->connection_count >= self->limits.connection_count_max) {
      self->tasks.spawn("http turn away", turn_away(self, std::move(*accepted)));
    } else {
      ++self->connection_count;
      self->tasks.spawn("http connection", serve(self, std::move(*accepted)));
    }
    // A storm of connections must not keep those that are there from being served.
    const Result<> yielded = co_await async::yield_turn();
    if (!yielded.ok()) co_return;
  }
}

auto HttpServer::Impl::linger(Impl* self, Connection* connection) -> async::Task<> {
  const Deadline deadline = Deadline::after(self->loop.now(), kLingerMax);
  static_cast<void>(co_await async::with_deadline(deadline, "lingering", drain_input(connection)));
}

auto HttpServer::Impl::turn_away(Impl* self, std::unique_ptr<Connection> connection) -> async::Task<> {
  ServerWire wire = self->wire_of(connection.get());
  co_await refuse(&wire, too_many(self->limits.connection_count_max));
  co_await linger(self, connection.get());
}

auto HttpServer::Impl::serve(Impl* self, std::unique_ptr<Connection> connection) -> async::Task<> {
  ServerWire wire = self->wire_of(connection.get());
  // Two steps, so that a connection that waits for its next request holds none of what serving one needs.
  for (bool more = true; more;) {
    more = co_await wait_for_request(self, &wire);
    if (more) more = co_await serve_one(self, &wire);
  }
  --self->connection_count;
}

// False when the connection has ended, was idle for too long, or the server stops.
auto HttpServer::Impl::wait_for_request(Impl* self, ServerWire* wire) -> async::Task<bool> {
  if (!wire->pending.empty()) co_return true;
  if (self->stopping) co_return false;
  wire->pending.shrink_to_fit();
  self->idle.insert(wire->connection);
  const Deadline deadline = Deadline::after(self->loop.now(), self->limits.idle_timeout);
  const Result<> ready = co_await async::with_deadline(deadline, "the next request", wire->connection->wait_readable());
  self->idle.erase(wire->connection);
  co_return ready.ok();
}

// True when another request may follow.
auto HttpServer::Impl::serve_one(Impl* self, ServerWire* wire) -> async::Task<bool> {
  HttpParser parser(HttpParser::Kind::kRequest, self->limits.header_max_bytes);
  const Deadline deadline = Deadline::after(self->loop.now(), self->limits.header_timeout);
  Result<> header =
      co_await async::with_deadline(deadline, "the request", read_header(wire->connection, &wire->pending, &parser));
  if (!header.ok()) {
    Error& error = header.error();
    if (error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kCancelled) co_return false;
    const char* status = error.code == ErrorCode::kDeadlineExceeded ? "408" : "400";
    error.details.emplace("http_status", status);
    co_await refuse(wire, std::move(error));
    co_await linger(self, wire->connection);
    co_return false;
  }
  async::CancelScope& scope = co_await async::current_scope();
  ServerExchange exchange(wire, std::move(parser), scope);
  async::Task<> handling = self->handler(exchange);
  co_await std::move(handling).in(exchange.scope());
  co_await exchange.close();
  if (exchange.reusable()) co_return true;
  co_await linger(self, wire->connection);
  co_return false;
}

HttpServer::HttpServer(async::IoLoop& loop, std::unique_ptr<Listener> listener, Handler handler, ServerLimits limits)
    : impl_(std::make_unique<Impl>(loop, std::move(listener), std::move(handler), limits)) {}

HttpServer::~HttpServer() = default;

void HttpServer::start() {
  impl_->tasks.spawn("http accept", Impl::accept_all(impl_.get()));
}

auto HttpServer::stop(Duration grace) -> async::Task<> {
  impl_->stopping = true;
  impl_->listener->close();
  for (Connection* connection : impl_->idle) connection->close();
  const Deadline deadline = Deadline::after(impl_->loop.now(), grace);
  const async::DeadlineTimer timer(impl_->tasks.scope(), deadline, "stopping the server");
  co_await impl_->tasks.join();
}

auto HttpServer::endpoint() const -> const Endpoint& {
  return impl_->listener->endpoint();
}

auto HttpServer::connection_count() const -> size_t {
  return impl_->connection_count;
}

}  // namespace sky::net
