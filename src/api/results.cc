#include "api/results.h"

#include <fmt/format.h>

#include "api/codec.h"
#include "base/strings.h"

namespace sky::api {
namespace {

// JSON objects have text as keys; ports and job ids are numbers.
auto number_key(std::string_view key, std::string_view where) -> Result<std::int64_t> {
  const auto number = parse_int(key);
  if (!number.has_value()) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("{}: expected a number as key", json_path(where, key)));
  }
  return *number;
}

}  // namespace

// The members of records.h have their descriptions in records.cc: here they come in as JSON.
auto encode(const LaunchResult& result, Dialect dialect) -> JsonObject {
  JsonObject json;
  json["job_id"] = Writer::write(result.job_id);
  json["handle"] = result.handle.has_value() ? Json(encode(*result.handle, dialect)) : Json(nullptr);
  if (dialect.native() && !result.cluster_hash.empty()) json["cluster_hash"] = result.cluster_hash;
  if (result.credentials.has_value()) json["credentials"] = encode(*result.credentials);
  return json;
}

auto decode_launch_result(const Json& json) -> Result<LaunchResult> {
  SKY_TRY(const JsonObject* object, as_object(json));
  LaunchResult result;
  SKY_TRY(result.job_id, find_int(*object, "job_id"));
  SKY_TRY(const std::optional<std::string> cluster_hash, find_string(*object, "cluster_hash"));
  result.cluster_hash = cluster_hash.value_or("");
  if (const Json* handle = find(*object, "handle"); handle != nullptr && !handle->is_null()) {
    SKY_TRY(result.handle, decode_handle(*handle, "/handle"));
  }
  if (const Json* credentials = find(*object, "credentials"); credentials != nullptr && !credentials->is_null()) {
    SKY_TRY(result.credentials, decode_ssh_credentials(*credentials, "/credentials"));
  }
  return result;
}

auto encode(const JobStatusMap& statuses, Dialect /*dialect*/) -> JsonObject {
  JsonObject json;
  for (const auto& [id, status] : statuses) {
    json[std::to_string(id)] = status.has_value() ? Json(to_string(*status)) : Json(nullptr);
  }
  return json;
}

auto decode_job_status_map(const Json& json) -> Result<JobStatusMap> {
  SKY_TRY(const JsonObject* object, as_object(json));
  JobStatusMap statuses;
  for (const auto& member : *object) {
    SKY_TRY(const std::int64_t id, number_key(member.key(), ""));
    if (member.value().is_null()) {
      statuses[id] = std::nullopt;
      continue;
    }
    SKY_TRY(const std::string word, as_string(member.value(), json_path("", member.key())));
    const auto status = parse_job_status(word);
    if (!status.has_value()) {
      return make_error(ErrorCode::kInvalidArgument, fmt::format("/{}: unknown word '{}'", id, word));
    }
    statuses[id] = status;
  }
  return statuses;
}

auto encode(const EndpointMap& endpoints, Dialect /*dialect*/) -> JsonObject {
  JsonObject json;
  for (const auto& [port, address] : endpoints) json[std::to_string(port)] = address;
  return json;
}

auto decode_endpoint_map(const Json& json) -> Result<EndpointMap> {
  SKY_TRY(const JsonObject* object, as_object(json));
  EndpointMap endpoints;
  for (const auto& member : *object) {
    SKY_TRY(const std::int64_t port, number_key(member.key(), ""));
    SKY_TRY(endpoints[port], as_string(member.value(), json_path("", member.key())));
  }
  return endpoints;
}

auto encode(const CheckResult& result, Dialect /*dialect*/) -> JsonObject {
  return Writer::write(result).as_object();
}

template <class Visitor>
void describe(Visitor& visit, User& user) {
  visit.required("id", user.id);
  visit("name", user.name);
}

template <class Visitor>
void describe(Visitor& visit, HealthInfo& health) {
  visit.required("status", health.status);
  visit("api_version", health.api_version);
  visit("version", health.version);
  visit("version_on_disk", health.version_on_disk);
  visit("commit", health.commit);
  visit("user", health.user);
  visit("basic_auth_enabled", health.basic_auth_enabled);
  visit("service_account_token_enabled", health.service_account_token_enabled);
  visit("pid", health.pid);
  visit("server_id", health.server_id);
  visit("start_time", health.start_time);
}

auto encode(const HealthInfo& health, Dialect dialect) -> JsonObject {
  JsonObject json = encode_struct(health);
  if (dialect.native()) return json;
  json["version"] = kStockVersion;
  json["version_on_disk"] = kStockVersion;
  json["ingress_basic_auth_enabled"] = false;
  json["external_proxy_auth_enabled"] = false;
  json["latest_version"] = nullptr;
  json["telemetry_enabled"] = false;
  json["restrict_config_to_admins"] = true;
  return json;
}

auto decode_health_info(const Json& json) -> Result<HealthInfo> {
  return decode_struct<HealthInfo>(json);
}

auto encode_api_info_cli(const HealthInfo& health, std::string_view url, std::string_view user_name) -> JsonObject {
  return {
      {"client", {{"version", kVersion}, {"commit", build_commit()}}},
      {"server",
       {{"url", url},
        {"status", health.status},
        {"version", health.version},
        {"commit", health.commit},
        {"api_version", health.api_version}}},
      {"user", user_name},
  };
}

}  // namespace sky::api
