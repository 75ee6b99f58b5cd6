// The routes that are answered from memory or from a file, without a request of their own.
#include <algorithm>

#include "api/bodies.h"
#include "api/control.h"
#include "api/query.h"
#include "api/requests.h"
#include "api/results.h"
#include "base/strings.h"
#include "base/version.h"
#include "logs/file_follower.h"
#include "server/handlers/job_lookup.h"
#include "server/job_stream.h"
#include "server/native_reply.h"
#include "server/replies.h"
#include "server/router.h"

namespace sky::server {
namespace {

constexpr size_t kChunkBytes = size_t{256} << 10U;
constexpr size_t kListMax = 10'000;
constexpr Duration kLookupLimit = std::chrono::seconds(20);
constexpr Duration kCatchUpLimit = std::chrono::seconds(30);

auto query_int(const net::HttpRequest& request, std::string_view name) -> std::optional<std::int64_t> {
  const auto text = request.query_value(name);
  return text ? parse_int(*text) : std::nullopt;
}

auto query_flag(const net::HttpRequest& request, std::string_view name, bool fallback) -> bool {
  return api::query_bool(request.query, name, fallback);
}

// Sends a follower to its end, through a filter of control lines where the client wants plain text.
auto pump(net::Exchange& exchange, logs::Follower* follower, bool strip_controls) -> async::Task<Result<>> {
  api::ControlStripper stripper;
  for (;;) {
    SKY_CO_TRY(std::optional<std::string> chunk, co_await follower->read(kChunkBytes));
    if (!chunk) break;
    std::string bytes = strip_controls ? stripper.feed(*chunk) : *std::move(chunk);
    SKY_CO_CHECK(co_await exchange.write_chunk(std::move(bytes)));
  }
  SKY_CO_CHECK(co_await exchange.write_chunk(stripper.finish()));
  co_return co_await exchange.finish();
}

auto start_text(net::Exchange& exchange, std::string request_id) -> async::Task<Result<>> {
  net::Headers headers = reply_headers("text/plain; charset=utf-8", request_id);
  headers.add("X-Accel-Buffering", "no");
  if (!request_id.empty()) headers.add(std::string(api::kHeaderStreamRequestId), request_id);
  exchange.cancel_on_disconnect();
  co_return co_await exchange.start_stream(200, std::move(headers));
}

// A cursor on a finished file, from its last `tail` lines on.
auto open_file(std::string base, std::int64_t tail) -> Result<std::unique_ptr<logs::FileFollower>> {
  std::uint64_t start = 0;
  if (tail > 0) {
    logs::StreamReader reader(base);
    SKY_CHECK(reader.refresh());
    SKY_TRY(start, reader.offset_of_last_lines(static_cast<std::uint64_t>(tail)));
  }
  auto follower = std::make_unique<logs::FileFollower>(std::move(base), start);
  follower->set_end({});
  return follower;
}

auto versions_of(api::Dialect dialect) -> api::HealthInfo {
  api::HealthInfo info;
  info.api_version = fmt::format("{}", kApiVersion);
  info.version = dialect.native() ? kVersion : api::kStockVersion;
  info.version_on_disk = info.version;
  info.commit = build_commit();
  return info;
}

}  // namespace

auto Router::health(Call call) -> async::Task<Result<>> {
  api::HealthInfo info = versions_of(call.dialect);
  info.user = call.user;
  info.service_account_token_enabled = call.user.has_value();
  info.pid = app_.pid;
  info.server_id = app_.state.server_id().str();
  info.start_time = app_.start_time;
  co_return co_await respond_json(call.exchange, 200, api::encode(info, call.dialect));
}

// Whoever is turned away for want of a token may still ask for the health: clients learn from it that they must log in,
// and probes, which tell no version, that the server lives.
auto Router::needs_auth(net::Exchange& exchange, Error error) -> async::Task<Result<>> {
  const net::HttpRequest& request = exchange.request();
  const api::Route* route = api::find_route(request.method, request.path);
  const bool asks_health = route != nullptr && route->path == "/api/health";
  if (error.code != ErrorCode::kUnauthenticated || !asks_health) co_return error;
  const auto version = request.headers.find(api::kHeaderApiVersion);
  SKY_CO_TRY(const api::Dialect dialect, api::dialect_of(request.headers.find(api::kHeaderClient), version));
  api::HealthInfo info = versions_of(dialect);
  if (version) info.status = "needs_auth";
  info.service_account_token_enabled = true;
  co_return co_await respond_json(exchange, 200, api::encode(info, dialect));
}

auto Router::get_request(Call call) -> async::Task<Result<>> {
  const std::string prefix(call.exchange.request().query_value("request_id").value_or(""));
  SKY_CO_TRY(const RequestId id, app_.requests.resolve(prefix));
  call.exchange.cancel_on_disconnect();
  SKY_CO_TRY(const requests::RequestRecord record, co_await app_.requests.wait(id));
  JsonObject payload = api::encode(payload_of(record), call.dialect);
  if (record.error && !call.dialect.native()) {
    co_return co_await respond_json(call.exchange, 500, JsonObject{{"detail", std::move(payload)}}, id.str());
  }
  co_return co_await respond_json(call.exchange, 200, std::move(payload), id.str());
}

auto Router::list_requests(Call call) -> async::Task<Result<>> {
  SKY_CO_TRY(const api::ApiStatusQuery asked, api::parse_api_status_query(call.exchange.request().query));
  const auto limit = static_cast<size_t>(std::max<std::int64_t>(0, asked.limit.value_or(kListMax)));
  JsonArray rows;
  for (const auto& record : app_.requests.list(!asked.all_status && asked.request_ids.empty())) {
    if (rows.size() >= limit) break;
    if (asked.cluster_name && record->cluster_name != *asked.cluster_name) continue;
    const auto has_prefix = [&](const std::string& prefix) { return record->id.str().starts_with(prefix); };
    if (!asked.request_ids.empty() && std::ranges::none_of(asked.request_ids, has_prefix)) continue;
    requests::RequestRecord shown = *record;
    // Bodies may hold the values of secrets: lists never show them.
    shown.body = "{}";
    rows.emplace_back(api::encode_row(payload_of(shown)));
  }
  co_return co_await respond_json(call.exchange, 200, std::move(rows));
}

auto Router::stream_request(Call call) -> async::Task<Result<>> {
  const net::HttpRequest& request = call.exchange.request();
  if (request.query_value("log_path")) {
    co_return make_error(ErrorCode::kNotSupported,
                         "--log-path is not available in this version of sky: logs are found by their request",
                         "`sky api logs REQUEST_ID` shows one; `sky api status -a` lists requests.");
  }
  const auto prefix = request.query_value("request_id");
  RequestId id;
  if (prefix) {
    SKY_CO_TRY(id, app_.requests.resolve(*prefix));
  } else {
    const auto all = app_.requests.list(false);
    if (all.empty()) co_return make_error(ErrorCode::kRequestNotFound, "No request found.");
    id = all.front()->id;
  }
  const bool follow = query_flag(request, "follow", true);
  const auto tail = query_int(request, "tail").value_or(0);
  const bool plain = request.query_value("format") == "plain" || call.dialect.native();
  SKY_CO_CHECK(co_await start_text(call.exchange, id.str()));
  std::unique_ptr<logs::Follower> follower;
  if (follow && tail <= 0) {
    follower = app_.requests.follow_output(id, 0);
  } else {
    SKY_CO_TRY(follower, open_file(app_.state.file("requests/" + id.str()), tail));
    if (follow) follower = app_.requests.follow_output(id, follower->offset());
  }
  co_return co_await pump(call.exchange, follower.get(), plain);
}

auto Router::stream_output(net::Exchange& exchange, RequestId id) -> async::Task<Result<>> {
  SKY_CO_CHECK(co_await start_text(exchange, id.str()));
  const std::unique_ptr<logs::Follower> follower = app_.requests.follow_output(id, 0);
  co_return co_await pump(exchange, follower.get(), false);
}

auto Router::follow(Call call) -> async::Task<Result<>> {
  SKY_CO_TRY(api::FollowQuery from, api::parse_follow_query(call.exchange.request().query));
  SKY_CO_TRY(const RequestId id, app_.requests.resolve(from.request_id));
  from.request_id = id.str();
  co_return co_await stream_native(app_, call.exchange, std::move(from));
}

// The stock client reads the job's log out of the reply itself, then asks /api/get for the exit code.
auto Router::stream_job_stock(Call call, RequestId id) -> async::Task<Result<>> {
  SKY_CO_TRY(const Json json, parse_json(call.body));
  SKY_CO_TRY(const api::LogsBody body, api::decode_body<api::LogsBody>(json));
  const std::optional<JobId> asked = body.job_id ? std::optional(JobId(*body.job_id)) : std::nullopt;
  const ClusterName cluster(body.cluster_name);
  const Result<FoundJob> found = co_await find_job(app_, cluster, asked, app_.deadline(kLookupLimit));
  SKY_CO_CHECK(co_await start_text(call.exchange, id.str()));
  if (!found.ok() || !found->job) {
    std::string text = found.ok() ? fmt::format("Job {} not found (see `sky queue {}` for jobs).\n",
                                                asked ? fmt::format("{}", *asked) : "", cluster)
                                  : found.error().message + "\n";
    SKY_CO_CHECK(co_await call.exchange.write_chunk(std::move(text)));
    co_return co_await call.exchange.finish();
  }
  JobStreamRequest stream{
      .cluster_hash = found->cluster_hash, .job = *found->job, .follow = body.follow, .tail_lines = body.tail};
  SKY_CO_TRY(const std::unique_ptr<logs::Follower> follower,
             co_await open_job_stream(app_.logs, std::move(stream), app_.deadline(kCatchUpLimit)));
  for (;;) {
    SKY_CO_TRY(std::optional<std::string> chunk, co_await follower->read(kChunkBytes));
    if (!chunk) break;
    SKY_CO_CHECK(co_await call.exchange.write_chunk(*std::move(chunk)));
  }
  if (body.follow) {
    SKY_CO_TRY(const JobStatus status, co_await followed_job(app_, found->cluster_hash, *found->job, follower->end()));
    SKY_CO_CHECK(co_await call.exchange.write_chunk(fmt::format("✓ Job finished (status: {}).\n", to_string(status))));
  }
  co_return co_await call.exchange.finish();
}

auto Router::provision_logs(Call call) -> async::Task<Result<>> {
  SKY_CO_TRY(const Json json, parse_json(call.body));
  SKY_CO_TRY(const auto body, api::decode_body<api::ProvisionLogsBody>(json));
  if (body.worker) {
    co_return make_error(ErrorCode::kNotSupported,
                         "--worker is not available in this version of sky: one provision log tells of all nodes");
  }
  const auto record = app_.clusters.find(ClusterName(body.cluster_name));
  if (record == nullptr) co_return cluster::cluster_not_found(ClusterName(body.cluster_name));
  SKY_CO_TRY(const std::unique_ptr<logs::FileFollower> follower,
             open_file(app_.state.file(fmt::format("clusters/{}/provision", record->hash)),
                       query_int(call.exchange.request(), "tail").value_or(0)));
  SKY_CO_CHECK(co_await start_text(call.exchange, {}));
  const bool follow = query_flag(call.exchange.request(), "follow", true);
  co_return co_await pump_provision(call.exchange, follow ? record->hash : "", follower.get());
}

// While the cluster is on its way up, more may come.
auto Router::pump_provision(net::Exchange& exchange, std::string followed_hash, logs::FileFollower* follower)
    -> async::Task<Result<>> {
  for (;;) {
    // Whether it still was is asked before the last look, so that nothing is missed.
    const bool more_may_come = app_.clusters.is_coming_up(followed_hash);
    SKY_CO_TRY(std::optional<std::string> chunk, co_await follower->read(kChunkBytes));
    if (chunk) {
      SKY_CO_CHECK(co_await exchange.write_chunk(*std::move(chunk)));
    } else if (more_may_come) {
      SKY_CO_CHECK(co_await async::sleep_for(logs::FileFollower::kPollEvery));
    } else {
      co_return co_await exchange.finish();
    }
  }
}

auto Router::validate(Call call) -> async::Task<Result<>> {
  Result<Json> valid = co_await app_.requests.answer({.name = "sky.validate", .body = call.body});
  if (!valid.ok()) co_return co_await respond_error(call.exchange, call.dialect, std::move(valid).error(), true);
  co_return co_await respond_json(call.exchange, 200, nullptr);
}

auto Router::complete(Call call) -> async::Task<Result<>> {
  const std::string prefix(call.exchange.request().query_value("incomplete").value_or(""));
  JsonArray names;
  if (call.route.path.ends_with("cluster_name")) {
    for (const auto& [name, record] : app_.tables.clusters) {
      if (name.starts_with(prefix)) names.emplace_back(name);
    }
  } else if (call.route.path.ends_with("api_request")) {
    for (const auto& record : app_.requests.list(false)) {
      if (record->id.str().starts_with(prefix)) names.emplace_back(record->id.str());
    }
  }
  co_return co_await respond_json(call.exchange, 200, std::move(names));
}

}  // namespace sky::server
