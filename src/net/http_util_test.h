// A server on a loopback port with its loop, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include "async/asio_loop.h"
#include "async/sync.h"
#include "net/http_client.h"
#include "net/http_server.h"

namespace sky::net {

inline auto stop_server(HttpServer* server, Duration grace) -> async::Task<Result<>> {
  co_await server->stop(grace);
  co_return Result<>();
}

// Everything that the peer sends until it closes.
inline auto read_to_end(Connection* connection) -> async::Task<Result<std::string>> {
  std::string all;
  std::string buffer(16384, '\0');
  for (;;) {
    SKY_CO_TRY(const size_t count, co_await connection->read_some(buffer));
    if (count == 0) co_return std::move(all);
    all.append(buffer, 0, count);
  }
}

// Sends bytes as they are and returns all that comes back until the server closes.
inline auto send_raw(async::AsioLoop* loop, Endpoint endpoint, std::string bytes, Deadline deadline)
    -> async::Task<Result<std::string>> {
  SKY_CO_TRY(const auto connection, co_await connect(*loop, endpoint, deadline));
  SKY_CO_CHECK(co_await connection->write_all(bytes));
  co_return co_await async::with_deadline(deadline, "the raw answer", read_to_end(connection.get()));
}

class HttpTest : public testing::Test {
 protected:
  ~HttpTest() override { stop(); }

  void start(Handler handler, ServerLimits limits = {}) {
    auto listener = listen_tcp(loop_, "127.0.0.1", 0);
    SKY_ASSERT(listener.ok());
    start_on(std::move(listener).value(), std::move(handler), limits);
  }
  void start_on(std::unique_ptr<Listener> listener, Handler handler, ServerLimits limits = {}) {
    server_ = std::make_unique<HttpServer>(loop_, std::move(listener), std::move(handler), limits);
    server_->start();
    client_.emplace(loop_, server_->endpoint());
  }
  void stop(Duration grace = Duration::zero()) {
    if (server_) static_cast<void>(run(stop_server(server_.get(), grace)));
    server_.reset();
  }

  template <class T>
  auto run(async::Task<T> task) -> T {
    return loop_.run_until_done(std::move(task));
  }
  auto soon() const -> Deadline { return Deadline::after(loop_.now(), std::chrono::seconds(30)); }
  auto raw(std::string bytes) -> std::string {
    return run(send_raw(&loop_, server_->endpoint(), std::move(bytes), soon())).value_or(std::string("no answer"));
  }
  auto get(std::string target) -> Result<HttpResponse> {
    return run(client_->request({.target = std::move(target)}, soon()));
  }

  async::AsioLoop loop_;
  std::unique_ptr<HttpServer> server_;
  std::optional<HttpClient> client_;
};

}  // namespace sky::net
