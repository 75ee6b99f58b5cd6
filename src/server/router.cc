#include "server/router.h"

#include "api/bodies.h"
#include "base/log.h"
#include "server/gate.h"
#include "server/native_reply.h"
#include "server/replies.h"

namespace sky::server {
namespace {

auto not_served(const net::HttpRequest& request) -> Error {
  Error error = make_error(ErrorCode::kNotFound,
                           fmt::format("{} {} is not served by this API server", request.method, request.path));
  if (api::path_exists(request.path)) error.details["http_status"] = "405";
  return error;
}

// What a body says about who asks and which cluster is meant.
auto new_request_of(std::string_view name, std::string body, std::string_view path) -> Result<requests::NewRequest> {
  requests::NewRequest request{.name = std::string(name)};
  SKY_TRY(Json json, parse_json(body.empty() ? std::string_view("{}") : std::string_view(body)));
  SKY_TRY(auto common, api::decode_body<api::PlainBody>(json));
  request.user_id = common.user_id();
  request.user_name = common.user_name();
  request.command = common.entrypoint_command;
  if (const auto cluster = find_string(json.get_object(), "cluster_name"); cluster.ok()) {
    request.cluster_name = cluster->value_or("");
  }
  api::strip_credentials(common);
  JsonObject variables;
  for (const auto& [key, value] : common.env_vars) variables[key] = value;
  json.get_object()["env_vars"] = std::move(variables);
  if (const std::string_view pool = api::pool_in_path(path); !pool.empty()) json.get_object()["infra"] = pool;
  request.body = to_json_text(json);
  return request;
}

}  // namespace

auto Router::handle(net::Exchange& exchange) -> async::Task<> {
  Result<> outcome = co_await route(exchange);
  if (outcome.ok()) co_return;
  if (exchange.answered()) {
    log_debug("server", "{} ended early: {}", exchange.request().path, to_string(outcome.error()));
    co_return;
  }
  const auto client = exchange.request().headers.find(api::kHeaderClient);
  const api::Dialect dialect = client == api::kClientNative ? api::kNativeDialect : api::Dialect{};
  const Result<> sent = co_await respond_error(exchange, dialect, std::move(outcome).error());
  if (!sent.ok()) log_debug("server", "{}", to_string(sent.error()));
}

auto Router::route(net::Exchange& exchange) -> async::Task<Result<>> {
  const net::HttpRequest& request = exchange.request();
  SKY_CO_CHECK(check_gate({.host = request.headers.find("Host"),
                           .origin = request.headers.find("Origin"),
                           .fetch_site = request.headers.find("Sec-Fetch-Site")},
                          app_.port));
  SKY_CO_TRY(const api::Dialect dialect,
             api::dialect_of(request.headers.find(api::kHeaderClient), request.headers.find(api::kHeaderApiVersion)));
  const api::Route* found = api::find_route(request.method, request.path);
  if (found == nullptr) co_return not_served(request);
  SKY_CO_TRY(std::string body, co_await exchange.read_body(kBodyMaxBytes));
  co_return co_await dispatch({.exchange = exchange, .route = *found, .dialect = dialect, .body = std::move(body)});
}

auto Router::dispatch(Call call) -> async::Task<Result<>> {
  if (call.route.schedule == api::Schedule::kDirect) return direct(std::move(call));
  return scheduled(std::move(call));
}

auto Router::direct(Call call) -> async::Task<Result<>> {
  const std::string_view path = call.route.path;
  if (path == "/api/health") return health(std::move(call));
  if (path == "/api/get") return get_request(std::move(call));
  if (path == "/api/stream") return stream_request(std::move(call));
  if (path == "/api/status") return list_requests(std::move(call));
  if (path == "/validate") return validate(std::move(call));
  if (path == "/provision_logs") return provision_logs(std::move(call));
  if (path == api::kFollowPath) return follow(std::move(call));
  return complete(std::move(call));
}

auto Router::accept(Call& call) -> async::Task<Result<RequestId>> {
  SKY_CO_TRY(requests::NewRequest request, new_request_of(call.route.name, call.body, call.exchange.request().path));
  // A client that repeats a call after a lost reply names its request itself.
  if (const auto chosen = call.exchange.request().headers.find(api::kHeaderRequestId);
      chosen && call.dialect.native()) {
    request.id = RequestId(std::string(*chosen));
  }
  const bool ends_things = request.name == "sky.down" || request.name == "sky.stop" || request.name == "sky.cancel";
  const auto urgency = ends_things ? journal::Urgency::kUrgent : journal::Urgency::kNormal;
  co_return co_await app_.requests.accept(std::move(request), urgency);
}

auto Router::scheduled(Call call) -> async::Task<Result<>> {
  const bool native = call.dialect.native();
  const bool async_reply = call.exchange.request().headers.find(api::kHeaderAsync) == "1";
  if (native && !async_reply && call.route.reply == api::ReplyKind::kQuestion) {
    SKY_CO_TRY(requests::NewRequest question, new_request_of(call.route.name, call.body, call.exchange.request().path));
    SKY_CO_TRY(Json value, co_await app_.requests.answer(std::move(question)));
    co_return co_await respond_json(call.exchange, 200, std::move(value));
  }
  SKY_CO_TRY(const RequestId id, co_await accept(call));
  if (native && async_reply) {
    co_return co_await respond_json(call.exchange, 200, JsonObject{{"request_id", id.str()}}, id.str());
  }
  if (native) co_return co_await stream_native(app_, call.exchange, {.request_id = id.str()});
  if (call.route.name == "sky.logs") co_return co_await stream_job_stock(std::move(call), id);
  if (call.route.reply == api::ReplyKind::kStream) co_return co_await stream_output(call.exchange, id);
  co_return co_await respond_json(call.exchange, 200, nullptr, id.str());
}

}  // namespace sky::server
