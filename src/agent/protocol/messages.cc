#include "agent/protocol/messages.h"

#include <array>

#include "base/version.h"

namespace sky::agent {

namespace {

auto optional_number(std::optional<double> value) -> Json {
  return value ? Json(*value) : Json(nullptr);
}

auto ids_to_json(std::string_view op, const JobsRequest& request) -> Json {
  JsonArray ids;
  for (const JobId id : request.ids) ids.emplace_back(id.value());
  return JsonObject{{"op", op}, {"ids", std::move(ids)}, {"all", request.all}};
}

auto strings_from_json(const JsonObject& object, std::string_view key) -> Result<std::map<std::string, std::string>> {
  std::map<std::string, std::string> strings;
  SKY_TRY(const JsonObject* members, get_object(object, key));
  for (const auto& member : *members) {
    SKY_TRY(std::string text, as_string(member.value(), json_path(json_path("", key), member.key())));
    strings.emplace(member.key(), std::move(text));
  }
  return strings;
}

auto get_small_int(const JsonObject& object, std::string_view key) -> Result<int> {
  SKY_TRY(const std::int64_t value, get_int(object, key));
  if (value < -1'000'000'000 || value > 1'000'000'000) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("{}: expected a number of at most 9 digits, found {}", json_path("", key), value));
  }
  return static_cast<int>(value);
}

auto facts_to_json(const NodeFacts& facts) -> Json {
  return JsonObject{{"address", facts.address},
                    {"boot_id", facts.boot_id},
                    {"cpus", facts.cpus},
                    {"gpus", JsonArray(facts.gpus.begin(), facts.gpus.end())}};
}

auto facts_from_json(const JsonObject& object) -> Result<NodeFacts> {
  NodeFacts facts;
  SKY_TRY(facts.address, get_string(object, "address", "/facts"));
  SKY_TRY(facts.boot_id, get_string(object, "boot_id", "/facts"));
  SKY_TRY(facts.cpus, get_double(object, "cpus", "/facts"));
  SKY_TRY(const JsonArray* gpus, get_array(object, "gpus", "/facts"));
  for (const Json& item : *gpus) {
    SKY_TRY(const std::int64_t index, as_int(item, "/facts/gpus"));
    facts.gpus.push_back(static_cast<int>(index));
  }
  return facts;
}

constexpr std::array<std::pair<WaitFor, std::string_view>, 3> kWaitForNames{{
    {WaitFor::kJobsAndSsh, "jobs_and_ssh"},
    {WaitFor::kJobs, "jobs"},
    {WaitFor::kNone, "none"},
}};

constexpr std::array<std::pair<Event::Kind, std::string_view>, 5> kEventNames{{
    {Event::Kind::kJob, "job"},
    {Event::Kind::kAutostopFired, "autostop_fired"},
    {Event::Kind::kAutostopReady, "autostop_ready"},
    {Event::Kind::kNodeSilent, "node_silent"},
    {Event::Kind::kNodeBack, "node_back"},
}};

}  // namespace

// ---- Greeting and results ------------------------------------------------------------------------------------------

auto own_hello(ServerId server, std::string cluster, int node) -> Hello {
  return Hello{.protocol_min = std::max(1, kAgentProtocol - 1),
               .protocol_max = kAgentProtocol,
               .build = fmt::format("{} {}", kVersion, build_commit()),
               .server = std::move(server),
               .cluster = std::move(cluster),
               .node = node,
               .facts = {},
               .key = {}};
}

auto to_json(const Hello& hello) -> Json {
  return JsonObject{{"protocol_min", hello.protocol_min},
                    {"protocol_max", hello.protocol_max},
                    {"build", hello.build},
                    {"server", hello.server.str()},
                    {"cluster", hello.cluster},
                    {"node", hello.node},
                    {"facts", hello.facts ? facts_to_json(*hello.facts) : Json(nullptr)},
                    {"key", hello.key.reveal()}};
}

