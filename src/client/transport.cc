#include "client/transport.h"

#include <fmt/format.h>

#include "api/errors.h"
#include "async/random.h"

namespace sky::client {
namespace {

constexpr size_t kReplySizeMaxBytes = size_t{256} << 20U;
constexpr int kAttemptCountMax = 6;
constexpr int kTooBusy = 503;

// Marks an error of a server that is there but asks to come again later; without it nobody listens.
constexpr std::string_view kBusy = "busy";

auto backoff(const RetryLimits& limits, int attempt, double chance) -> Duration {
  const async::RetryPolicy policy{.backoff_first = limits.backoff_first, .backoff_max = limits.backoff_max};
  return async::backoff_of(policy, attempt + 1, chance);
}

}  // namespace

Transport::Transport(async::IoLoop& loop, ServerEndpoint endpoint, ServerControlOptions server, RetryLimits limits)
    : loop_(loop),
      endpoint_(endpoint),
      limits_(limits),
      control_(loop, endpoint, std::move(server)),
      http_(loop, connector(), host_header(endpoint_), {.body_max_bytes = kReplySizeMaxBytes}) {}

auto Transport::connector() -> net::Connector {
  if (!endpoint_.local) return make_connector(loop_, endpoint_);
  // A server that is started meanwhile may listen in another place.
  return [this](Deadline deadline) { return net::connect(loop_, control_.address(), deadline); };
}

auto Transport::open_websocket(std::string path, api::Query query, Deadline deadline)
    -> async::Task<Result<std::unique_ptr<net::WebSocket>>> {
  if (endpoint_.local && !std::exchange(listener_checked_, true)) SKY_CO_CHECK(co_await check_listener());
  net::HttpRequest request = make_request({.method = "GET", .path = std::move(path), .query = std::move(query)});
  request.headers.add("Host", host_header(endpoint_));
  SKY_CO_TRY(net::WebSocketOpening opened,
             co_await net::connect_websocket(loop_, connector(), std::move(request), deadline));
  if (opened.socket == nullptr) co_return api::error_from_reply(opened.refusal.status, opened.refusal.body);
  co_return std::move(opened.socket);
}

auto Transport::make_request(const Call& call) const -> net::HttpRequest {
  net::HttpRequest request{.method = call.method,
                           .target = net::make_target(endpoint_.path_prefix + call.path, call.query),
                           .body = call.body};
  const auto add = [&](std::string_view name, std::string_view value) {
    request.headers.add(std::string(name), std::string(value));
  };
  add(api::kHeaderApiVersion, std::to_string(kApiVersion));
  add(api::kHeaderVersion, kVersion);
  if (call.native) add(api::kHeaderClient, api::kClientNative);
  if (call.async) add(api::kHeaderAsync, "1");
  if (!call.request_id.empty()) add(api::kHeaderRequestId, call.request_id);
  if (!call.body.empty()) add("Content-Type", "application/json");
  add_credentials(endpoint_, request.headers);
  return request;
}

auto Transport::open_once(const Call& call, Deadline deadline)
    -> async::Task<Result<std::unique_ptr<net::ResponseReader>>> {
  net::HttpRequest request = make_request(call);
  Result<std::unique_ptr<net::ResponseReader>> opened = co_await http_.open(std::move(request), deadline);
  if (!opened.ok()) {
    // No such host or socket: as unreachable as one that refuses.
    if (opened.error().code == ErrorCode::kNotFound) opened.error().code = ErrorCode::kUnavailable;
    co_return std::move(opened).error();
  }
  std::unique_ptr<net::ResponseReader> reader = std::move(opened).value();
  const net::HttpResponse& head = reader->head();
  // The HTTP layer's own refusals (too many connections) carry no version.
  if (!head.headers.contains(api::kHeaderApiVersion) && !head.headers.contains(api::kHeaderRequestId) &&
      head.status != kTooBusy) {
    co_return make_error(
        ErrorCode::kConflict, fmt::format("{} is used by something that is not a SkyPilot API server", endpoint_.url),
        endpoint_.local ? fmt::format("Free the port, or choose another one with {}.", kLocalPortVariable)
                        : std::string());
  }
  if (head.status >= 200 && head.status < 300) co_return std::move(reader);
  SKY_CO_TRY(const std::string body, co_await net::read_body(reader.get(), kReplySizeMaxBytes));
  Error error = api::error_from_reply(head.status, body);
  if (error.code == ErrorCode::kUnavailable) error.details.emplace(kBusy, "1");
  co_return std::move(error);
}

auto Transport::check_listener() -> async::Task<Result<>> {
  const auto info = read_server_info(control_.options().state_dir);
  if (info.has_value() && info->port == endpoint_.address.port &&
      server_process_alive(info->pid, control_.options().program)) {
    co_return Result<>();
  }
  const Result<api::HealthInfo> running = co_await control_.ensure_running();
  if (!running.ok()) co_return running.error();
  co_return Result<>();
}

auto Transport::open(Call call, Deadline deadline) -> async::Task<Result<std::unique_ptr<net::ResponseReader>>> {
  if (endpoint_.local && call.may_start_server && !std::exchange(listener_checked_, true)) {
    SKY_CO_CHECK(co_await check_listener());
  }
  for (int attempt = 1;; ++attempt) {
    Result<std::unique_ptr<net::ResponseReader>> reader = co_await open_once(call, deadline);
    if (reader.ok() || reader.error().code != ErrorCode::kUnavailable) co_return std::move(reader);
    const bool busy = reader.error().details.contains(std::string(kBusy));
    if (!busy && !endpoint_.local) {
      co_return make_error(
          ErrorCode::kUnavailable,
          fmt::format("Could not connect to SkyPilot API server at {}: {}", endpoint_.url, reader.error().message),
          "Check that it is running, or connect to another one with: sky api login");
    }
    if (attempt == kAttemptCountMax || (!busy && !call.may_start_server)) co_return std::move(reader);
    if (!busy) {
      const Result<api::HealthInfo> started = co_await control_.ensure_running();
      if (!started.ok()) co_return started.error();
    }
    // The first repetition after a start needs no wait; a server that breaks each call does.
    if (busy || attempt > 1) {
      SKY_CO_CHECK(co_await async::sleep_for(backoff(limits_, attempt, async::uniform(loop_))));
    }
  }
}

auto Transport::fetch(Call call, Deadline deadline) -> async::Task<Result<std::string>> {
  for (int attempt = 1;; ++attempt) {
    SKY_CO_TRY(const std::unique_ptr<net::ResponseReader> reader, co_await open(call, deadline));
    Result<std::string> body = co_await async::with_deadline(deadline, "the reply of the API server",
                                                             net::read_body(reader.get(), kReplySizeMaxBytes));
    if (body.ok() || body.error().code != ErrorCode::kUnavailable || attempt == kAttemptCountMax) {
      co_return std::move(body);
    }
    SKY_CO_CHECK(co_await async::sleep_for(backoff(limits_, attempt, async::uniform(loop_))));
  }
}

auto Transport::recover(int attempt, MonoTime away_since) -> async::Task<Result<>> {
  const Duration away = loop_.now() - away_since;
  if (away > limits_.away_max) {
    co_return make_error(ErrorCode::kUnavailable, fmt::format("the API server at {} went away", endpoint_.url));
  }
  if (endpoint_.local) {
    const auto info = read_server_info(control_.options().state_dir);
    if (!info.has_value() && away > limits_.stopped_max) {
      co_return make_error(ErrorCode::kUnavailable, "the API server was stopped", "Start it again: sky api start");
    }
    if (info.has_value() && !server_process_alive(info->pid, control_.options().program)) {
      const Result<api::HealthInfo> started = co_await control_.ensure_running();
      if (!started.ok()) co_return started.error();
    }
  }
  co_return co_await async::sleep_for(backoff(limits_, attempt, async::uniform(loop_)));
}

}  // namespace sky::client
