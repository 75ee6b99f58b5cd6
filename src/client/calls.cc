#include "client/calls.h"

#include <fmt/format.h>

#include "api/control.h"
#include "api/routes.h"
#include "async/random.h"
#include "client/stream_pump.h"

namespace sky::client {
namespace {

// Until the head of a reply: a native client of a short request gets it when the request has finished.
constexpr Duration kReplyTimeout = std::chrono::minutes(30);
constexpr Duration kCompletionTimeout = std::chrono::seconds(2);

auto parse_value(std::string_view text) -> Result<Json> {
  // `null` may come as an empty body.
  if (text.empty()) return Json(nullptr);
  Result<Json> json = parse_json(text);
  if (json.ok()) return json;
  json.error().code = ErrorCode::kDataCorrupt;
  return std::move(json).error().with_context("reply of the API server");
}

auto strings_of(const Json& json) -> Result<std::vector<std::string>> {
  std::vector<std::string> strings;
  if (json.is_null()) return strings;
  SKY_TRY(const JsonArray* array, as_array(json));
  for (size_t i = 0; i < array->size(); ++i) {
    SKY_TRY(std::string text, as_string((*array)[i], json_path("", i)));
    strings.push_back(std::move(text));
  }
  return strings;
}

template <class Body>
auto text_of(const Body& body) -> std::string {
  return to_json_text(api::encode_body(body));
}

}  // namespace

// ---- Streams
// ----------------------------------------------------------------------------------------------------------

auto Calls::launch(api::LaunchBody body, StreamObserver* observer) -> async::Task<Result<End>> {
  return stream("/launch", text_of(body), observer);
}
auto Calls::exec(api::ExecBody body, StreamObserver* observer) -> async::Task<Result<End>> {
  return stream("/exec", text_of(body), observer);
}
auto Calls::start(api::StartBody body, StreamObserver* observer) -> async::Task<Result<End>> {
  return stream("/start", text_of(body), observer);
}
auto Calls::logs(api::LogsBody body, StreamObserver* observer) -> async::Task<Result<End>> {
  return stream("/logs", text_of(body), observer);
}
auto Calls::hook_logs(api::HookLogsBody body, StreamObserver* observer) -> async::Task<Result<End>> {
  return stream("/hook_logs", text_of(body), observer);
}
auto Calls::optimize(api::OptimizeBody body, StreamObserver* observer) -> async::Task<Result<End>> {
  return stream("/optimize", text_of(body), observer);
}
auto Calls::check(api::CheckBody body, StreamObserver* observer) -> async::Task<Result<End>> {
  return stream("/check", text_of(body), observer);
}
auto Calls::ssh_pools_up(api::SshPoolsBody body, StreamObserver* observer) -> async::Task<Result<End>> {
  return stream("/ssh_node_pools/deploy", text_of(body), observer);
}
auto Calls::ssh_pools_down(api::SshPoolsBody body, StreamObserver* observer) -> async::Task<Result<End>> {
  return stream("/ssh_node_pools/down", text_of(body), observer);
}
auto Calls::stop(api::StopOrDownBody body, StreamObserver* observer) -> async::Task<Result<End>> {
  return stream("/stop", text_of(body), observer);
}
auto Calls::down(api::StopOrDownBody body, StreamObserver* observer) -> async::Task<Result<End>> {
  return stream("/down", text_of(body), observer);
}
auto Calls::autostop(api::AutostopBody body, StreamObserver* observer) -> async::Task<Result<End>> {
  return stream("/autostop", text_of(body), observer);
}
auto Calls::cancel(api::CancelBody body, StreamObserver* observer) -> async::Task<Result<End>> {
  return stream("/cancel", text_of(body), observer);
}

auto Calls::stream(std::string path, std::string body, StreamObserver* observer) -> async::Task<Result<End>> {
  StreamPump pump(transport_, observer);
  Transport::Call call{
      .path = std::move(path), .body = std::move(body), .request_id = async::random_uuid(transport_.loop())};
  co_return co_await pump.run(std::move(call), kReplyTimeout);
}

auto Calls::follow(std::string request_id, StreamObserver* observer) -> async::Task<Result<End>> {
  StreamPump pump(transport_, observer);
  Transport::Call call{.method = "GET",
                       .path = std::string(api::kFollowPath),
                       .query = api::to_query(api::FollowQuery{.request_id = std::move(request_id)})};
  co_return co_await pump.run(std::move(call), kReplyTimeout);
}

auto Calls::text(Transport::Call call, StreamObserver* observer) -> async::Task<Result<>> {
  const Deadline deadline = Deadline::after(transport_.loop().now(), kReplyTimeout);
  SKY_CO_TRY(const std::unique_ptr<net::ResponseReader> reader, co_await transport_.open(std::move(call), deadline));
  api::ControlStripper stripper;
  for (;;) {
    SKY_CO_TRY(const std::string bytes, co_await reader->read_some());
    const std::string shown = bytes.empty() ? stripper.finish() : stripper.feed(bytes);
    if (!shown.empty()) observer->on_output(shown);
    if (bytes.empty()) co_return Result<>();
  }
}

auto Calls::provision_logs(api::ProvisionLogsBody body, bool follow, std::int64_t tail, StreamObserver* observer)
    -> async::Task<Result<>> {
  return text({.path = "/provision_logs",
               .query = {{"follow", follow ? "true" : "false"}, {"tail", std::to_string(tail)}},
               .body = text_of(body)},
              observer);
}

auto Calls::api_logs(ApiLogs which, StreamObserver* observer) -> async::Task<Result<>> {
  api::Query query{{"format", "plain"}, {"follow", which.follow ? "true" : "false"}};
  if (which.request_id.has_value()) query.emplace_back("request_id", *which.request_id);
  if (which.log_path.has_value()) query.emplace_back("log_path", *which.log_path);
  if (which.tail.has_value()) query.emplace_back("tail", std::to_string(*which.tail));
  return text({.method = "GET", .path = "/api/stream", .query = std::move(query)}, observer);
}

// ---- Values
// -----------------------------------------------------------------------------------------------------------

auto Calls::submit_json(std::string path, std::string body) -> async::Task<Result<std::string>> {
  Transport::Call call{.path = std::move(path),
                       .body = std::move(body),
                       .request_id = async::random_uuid(transport_.loop()),
                       .async = true};
  const Deadline deadline = Deadline::after(transport_.loop().now(), kReplyTimeout);
  SKY_CO_TRY(const std::string text, co_await transport_.fetch(std::move(call), deadline));
  co_return api::decode_request_record(text);
}

auto Calls::post_value(std::string path, std::string body) -> async::Task<Result<Json>> {
  Transport::Call call{
      .path = std::move(path), .body = std::move(body), .request_id = async::random_uuid(transport_.loop())};
  const Deadline deadline = Deadline::after(transport_.loop().now(), kReplyTimeout);
  SKY_CO_TRY(const std::string text, co_await transport_.fetch(std::move(call), deadline));
  co_return parse_value(text);
}

auto Calls::get_value(std::string path, api::Query query) -> async::Task<Result<Json>> {
  Transport::Call call{.method = "GET", .path = std::move(path), .query = std::move(query)};
  const Deadline deadline = Deadline::after(transport_.loop().now(), kReplyTimeout);
  SKY_CO_TRY(const std::string text, co_await transport_.fetch(std::move(call), deadline));
  co_return parse_value(text);
}

auto Calls::health() -> async::Task<Result<api::HealthInfo>> {
  const Deadline deadline = Deadline::after(transport_.loop().now(), std::chrono::seconds(10));
  return transport_.control().health(deadline);
}

auto Calls::status(api::StatusBody body) -> async::Task<Result<std::vector<api::ClusterRecord>>> {
  SKY_CO_TRY(const Json json, co_await post_value("/status", text_of(body)));
  co_return api::decode_list<api::ClusterRecord>(json, api::decode_cluster_record);
}

auto Calls::queue(api::QueueBody body) -> async::Task<Result<std::vector<api::JobRecord>>> {
  SKY_CO_TRY(const Json json, co_await post_value("/queue", text_of(body)));
  co_return api::decode_list<api::JobRecord>(json, api::decode_job_record);
}

auto Calls::job_status(api::JobStatusBody body) -> async::Task<Result<api::JobStatusMap>> {
  SKY_CO_TRY(const Json json, co_await post_value("/job_status", text_of(body)));
  co_return api::decode_job_status_map(json);
}

auto Calls::cost_report(api::CostReportBody body) -> async::Task<Result<std::vector<api::CostRow>>> {
  SKY_CO_TRY(const Json json, co_await post_value("/cost_report", text_of(body)));
  co_return api::decode_list<api::CostRow>(json, api::decode_cost_row);
}

auto Calls::endpoints(api::EndpointsBody body) -> async::Task<Result<api::EndpointMap>> {
  SKY_CO_TRY(const Json json, co_await post_value("/endpoints", text_of(body)));
  co_return api::decode_endpoint_map(json);
}

auto Calls::download_logs(api::DownloadLogsBody body) -> async::Task<Result<std::map<std::string, std::string>>> {
  SKY_CO_TRY(const Json json, co_await post_value("/download_logs", text_of(body)));
  SKY_CO_TRY(const JsonObject* object, as_object(json));
  std::map<std::string, std::string> folders;
  for (const auto& member : *object) {
    SKY_CO_TRY(folders[std::string(member.key())], as_string(member.value(), json_path("", member.key())));
  }
  co_return std::move(folders);
}

auto Calls::enabled_clouds() -> async::Task<Result<std::vector<std::string>>> {
  SKY_CO_TRY(const Json json, co_await get_value("/enabled_clouds", {{"expand", "true"}}));
  co_return strings_of(json);
}

auto Calls::storage_ls() -> async::Task<Result<Json>> {
  return get_value("/storage/ls", {});
}

auto Calls::storage_delete(api::StorageBody body) -> async::Task<Result<>> {
  SKY_CO_CHECK(co_await post_value("/storage/delete", text_of(body)));
  co_return Result<>();
}

auto Calls::volumes(bool refresh) -> async::Task<Result<Json>> {
  return get_value("/volumes", {{"refresh", refresh ? "true" : "false"}});
}

auto Calls::volumes_delete(api::VolumeDeleteBody body) -> async::Task<Result<>> {
  SKY_CO_CHECK(co_await post_value("/volumes/delete", text_of(body)));
  co_return Result<>();
}

auto Calls::validate(api::ValidateBody body) -> async::Task<Result<>> {
  SKY_CO_CHECK(co_await post_value("/validate", text_of(body)));
  co_return Result<>();
}

// ---- Requests
// ---------------------------------------------------------------------------------------------------------

auto Calls::api_status(api::ApiStatusQuery query) -> async::Task<Result<std::vector<api::RequestPayload>>> {
  SKY_CO_TRY(const Json json, co_await get_value("/api/status", api::to_query(query)));
  co_return api::decode_list<api::RequestPayload>(json, api::decode_request_payload);
}

auto Calls::api_cancel(api::ApiCancelBody body) -> async::Task<Result<std::vector<std::string>>> {
  SKY_CO_TRY(const Json json, co_await post_value("/api/cancel", text_of(body)));
  co_return strings_of(json);
}

auto Calls::api_get(std::string request_id) -> async::Task<Result<api::RequestPayload>> {
  SKY_CO_TRY(const Json json, co_await get_value("/api/get", {{"request_id", request_id}}));
  co_return api::decode_request_payload(json);
}

auto Calls::completions(std::string kind, std::string incomplete) -> async::Task<Result<std::vector<std::string>>> {
  Transport::Call call{.method = "GET",
                       .path = "/api/completion/" + kind,
                       .query = {{"incomplete", incomplete}},
                       .may_start_server = false};
  const Deadline deadline = Deadline::after(transport_.loop().now(), kCompletionTimeout);
  SKY_CO_TRY(const std::string text, co_await transport_.fetch(std::move(call), deadline));
  SKY_CO_TRY(const Json json, parse_value(text));
  co_return strings_of(json);
}

}  // namespace sky::client
