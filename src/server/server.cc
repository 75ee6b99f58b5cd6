#include "server/server.h"

#include "async/run_on.h"
#include "base/log.h"
#include "net/tls.h"
#include "requests/tables.h"
#include "seal/sealer.h"
#include "server/app.h"
#include "server/gate.h"
#include "server/handlers/handlers.h"
#include "server/housekeeping.h"
#include "server/router.h"

namespace sky::server {
namespace {

constexpr Duration kStopGrace = std::chrono::seconds(1);

auto pointers_of(const std::vector<std::unique_ptr<infra::Infra>>& infras) -> std::vector<infra::Infra*> {
  std::vector<infra::Infra*> pointers;
  for (const auto& infra : infras) pointers.push_back(infra.get());
  return pointers;
}

}  // namespace

auto is_loopback_host(const std::string& host) -> bool {
  return host == "127.0.0.1" || host == "localhost" || host == "::1";
}

auto check_listen_host(const std::string& host, const std::string& tokens_path) -> Result<> {
  if (is_loopback_host(host)) return {};
  SKY_TRY(const std::vector<access::TokenRecord> tokens, access::TokenStore(tokens_path).list());
  if (!tokens.empty()) return {};
  return make_error(ErrorCode::kUnauthenticated,
                    fmt::format("cannot listen on '{}': a server that other machines reach needs a token, and there is "
                                "none",
                                host),
                    "Make one for each user, then start again: sky api token create NAME");
}

// Members in the order of dependence; destroyed in the opposite one.
struct Server::Impl {
  Impl(async::IoLoop& loop_in, ServerConfig config_in, StateDir state_in,
       std::vector<std::unique_ptr<infra::Infra>> infras_in, std::unique_ptr<journal::Store> store,
       seal::Sealer sealer_in)
      : loop(loop_in),
        config(std::move(config_in)),
        state(std::move(state_in)),
        sealer(std::move(sealer_in)),
        infras(std::move(infras_in)),
        planner(pointers_of(infras)),
        request_table("requests", requests::request_codec(sealer)),
        journal(loop, std::move(store),
                {.reserve_retry = std::chrono::seconds(1), .on_lost = [this](const Error& error) { on_lost(error); }}),
        logs(loop, state.file("clusters"), {.retention = {.age_max = config.retention.logs}}),
        clusters({.loop = loop,
                  .journal = journal,
                  .tables = tables,
                  .planner = planner,
                  .logs = logs,
                  .server = state.server_id(),
                  .state_dir = state.path()}),
        requests(loop, journal, request_table, state.file("requests"), config.retention.requests),
        snapshots(loop, state.file("files")),
        uploads(state.file("uploads")),
        app{.loop = loop,
            .state = state,
            .journal = journal,
            .tables = tables,
            .planner = planner,
            .logs = logs,
            .clusters = clusters,
            .requests = requests,
            .snapshots = snapshots,
            .config = config.settings,
            .uploads = uploads,
            .port = config.port,
            .pid = config.pid,
            .start_time = to_epoch_seconds(loop.wall_now())},
        housekeeping(app),
        gate(loop, access::TokenStore(state.file(kTokensFile))),
        router(app, gate) {
    journal.add(tables.clusters);
    journal.add(tables.history);
    journal.add(tables.jobs);
    journal.add(request_table);
    requests.hold({.take = [this](const auto& record) { return take_files(app, record); },
                   .release = [this](const auto& id) { return release_files(id); }});
    register_handlers(app);
  }

  void on_lost(const Error& error) {
    lost = error;
    stop_wanted.set();
  }
  auto release_files(RequestId id) -> async::Task<Result<>> {
    Result<> released = co_await snapshots.release(id.str());
    housekeeping.trim_if_grown();
    co_return released;
  }
  auto open() -> async::Task<Result<>>;
  auto listen() -> Result<>;
  auto make_http(std::unique_ptr<net::Listener> listener, Door door) -> std::unique_ptr<net::HttpServer>;
  auto announcement() const -> StateDir::Announcement;
  auto stop() -> async::Task<>;