auto hello_from_json(const Json& json) -> Result<Hello> {
  SKY_TRY(const JsonObject* object, as_object(json));
  Hello hello;
  SKY_TRY(hello.protocol_min, get_small_int(*object, "protocol_min"));
  SKY_TRY(hello.protocol_max, get_small_int(*object, "protocol_max"));
  SKY_TRY(hello.build, get_string(*object, "build"));
  SKY_TRY(std::string server, get_string(*object, "server"));
  hello.server = ServerId(std::move(server));
  SKY_TRY(hello.cluster, get_string(*object, "cluster"));
  SKY_TRY(hello.node, get_small_int(*object, "node"));
  SKY_TRY(const JsonObject* facts, find_object(*object, "facts"));
  if (facts != nullptr) {
    SKY_TRY(hello.facts, facts_from_json(*facts));
  }
  SKY_TRY(std::string key, get_string(*object, "key"));
  hello.key = Secret(std::move(key));
  return hello;
}

auto end_to_json(const Result<Json>& result) -> Json {
  if (result.ok()) return JsonObject{{"ok", *result}};
  const Error& error = result.error();
  JsonObject details;
  for (const auto& [key, value] : error.details) details[key] = value;
  return JsonObject{{"error", JsonObject{{"code", traits_of(error.code).name},
                                         {"message", error.message},
                                         {"hint", error.hint},
                                         {"details", std::move(details)}}}};
}

auto end_from_json(const Json& json) -> Result<Json> {
  SKY_TRY(const JsonObject* object, as_object(json));
  if (const Json* value = find(*object, "ok")) return *value;
  SKY_TRY(const JsonObject* error, get_object(*object, "error"));
  SKY_TRY(const std::string code, get_string(*error, "code"));
  Error result;
  result.code = error_code_from_name(code).value_or(ErrorCode::kInternal);
  SKY_TRY(result.message, get_string(*error, "message"));
  SKY_TRY(result.hint, get_string(*error, "hint"));
  SKY_TRY(result.details, strings_from_json(*error, "details"));
  return result;
}

// ---- Jobs ----------------------------------------------------------------------------------------------------------

auto to_json(const JobSpec& spec, SecretsAs secrets) -> Json {
  JsonObject envs;
  for (const auto& [key, value] : spec.envs) envs[key] = value;
  JsonObject hidden;
  if (secrets == SecretsAs::kRevealed) {
    for (const auto& [key, value] : spec.secrets) hidden[key] = value.reveal();
  }
  return JsonObject{{"name", spec.name},
                    {"user", spec.user},
                    {"task_id", spec.task_id},
                    {"num_nodes", spec.num_nodes},
                    {"cpus_per_node", spec.cpus_per_node},
                    {"accelerator", spec.accelerator},
                    {"gpus_per_node", spec.gpus_per_node},
                    {"setup", spec.setup},
                    {"run", spec.run},
                    {"envs", std::move(envs)},
                    {"secrets", std::move(hidden)},
                    {"cluster", JsonObject{{"cluster_name", spec.cluster.cluster_name},
                                           {"cloud", spec.cluster.cloud},
                                           {"region", spec.cluster.region},
                                           {"zone", spec.cluster.zone}}},
                    {"resources", spec.resources},
                    {"git_commit", spec.git_commit}};
}

auto job_spec_from_json(const Json& json) -> Result<JobSpec> {
  SKY_TRY(const JsonObject* object, as_object(json));
  JobSpec spec;
  SKY_TRY(spec.name, get_string(*object, "name"));
  SKY_TRY(spec.user, get_string(*object, "user"));
  SKY_TRY(spec.task_id, get_string(*object, "task_id"));
  SKY_TRY(spec.num_nodes, get_small_int(*object, "num_nodes"));
  SKY_TRY(spec.cpus_per_node, get_double(*object, "cpus_per_node"));
  SKY_TRY(spec.accelerator, get_string(*object, "accelerator"));
  SKY_TRY(spec.gpus_per_node, get_double(*object, "gpus_per_node"));
  if (spec.num_nodes < 1 || !(spec.cpus_per_node >= 0) || !(spec.gpus_per_node >= 0)) {
    return make_error(
        ErrorCode::kInvalidArgument,
        fmt::format("expected at least 1 node and no negative resources, found {} nodes, {} CPUs, {} GPUs",
                    spec.num_nodes, spec.cpus_per_node, spec.gpus_per_node));
  }
  SKY_TRY(spec.setup, get_string(*object, "setup"));
  SKY_TRY(spec.run, get_string(*object, "run"));
  SKY_TRY(spec.envs, strings_from_json(*object, "envs"));
  SKY_TRY(auto secrets, strings_from_json(*object, "secrets"));
  for (auto& [key, value] : secrets) spec.secrets.emplace(key, Secret(std::move(value)));
  SKY_TRY(const JsonObject* cluster, get_object(*object, "cluster"));
  SKY_TRY(spec.cluster.cluster_name, get_string(*cluster, "cluster_name", "/cluster"));
  SKY_TRY(spec.cluster.cloud, get_string(*cluster, "cloud", "/cluster"));
  SKY_TRY(spec.cluster.region, get_string(*cluster, "region", "/cluster"));
  SKY_TRY(spec.cluster.zone, get_string(*cluster, "zone", "/cluster"));
  SKY_TRY(spec.resources, get_string(*object, "resources"));
  SKY_TRY(spec.git_commit, get_string(*object, "git_commit"));
  return spec;
}

