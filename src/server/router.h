// Router: one HTTP exchange in, one answer out. Asks the gate who comes in, checks the client's version, finds the
// route, and either answers directly or hands the body to the RequestManager. Thin: it knows no nouns.
//
// Concurrency: loop thread; any number of exchanges at once.
#pragma once

#include "api/dialect.h"
#include "api/routes.h"
#include "logs/file_follower.h"
#include "net/http_server.h"
#include "server/app.h"
#include "server/gate.h"

namespace sky::server {

// A request body, uploads excepted. Task files are the largest part.
inline constexpr size_t kBodyMaxBytes = size_t{64} << 20U;

class Router {
 public:
  Router(App& app, Gate& gate) : app_(app), gate_(gate) {}
  // `door` is how the exchange came in.
  auto handle(net::Exchange& exchange, Door door) -> async::Task<>;

 private:
  struct Call {
    net::Exchange& exchange;
    const api::Route& route;
    api::Dialect dialect;
    std::string body;
    std::optional<api::User> user;  // whom the gate knows; absent: the body says who asks
  };

  auto route(net::Exchange& exchange, Door door) -> async::Task<Result<>>;
  auto dispatch(Call call) -> async::Task<Result<>>;
  auto direct(Call call) -> async::Task<Result<>>;
  auto scheduled(Call call) -> async::Task<Result<>>;
  auto accept(Call& call) -> async::Task<Result<RequestId>>;

  auto get_request(Call call) -> async::Task<Result<>>;
  auto list_requests(Call call) -> async::Task<Result<>>;
  auto stream_request(Call call) -> async::Task<Result<>>;
  auto stream_output(net::Exchange& exchange, RequestId id) -> async::Task<Result<>>;
  auto stream_job_stock(Call call, RequestId id) -> async::Task<Result<>>;
  auto pump_provision(net::Exchange& exchange, std::string followed_hash, logs::FileFollower* follower)
      -> async::Task<Result<>>;
  auto provision_logs(Call call) -> async::Task<Result<>>;
  auto validate(Call call) -> async::Task<Result<>>;
  auto complete(Call call) -> async::Task<Result<>>;
  auto health(Call call) -> async::Task<Result<>>;
  auto needs_auth(net::Exchange& exchange, Error error) -> async::Task<Result<>>;
  auto follow(Call call) -> async::Task<Result<>>;
  auto has_blob(Call call) -> async::Task<Result<>>;
  auto upload_chunk(Call call) -> async::Task<Result<>>;
  auto ssh(Call call) -> async::Task<Result<>>;
  auto receive_files(Call call) -> async::Task<Result<>>;

  App& app_;
  Gate& gate_;
};

}  // namespace sky::server
