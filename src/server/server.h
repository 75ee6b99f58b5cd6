// Server: one life of the API server. Everything is made in open(), in the order in which it depends on each other, and
// ends in stop() in the opposite order. Infras and the store come from main: this folder knows their ports only.
//
//   auto server = co_await Server::open(loop, config, std::move(infras), std::move(store));
//   co_await server->serve();          // until stop() is called
//
// Stopping leaves clusters, agents and jobs alone; the next server adopts them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "async/loop.h"
#include "async/sync.h"
#include "config/config.h"
#include "infra/infra.h"
#include "journal/store.h"
#include "net/http_server.h"
#include "server/state_dir.h"

namespace sky::server {

// How long is kept what has ended; negative: for ever. Keys and defaults are the original's: api_server.
// requests_retention_hours and logs_retention_hours.
struct Retention {
  Duration requests = std::chrono::hours(24);
  Duration logs = std::chrono::hours(720);
};

struct ServerConfig {
  std::string host = "127.0.0.1";
  int port = 46580;
  int pid = 0;
  Retention retention = {};
  Config settings = {};               // ~/.sky/config.yaml
  std::string certificate_path = {};  // with key_path: the port speaks TLS
  std::string key_path = {};
};

// Whether only programs of this machine reach a server on that host.
auto is_loopback_host(const std::string& host) -> bool;
// kUnauthenticated when other machines would reach the server and no token exists in `tokens_path`.
auto check_listen_host(const std::string& host, const std::string& tokens_path) -> Result<>;

class Server {
 public:
  // kAlreadyExists when the port is taken, kUnauthenticated for a host other than loopback without tokens, kDataCorrupt
  // and kVersionMismatch from the store, those of the certificate; state_dir.h has the errors of the directory itself.
  static auto open(async::IoLoop& loop, ServerConfig config, StateDir state,
                   std::vector<std::unique_ptr<infra::Infra>> infras, std::unique_ptr<journal::Store> store)
      -> async::Task<Result<std::unique_ptr<Server>>>;
  ~Server();

  // Announces the server, answers requests, and returns when everything has stopped: after request_stop(), or with an
  // error when the journal was lost (the program should exit with it; the next start replays).
  auto serve() -> async::Task<Result<>>;
  void request_stop();
  auto port() const -> int;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sky::server