auto to_json(const JobView& view) -> Json {
  JsonArray exit_codes;
  for (const int code : view.exit_codes) exit_codes.emplace_back(code);
  return JsonObject{{"job_id", view.id.value()},
                    {"name", view.name},
                    {"user", view.user},
                    {"resources", view.resources},
                    {"git_commit", view.git_commit},
                    {"log_path", view.log_path},
                    {"num_nodes", view.num_nodes},
                    {"status", to_string(view.status)},
                    {"attempt", view.attempt},
                    {"reason", view.reason},
                    {"submitted_at", optional_number(view.submitted_at)},
                    {"started_at", optional_number(view.started_at)},
                    {"ended_at", optional_number(view.ended_at)},
                    {"exit_codes", std::move(exit_codes)}};
}

auto job_view_from_json(const Json& json) -> Result<JobView> {
  SKY_TRY(const JsonObject* object, as_object(json));
  JobView view;
  SKY_TRY(const std::int64_t id, get_int(*object, "job_id"));
  view.id = JobId(id);
  SKY_TRY(view.name, get_string(*object, "name"));
  SKY_TRY(view.user, get_string(*object, "user"));
  SKY_TRY(view.resources, get_string(*object, "resources"));
  SKY_TRY(view.git_commit, get_string(*object, "git_commit"));
  SKY_TRY(view.log_path, get_string(*object, "log_path"));
  SKY_TRY(view.num_nodes, get_small_int(*object, "num_nodes"));
  SKY_TRY(const std::string status, get_string(*object, "status"));
  const std::optional<JobStatus> known = parse_job_status(status);
  if (!known) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("/status: expected a job status, found '{}'", status));
  }
  view.status = *known;
  SKY_TRY(view.attempt, get_small_int(*object, "attempt"));
  SKY_TRY(view.reason, get_string(*object, "reason"));
  SKY_TRY(view.submitted_at, find_double(*object, "submitted_at"));
  SKY_TRY(view.started_at, find_double(*object, "started_at"));
  SKY_TRY(view.ended_at, find_double(*object, "ended_at"));
  SKY_TRY(const JsonArray* codes, get_array(*object, "exit_codes"));
  for (const Json& code : *codes) {
    SKY_TRY(const std::int64_t value, as_int(code, "/exit_codes"));
    view.exit_codes.push_back(static_cast<int>(value));
  }
  return view;
}

// ---- Autostop ------------------------------------------------------------------------------------------------------

auto to_string(WaitFor wait_for) -> std::string_view {
  return kWaitForNames[static_cast<size_t>(wait_for)].second;
}

auto parse_wait_for(std::string_view text) -> std::optional<WaitFor> {
  for (const auto& [value, name] : kWaitForNames) {
    if (name == text) return value;
  }
  return std::nullopt;
}

auto to_json(const AutostopSpec& spec) -> Json {
  return JsonObject{{"op", "autostop"},  {"idle_minutes", spec.idle_minutes},
                    {"down", spec.down}, {"wait_for", to_string(spec.wait_for)},
                    {"hook", spec.hook}, {"hook_timeout", spec.hook_timeout_seconds}};
}

auto autostop_from_json(const Json& json) -> Result<AutostopSpec> {
  SKY_TRY(const JsonObject* object, as_object(json));
  AutostopSpec spec;
  SKY_TRY(spec.idle_minutes, get_small_int(*object, "idle_minutes"));
  SKY_TRY(spec.down, get_bool(*object, "down"));
  SKY_TRY(const std::string wait_for, get_string(*object, "wait_for"));
  const std::optional<WaitFor> known = parse_wait_for(wait_for);
  if (!known) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("/wait_for: expected jobs_and_ssh, jobs or none, found '{}'", wait_for));
  }
  spec.wait_for = *known;
  SKY_TRY(spec.hook, get_string(*object, "hook"));
  SKY_TRY(spec.hook_timeout_seconds, get_small_int(*object, "hook_timeout"));
  return spec;
}

