#include "server/router.h"

#include "api/bodies.h"
#include "base/log.h"
#include "server/native_reply.h"
#include "server/replies.h"

namespace sky::server {
namespace {

// Its body is read where it goes: it may be larger than others.
constexpr std::string_view kUploadPath = "/upload_v2";

auto not_served(const net::HttpRequest& request) -> Error {
  Error error = make_error(ErrorCode::kNotFound,
                           fmt::format("{} {} is not served by this API server", request.method, request.path));
  if (api::path_exists(request.path)) error.details["http_status"] = "405";
  return error;
}

// A task whose files were uploaded names them as they are on this machine from here on. So does each task of somebody
// who came in over the network, whose paths mean nothing here.
auto localize_files(const Uploads& uploads, JsonObject& body, const std::string& user_id, bool from_network)
    -> Result<> {
  const auto upload_id = find_string(body, "file_mounts_blob_id");
  Json* task = body.if_contains("task");
  const bool uploaded = upload_id.ok() && *upload_id;
  if (task == nullptr || !task->is_string() || (!uploaded && !from_network)) return {};
  SKY_TRY(std::string text, uploads.localize(std::string(task->get_string()), user_id, uploaded ? **upload_id : ""));
  *task = std::move(text);
  return {};
}

// What a body says about which cluster is meant, and about who asks unless that is known.
auto new_request_of(const Uploads& uploads, std::string_view name, std::string body, std::string_view path,
                    const std::optional<api::User>& user) -> Result<requests::NewRequest> {
  requests::NewRequest request{.name = std::string(name)};
  SKY_TRY(Json json, parse_json(body.empty() ? std::string_view("{}") : std::string_view(body)));
  SKY_TRY(auto common, api::decode_body<api::PlainBody>(json));
  request.user_id = user ? user->id : common.user_id();
  request.user_name = user ? user->name : common.user_name();
  request.command = common.entrypoint_command;
  if (const auto cluster = find_string(json.get_object(), "cluster_name"); cluster.ok()) {
    request.cluster_name = cluster->value_or("");
  }
  api::strip_credentials(common);
  SKY_CHECK(localize_files(uploads, json.get_object(), request.user_id, user.has_value()));
  JsonObject variables;
  for (const auto& [key, value] : common.env_vars) variables[key] = value;
  json.get_object()["env_vars"] = std::move(variables);
  if (const std::string_view pool = api::pool_in_path(path); !pool.empty()) json.get_object()["infra"] = pool;
  request.body = to_json_text(json);
  return request;
}

}  // namespace

auto Router::handle(net::Exchange& exchange, Door door) -> async::Task<> {
  Result<> outcome = co_await route(exchange, door);
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

auto Router::route(net::Exchange& exchange, Door door) -> async::Task<Result<>> {
  const net::HttpRequest& request = exchange.request();
  Result<std::optional<api::User>> user = gate_.admit(request, exchange.peer(), door, app_.port);
  if (!user.ok()) co_return co_await needs_auth(exchange, std::move(user).error());
  SKY_CO_TRY(const api::Dialect dialect,
             api::dialect_of(request.headers.find(api::kHeaderClient), request.headers.find(api::kHeaderApiVersion)));
  const api::Route* found = api::find_route(request.method, request.path);
  if (found == nullptr) co_return not_served(request);
  std::string body;
  if (found->path != kUploadPath) {
    SKY_CO_TRY(body, co_await exchange.read_body(kBodyMaxBytes));
  }
  co_return co_await dispatch(
      {.exchange = exchange, .route = *found, .dialect = dialect, .body = std::move(body), .user = *std::move(user)});
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
  if (path == "/upload_v2/blob") return has_blob(std::move(call));
  if (path == kUploadPath) return upload_chunk(std::move(call));
  if (path == api::kSshPath) return ssh(std::move(call));
  if (path == api::kFilesPath) return receive_files(std::move(call));
  return complete(std::move(call));
}

auto Router::accept(Call& call) -> async::Task<Result<RequestId>> {
  SKY_CO_TRY(requests::NewRequest request,
             new_request_of(app_.uploads, call.route.name, call.body, call.exchange.request().path, call.user));
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
    SKY_CO_TRY(requests::NewRequest question,
               new_request_of(app_.uploads, call.route.name, call.body, call.exchange.request().path, call.user));
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
