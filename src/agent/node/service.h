// The head's operations for servers (docs/agent.md): decode, call the head, encode.
#pragma once

#include "agent/node/autostop.h"
#include "agent/node/head.h"
#include "agent/protocol/mux.h"

namespace sky::agent {

class Service {
 public:
  // `info`: what `info` answers, beside what changes. `on_shutdown`: ends the program; called once all jobs have ended.
  Service(Head& head, AutostopLoop& autostop, JsonObject info, std::function<void()> on_shutdown)
      : head_(head), autostop_(autostop), info_(std::move(info)), on_shutdown_(std::move(on_shutdown)) {}

  auto serve(Channel* channel) -> async::Task<Result<Json>>;

 private:
  auto info() const -> Json;
  auto submit(const Json& request) -> async::Task<Result<Json>>;
  auto jobs(const Json& request) -> Result<Json>;
  auto cancel(const Json& request) -> async::Task<Result<Json>>;
  auto tail(Channel* channel) -> async::Task<Result<Json>>;
  auto watch(Channel* channel) -> async::Task<Result<Json>>;
  auto set_autostop(const Json& request) -> async::Task<Result<Json>>;
  auto node_lost(const Json& request) -> async::Task<Result<Json>>;
  auto shutdown() -> async::Task<Result<Json>>;

  Head& head_;
  AutostopLoop& autostop_;
  JsonObject info_;
  std::function<void()> on_shutdown_;
};

}  // namespace sky::agent