  async::IoLoop& loop;
  ServerConfig config;
  StateDir state;
  seal::Sealer sealer;
  std::vector<std::unique_ptr<infra::Infra>> infras;
  planner::Planner planner;
  cluster::Tables tables;
  journal::Table<requests::RequestRecord> request_table;
  journal::Journal journal;
  agent::LogStore logs;
  cluster::ClusterManager clusters;
  requests::RequestManager requests;
  files::SnapshotStore snapshots;
  Uploads uploads;
  App app;
  Housekeeping housekeeping;
  Gate gate;
  Router router;
  std::unique_ptr<net::HttpServer> http;
  std::unique_ptr<net::HttpServer> owner_http;  // beside one that other machines reach
  std::optional<Error> lost;
  async::Event stop_wanted;
};

auto Server::Impl::open() -> async::Task<Result<>> {
  SKY_CO_CHECK(co_await journal.open());
  co_await async::run_on([kept = uploads, now = loop.wall_now()] {
    kept.sweep(now);
    return true;
  });
  Result<> listening = listen();
  if (!listening.ok()) co_await journal.stop();
  co_return listening;
}

auto Server::Impl::make_http(std::unique_ptr<net::Listener> listener, Door door) -> std::unique_ptr<net::HttpServer> {
  return std::make_unique<net::HttpServer>(
      loop, std::move(listener), [this, door](net::Exchange& exchange) { return router.handle(exchange, door); });
}

auto Server::Impl::listen() -> Result<> {
  SKY_TRY(auto listener, net::listen_tcp(loop, config.host, static_cast<std::uint16_t>(config.port)));
  app.port = listener->endpoint().port;
  if (!config.certificate_path.empty()) {
    SKY_TRY(auto tls, net::TlsServer::open(config.certificate_path, config.key_path));
    listener = net::tls_listener(std::move(listener), std::move(tls));
  }
  const bool loopback = is_loopback_host(config.host);
  http = make_http(std::move(listener), loopback ? Door::kLoopback : Door::kNetwork);
  if (loopback && config.certificate_path.empty()) return {};
  SKY_TRY(auto socket, net::listen_unix(loop, state.file(kSocketFile)));
  owner_http = make_http(std::move(socket), Door::kOwner);
  return {};
}

auto Server::Impl::announcement() const -> StateDir::Announcement {
  StateDir::Announcement said{.pid = config.pid, .port = app.port, .start_time = app.start_time};
  if (!owner_http) return said;
  said.socket = state.file(kSocketFile);
  said.arguments = {"--host", config.host};
  if (!config.certificate_path.empty()) {
    said.arguments.insert(said.arguments.end(), {"--tls-cert", config.certificate_path, "--tls-key", config.key_path});
  }
  return said;
}

auto Server::Impl::stop() -> async::Task<> {
  if (owner_http) co_await owner_http->stop(kStopGrace);
  co_await http->stop(kStopGrace);
  co_await requests.stop();
  co_await housekeeping.stop();
  co_await clusters.stop();
  co_await logs.stop();
  co_await journal.stop();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

auto Server::open(async::IoLoop& loop, ServerConfig config, StateDir state,
                  std::vector<std::unique_ptr<infra::Infra>> infras, std::unique_ptr<journal::Store> store)
    -> async::Task<Result<std::unique_ptr<Server>>> {
  SKY_CO_CHECK(check_listen_host(config.host, state.file(kTokensFile)));
  SKY_CO_TRY(seal::Sealer sealer, seal::Sealer::open(state.file("key")));
  auto impl = std::make_unique<Impl>(loop, std::move(config), std::move(state), std::move(infras), std::move(store),
                                     std::move(sealer));
  SKY_CO_CHECK(co_await impl->open());
  co_return std::unique_ptr<Server>(new Server(std::move(impl)));
}

auto Server::serve() -> async::Task<Result<>> {
  Impl& impl = *impl_;
  impl.clusters.start();
  impl.requests.start();
  impl.housekeeping.start();
  impl.http->start();
  if (impl.owner_http) impl.owner_http->start();
  Result<> announced = impl.state.announce(impl.announcement());
  if (announced.ok()) {
    log_info("server", "listening on {}:{}, server id {}", impl.config.host, impl.app.port, impl.state.server_id());
    if (!is_loopback_host(impl.config.host) && impl.config.certificate_path.empty()) {
      log_warning("server",
                  "tokens cross the network in clear text: use --tls-cert and --tls-key, or a proxy with TLS");
    }
    announced = co_await impl.stop_wanted.wait();
    impl.state.withdraw();
  }
  co_await impl.stop();
  if (impl.lost) co_return *impl.lost;
  co_return announced;
}

void Server::request_stop() {
  impl_->stop_wanted.set();
}

auto Server::port() const -> int {
  return impl_->app.port;
}

}  // namespace sky::server
