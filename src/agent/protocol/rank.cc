#include "agent/protocol/rank.h"

namespace sky::agent {

auto to_string(Phase phase) -> std::string_view {
  return phase == Phase::kSetup ? "setup" : "run";
}

auto to_string(const RankKey& key) -> std::string {
  return fmt::format("{}/{}/{}-{}", key.job, key.attempt, to_string(key.phase), key.rank);
}

auto to_json(const RankKey& key) -> Json {
  return JsonObject{
      {"job", key.job.value()}, {"attempt", key.attempt}, {"phase", to_string(key.phase)}, {"rank", key.rank}};
}

auto rank_key_from_json(const Json& json) -> Result<RankKey> {
  SKY_TRY(const JsonObject* object, as_object(json, "/key"));
  RankKey key;
  SKY_TRY(const std::int64_t job, get_int(*object, "job", "/key"));
  SKY_TRY(const std::int64_t attempt, get_int(*object, "attempt", "/key"));
  SKY_TRY(const std::string phase, get_string(*object, "phase", "/key"));
  SKY_TRY(const std::int64_t rank, get_int(*object, "rank", "/key"));
  key.job = JobId(job);
  key.attempt = static_cast<int>(attempt);
  key.rank = static_cast<int>(rank);
  if (phase != "setup" && phase != "run") {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("/key/phase: expected setup or run, found '{}'", phase));
  }
  key.phase = phase == "setup" ? Phase::kSetup : Phase::kRun;
  return key;
}

auto to_json(const RankSpec& spec) -> Json {
  JsonObject environment;
  for (const auto& [key, value] : spec.environment) environment[key] = value.reveal();
  return JsonObject{{"op", "rank"},
                    {"key", to_json(spec.key)},
                    {"boot_id", spec.boot_id},
                    {"output_base", spec.output_base},
                    {"script", spec.script},
                    {"environment", std::move(environment)}};
}

auto rank_spec_from_json(const Json& json) -> Result<RankSpec> {
  SKY_TRY(const JsonObject* object, as_object(json));
  RankSpec spec;
  SKY_TRY(const JsonObject* key, get_object(*object, "key"));
  SKY_TRY(spec.key, rank_key_from_json(*key));
  SKY_TRY(spec.boot_id, get_string(*object, "boot_id"));
  SKY_TRY(spec.output_base, get_string(*object, "output_base"));
  SKY_TRY(spec.script, get_string(*object, "script"));
  SKY_TRY(const JsonObject* environment, get_object(*object, "environment"));
  for (const auto& member : *environment) {
    SKY_TRY(std::string value, as_string(member.value(), json_path("/environment", member.key())));
    spec.environment.emplace(member.key(), Secret(std::move(value)));
  }
  return spec;
}

auto to_json(const RankExit& exit) -> Json {
  return JsonObject{{"code", exit.code ? Json(*exit.code) : Json(nullptr)},
                    {"killed", exit.killed},
                    {"left_running", exit.left_running},
                    {"detail", exit.detail},
                    {"pid", exit.pid}};
}

auto rank_exit_from_json(const Json& json) -> Result<RankExit> {
  SKY_TRY(const JsonObject* object, as_object(json));
  RankExit exit;
  SKY_TRY(const std::optional<std::int64_t> code, find_int(*object, "code"));
  if (code) exit.code = static_cast<int>(*code);
  SKY_TRY(exit.killed, get_bool(*object, "killed"));
  SKY_TRY(exit.left_running, get_bool(*object, "left_running"));
  SKY_TRY(exit.detail, get_string(*object, "detail"));
  SKY_TRY(const std::int64_t pid, get_int(*object, "pid"));
  exit.pid = static_cast<int>(pid);
  return exit;
}

auto to_json(const OutputRequest& request) -> Json {
  return JsonObject{{"op", "output"},
                    {"key", to_json(request.key)},
                    {"output_base", request.output_base},
                    {"offset", request.offset}};
}

auto output_from_json(const Json& json) -> Result<OutputRequest> {
  SKY_TRY(const JsonObject* object, as_object(json));
  OutputRequest request;
  SKY_TRY(const JsonObject* key, get_object(*object, "key"));
  SKY_TRY(request.key, rank_key_from_json(*key));
  SKY_TRY(request.output_base, get_string(*object, "output_base"));
  SKY_TRY(const std::int64_t offset, get_int(*object, "offset"));
  if (offset < 0) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("/offset: expected at least 0, found {}", offset));
  }
  request.offset = static_cast<std::uint64_t>(offset);
  return request;
}

auto kill_to_json(const RankKey& key) -> Json {
  return JsonObject{{"op", "kill"}, {"key", to_json(key)}};
}

}  // namespace sky::agent
