// The administrator's policy: a web service, named by `admin_policy:` of the server's configuration, that sees each
// task before it is planned, and may change or refuse it. Written for services of the original's RestfulAdminPolicy.
//
// POST to the URL, within 30 s. Body and answer are JSON texts whose content is JSON again:
//   {"task": YAML, "skypilot_config": YAML, "request_name": "cluster.launch", "request_options": {…} or null,
//    "at_client_side": false, "user": YAML, "client_api_version": N or null, "client_version": text or null}
//   {"task": YAML, "skypilot_config": YAML}
// An answer that is the object itself is understood too. Status 400 refuses; the body is the reason.
// The task has its secrets, as with the original: the service is the administrator's.
// Source: admin_policy.py of skypilot 0.14.1, 2026-11.
#pragma once

#include <optional>
#include <string>

#include "async/loop.h"
#include "format/json.h"
#include "net/http.h"
#include "server/app.h"

namespace sky::server {

struct PolicyRequest {
  std::string task_yaml;
  JsonObject config;
  std::string request_name;  // cluster.launch, cluster.exec, optimize, validate
  std::string cluster_name;  // empty: none was named
  std::optional<std::int64_t> idle_minutes = {};
  bool down = false;
  bool dryrun = false;
  std::string user_id;
  std::string user_name;
};

auto encode_policy_request(const PolicyRequest& request) -> std::string;

// The task that is to be used instead. kPermissionDenied for a refusal; kUnavailable for another status or an answer
// that cannot be understood.
auto decode_policy_reply(const net::HttpResponse& response, const std::string& url) -> Result<std::string>;

// Asks the service at `url` (http). kUnavailable when it cannot be reached: then nothing may run.
auto apply_policy(async::IoLoop& loop, std::string url, PolicyRequest request) -> async::Task<Result<std::string>>;

// What every request with a task goes through: gives the task to use, which is the given one without a policy. The task
// of `request` is filled in; `client_config` is the client's own, on top of the server's. kNotSupported for a policy
// that is a Python class.
auto use_policy(App& app, PolicyRequest request, std::string task, JsonObject client_config)
    -> async::Task<Result<std::string>>;

}  // namespace sky::server
