// The local API server as a process: is it there, start it, stop it.
//
// The server writes HOME/.sky/server/server.json {pid, port, start_time} when it is ready and removes it when it stops
// in order; a file whose process is gone means a crash. Its lock on the state directory decides between two that start
// at once: the loser exits, and its client waits for the winner.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/results.h"
#include "async/loop.h"
#include "async/task.h"
#include "base/time.h"
#include "client/endpoint.h"

namespace sky::client {

struct ServerInfo {
  std::int64_t pid = 0;
  std::int64_t port = 0;
  double start_time = 0;
  // Of a server whose port asks for tokens or speaks TLS: the Unix socket for this home's user, and the arguments with
  // which it listens so.
  std::string socket = {};
  std::vector<std::string> arguments = {};
};
// nullopt: no server stopped in disorder, and none runs. A file that cannot be read as such is nullopt too.
auto read_server_info(const std::string& state_dir) -> std::optional<ServerInfo>;
// Whether `pid` is a living process of `program`, and not another one that got its pid.
auto server_process_alive(std::int64_t pid, std::string_view program) -> bool;

struct ServerControlOptions {
  std::string state_dir;  // HOME/.sky/server
  std::string program;    // path of sky-server
  // Further arguments of the program. Empty: those of a server that crashed, else none.
  std::vector<std::string> arguments = {};
  Duration start_timeout = std::chrono::seconds(30);
  Duration stop_timeout = std::chrono::seconds(30);
};

// $SKY_SERVER_PROGRAM, else `sky-server` beside `own_program`, the path of the running one with its symlinks resolved.
auto find_server_program(std::optional<std::string> variable, std::string_view own_program) -> std::string;

class ServerControl {
 public:
  ServerControl(async::IoLoop& loop, ServerEndpoint endpoint, ServerControlOptions options);

  auto endpoint() const -> const ServerEndpoint& { return endpoint_; }
  auto options() const -> const ServerControlOptions& { return options_; }
  // Of the next start: see ServerControlOptions.
  void set_arguments(std::vector<std::string> arguments) { options_.arguments = std::move(arguments); }

  // GET /api/health. kUnavailable: nobody listens; kConflict: somebody answers who is no API server; kVersionMismatch.
  auto health(Deadline deadline) -> async::Task<Result<api::HealthInfo>>;

  // Starts the local server unless it answers, and waits until it does. Idempotent; safe against other clients that do
  // the same. REQUIRES: endpoint().local. Errors: kConflict (the port is taken by something else, or this home's server
  // runs on another port: the message says which), kNotFound (no program), kUnavailable (it ended: the message has its
  // last line), kDeadlineExceeded.
  auto ensure_running() -> async::Task<Result<api::HealthInfo>>;

  // Where to connect now: this home's socket if its server has one, else the endpoint's address.
  auto address() const -> net::Endpoint;

  // kConflict when this home's server runs, but on another port: the message says which.
  auto check_other_port() const -> Result<>;

  // Asks this home's server to stop (SIGTERM) and waits until it is gone; after stop_timeout it is killed, which costs
  // nothing but the wait: state is durable and jobs go on. False when none was running.
  auto stop() -> async::Task<Result<bool>>;

 private:
  struct Starting;

  auto holder_alive() const -> bool;
  auto spawn_server(Starting* starting) -> Result<>;
  auto start_and_wait() -> async::Task<Result<api::HealthInfo>>;

  async::IoLoop& loop_;
  ServerEndpoint endpoint_;
  ServerControlOptions options_;
};

}  // namespace sky::client