// ---- Requests ------------------------------------------------------------------------------------------------------

auto to_json(const SubmitRequest& request) -> Json {
  return JsonObject{{"op", "submit"}, {"key", request.key}, {"spec", to_json(request.spec, SecretsAs::kRevealed)}};
}

auto submit_from_json(const Json& json) -> Result<SubmitRequest> {
  SKY_TRY(const JsonObject* object, as_object(json));
  SubmitRequest request;
  SKY_TRY(request.key, get_string(*object, "key"));
  SKY_TRY(const JsonObject* spec, get_object(*object, "spec"));
  SKY_TRY(request.spec, job_spec_from_json(*spec));
  return request;
}

auto jobs_to_json(const JobsRequest& request) -> Json {
  return ids_to_json("jobs", request);
}

auto cancel_to_json(const JobsRequest& request) -> Json {
  return ids_to_json("cancel", request);
}

auto jobs_from_json(const Json& json) -> Result<JobsRequest> {
  SKY_TRY(const JsonObject* object, as_object(json));
  JobsRequest request;
  SKY_TRY(request.all, get_bool(*object, "all"));
  SKY_TRY(const JsonArray* ids, get_array(*object, "ids"));
  for (const Json& id : *ids) {
    SKY_TRY(const std::int64_t value, as_int(id, "/ids"));
    request.ids.emplace_back(value);
  }
  return request;
}

auto to_json(const TailRequest& request) -> Json {
  JsonObject object{
      {"op", "tail"}, {"job_id", request.job.value()}, {"offset", request.offset}, {"follow", request.follow}};
  if (request.tail_lines) object["tail_lines"] = *request.tail_lines;
  return object;
}

auto tail_from_json(const Json& json) -> Result<TailRequest> {
  SKY_TRY(const JsonObject* object, as_object(json));
  TailRequest request;
  SKY_TRY(const std::int64_t job, get_int(*object, "job_id"));
  request.job = JobId(job);
  SKY_TRY(const std::int64_t offset, get_int(*object, "offset"));
  if (offset < 0) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("/offset: expected at least 0, found {}", offset));
  }
  request.offset = static_cast<std::uint64_t>(offset);
  SKY_TRY(const std::optional<std::int64_t> lines, find_int(*object, "tail_lines"));
  if (lines) request.tail_lines = static_cast<int>(std::clamp<std::int64_t>(*lines, 0, 1'000'000'000));
  SKY_TRY(request.follow, get_bool(*object, "follow"));
  return request;
}

// ---- Events --------------------------------------------------------------------------------------------------------

auto to_json(const Event& event) -> Json {
  JsonObject object{{"event", kEventNames[static_cast<size_t>(event.kind)].second}};
  switch (event.kind) {
    case Event::Kind::kJob:
      object["job"] = to_json(event.job);
      break;
    case Event::Kind::kAutostopFired:
    case Event::Kind::kAutostopReady:
      object["autostop"] = to_json(event.autostop);
      break;
    case Event::Kind::kNodeSilent:
    case Event::Kind::kNodeBack:
      object["node"] = event.node;
      object["text"] = event.text;
      break;
  }
  return object;
}

auto event_from_json(const Json& json) -> Result<Event> {
  SKY_TRY(const JsonObject* object, as_object(json));
  SKY_TRY(const std::string word, get_string(*object, "event"));
  for (const auto& [kind, name] : kEventNames) {
    if (name != word) continue;
    Event event{.kind = kind};
    if (kind == Event::Kind::kJob) {
      SKY_TRY(const JsonObject* job, get_object(*object, "job"));
      SKY_TRY(event.job, job_view_from_json(*job));
    } else if (kind == Event::Kind::kAutostopFired || kind == Event::Kind::kAutostopReady) {
      SKY_TRY(const JsonObject* autostop, get_object(*object, "autostop"));
      SKY_TRY(event.autostop, autostop_from_json(*autostop));
    } else {
      SKY_TRY(event.node, get_small_int(*object, "node"));
      SKY_TRY(event.text, get_string(*object, "text"));
    }
    return event;
  }
  return make_error(ErrorCode::kInvalidArgument, fmt::format("/event: expected a known event, found '{}'", word));
}

}  // namespace sky::agent
