#include "server/admin_policy.h"

#include "format/yaml.h"
#include "net/http_client.h"
#include "server/task_plan.h"
#include "task/emit.h"

namespace sky::server {
namespace {

constexpr Duration kPolicyLimit = std::chrono::seconds(30);
constexpr int kRefused = 400;
constexpr size_t kReplyMaxBytes = 64U << 20U;

auto undecodable(const std::string& url, std::string_view why) -> Error {
  return make_error(ErrorCode::kUnavailable,
                    fmt::format("Failed to decode response from admin policy URL {}: {}", url, why));
}

}  // namespace

auto encode_policy_request(const PolicyRequest& request) -> std::string {
  JsonObject options = {
      {"cluster_name", request.cluster_name.empty() ? Json(nullptr) : Json(request.cluster_name)},
      {"idle_minutes_to_autostop", request.idle_minutes ? Json(*request.idle_minutes) : Json(nullptr)},
      {"down", request.down},
      {"dryrun", request.dryrun}};
  const JsonObject user = {{"id", request.user_id}, {"name", request.user_name}};
  const JsonObject body = {{"task", request.task_yaml},
                           {"skypilot_config", to_yaml_text(request.config)},
                           {"request_name", request.request_name},
                           {"request_options", std::move(options)},
                           {"at_client_side", false},
                           {"user", to_yaml_text(user)},
                           {"client_api_version", nullptr},
                           {"client_version", nullptr}};
  return to_json_text(Json(to_json_text(body)));
}

auto decode_policy_reply(const net::HttpResponse& response, const std::string& url) -> Result<std::string> {
  if (response.status == kRefused) {
    return make_error(ErrorCode::kPermissionDenied,
                      fmt::format("User request is rejected by admin policy {}: {}", url, response.body));
  }
  if (response.status < 200 || response.status >= 300) {
    return make_error(
        ErrorCode::kUnavailable,
        fmt::format("Failed to call admin policy URL {}: it answered with status {}", url, response.status));
  }
  auto reply = parse_json(response.body);
  if (reply.ok() && reply->is_string()) reply = parse_json(std::string(reply->get_string()));
  if (!reply.ok()) return undecodable(url, reply.error().message);
  const auto object = as_object(*reply);
  if (!object.ok()) return undecodable(url, object.error().message);
  auto task = get_string(**object, "task");
  if (!task.ok()) return undecodable(url, task.error().message);
  return task;
}

auto apply_policy(async::IoLoop& loop, std::string url, PolicyRequest request) -> async::Task<Result<std::string>> {
  SKY_CO_TRY(const net::Url target, net::parse_url(url));
  if (target.scheme != "http") {
    co_return make_error(ErrorCode::kNotSupported,
                         fmt::format("admin policy URL {}: https is not available in this version of sky", url),
                         "Use an http:// address, for example of a proxy on this machine.");
  }
  net::HttpClient client(loop, net::Endpoint::tcp(target.host, target.port), {.body_max_bytes = kReplyMaxBytes});
  net::HttpRequest post{.method = "POST", .target = target.target};
  post.headers.set("Content-Type", "application/json");
  post.body = encode_policy_request(request);
  auto response = co_await client.request(std::move(post), Deadline::after(loop.now(), kPolicyLimit));
  if (!response.ok()) {
    co_return make_error(ErrorCode::kUnavailable,
                         fmt::format("Failed to call admin policy URL {}: {}", url, response.error().message));
  }
  co_return decode_policy_reply(*response, url);
}

auto use_policy(App& app, PolicyRequest request, std::string task, JsonObject client_config)
    -> async::Task<Result<std::string>> {
  const auto policy = app.config.get_string("admin_policy");
  if (!policy) co_return task;
  if (!policy->starts_with("http://") && !policy->starts_with("https://")) {
    co_return make_error(
        ErrorCode::kNotSupported,
        fmt::format("admin policy '{}': a policy in Python is not available in this version of sky", *policy),
        "Run it behind a URL and set admin_policy to that.");
  }
  SKY_CO_TRY(const Task parsed, single_task(task));
  request.task_yaml = task_to_yaml(parsed, SecretsShown::kRevealed);
  request.config = app.config.root();
  drop_server_only_keys(client_config);
  SKY_CO_CHECK(merge_config(request.config, client_config));
  co_return co_await apply_policy(app.loop, *policy, std::move(request));
}

}  // namespace sky::server
