// Session: a command's conversation with the API server, as blocking calls. It owns the loop, the transport and the
// calls; handlers above it are plain functions.
//
//   return with_session(invocation, [](Session& session) -> Result<int> {
//     SKY_TRY(const auto clusters, session.wait(session.calls().status(session.body<api::StatusBody>())));
//     …
//   });
//
// Opening one reads the configuration and the user's id and touches no network. While a call waits, SIGINT, SIGTERM and
// SIGHUP cancel it, and wait() returns aborted(); otherwise they end the process as install_abort_handler() says. A
// second signal ends the process at once. Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/asio_loop.h"
#include "cli/client_config.h"
#include "cli/errors.h"
#include "client/calls.h"
#include "client/identity.h"

namespace sky::cli {

class Session {
 public:
  // Errors: those of load_client_config, resolve_endpoint and load_identity.
  static auto open(const Invocation& invocation) -> Result<std::unique_ptr<Session>>;

  auto invocation() const -> const Invocation& { return invocation_; }
  auto env() const -> CliEnvironment& { return invocation_.env(); }
  auto config() const -> const ClientConfig& { return config_; }
  auto endpoint() const -> const client::ServerEndpoint& { return endpoint_; }
  auto identity() const -> const client::Identity& { return identity_; }
  auto home() const -> const std::string& { return home_; }
  auto loop() -> async::AsioLoop& { return loop_; }
  auto control() -> client::ServerControl& { return transport_.control(); }
  auto transport() -> client::Transport& { return transport_; }
  auto calls() -> client::Calls& { return calls_; }

  // A body whose common part is filled.
  template <class Body>
  auto body() const -> Body {
    Body body;
    static_cast<api::RequestBody&>(body) = common_;
    return body;
  }

  template <class T>
  auto wait(async::Task<Result<T>> task) -> Result<T>;

 private:
  Session(const Invocation& invocation, ClientConfig config, client::ServerEndpoint endpoint);
  template <class T>
  static auto run_in(async::Task<Result<T>> task, async::CancelScope* scope) -> async::Task<Result<T>>;
  void watch_interrupts(async::CancelScope* scope);
  void unwatch_interrupts();

  const Invocation& invocation_;
  ClientConfig config_;
  client::ServerEndpoint endpoint_;
  std::string home_;
  client::Identity identity_;
  api::RequestBody common_;
  bool interrupted_ = false;
  async::AsioLoop loop_{1};
  client::Transport transport_;
  client::Calls calls_;
};

// Opens a session, runs `body`, and reports its error.
auto with_session(const Invocation& invocation, const std::function<Result<int>(Session&)>& body) -> int;

// SIGINT between calls (at a prompt): `Aborted!`, exit code 1.
void install_abort_handler();

// The names that completion offers. Asks for at most two seconds, starts nothing; empty when nobody answers.
auto names_from_server(CliEnvironment& env, Completion kind, std::string_view prefix) -> std::vector<std::string>;

template <class T>
auto Session::run_in(async::Task<Result<T>> task, async::CancelScope* scope) -> async::Task<Result<T>> {
  co_return co_await std::move(task).in(*scope);
}

template <class T>
auto Session::wait(async::Task<Result<T>> task) -> Result<T> {
  async::CancelScope scope(loop_);
  watch_interrupts(&scope);
  Result<T> result = loop_.run_until_done(run_in(std::move(task), &scope));
  unwatch_interrupts();
  if (interrupted_ && !result.ok()) return aborted();
  return result;
}

}  // namespace sky::cli
