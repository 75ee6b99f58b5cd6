// Return values of requests that are no lists of records, and the reply of /api/health; and the helpers for lists.
//
// Sources and rules as in api/records.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/records.h"

namespace sky::api {

// Of launch and exec. `job_id` is absent on a dry run and when there is nothing to run.
struct LaunchResult {
  std::optional<std::int64_t> job_id;
  std::optional<Handle> handle;
  std::string cluster_hash = {};              // which incarnation of the cluster's name; native dialect only
  std::optional<SshCredentials> credentials;  // sent when the body asks for it (include_credentials)
};
auto encode(const LaunchResult& result, Dialect dialect) -> JsonObject;
auto decode_launch_result(const Json& json) -> Result<LaunchResult>;

// Of job_status; an unknown id maps to nothing. On the wire the keys are text.
using JobStatusMap = std::map<std::int64_t, std::optional<JobStatus>>;
auto encode(const JobStatusMap& statuses, Dialect dialect) -> JsonObject;
auto decode_job_status_map(const Json& json) -> Result<JobStatusMap>;

// Of endpoints: port -> "host:port". On the wire the keys are text.
using EndpointMap = std::map<std::int64_t, std::string>;
auto encode(const EndpointMap& endpoints, Dialect dialect) -> JsonObject;
auto decode_endpoint_map(const Json& json) -> Result<EndpointMap>;

// Of check: workspace -> infra -> what it can do ("compute", "storage").
using CheckResult = std::map<std::string, std::map<std::string, std::vector<std::string>>>;
auto encode(const CheckResult& result, Dialect dialect) -> JsonObject;

struct User {
  std::string id;
  std::string name;
};

// GET /api/health.
struct HealthInfo {
  std::string status = "healthy";
  std::string api_version;
  std::string version;  // towards stock clients always kStockVersion
  std::string version_on_disk;
  std::string commit;
  bool basic_auth_enabled = false;
  std::optional<User> user;
  bool service_account_token_enabled = false;
  // Ours: who answers, so that a client tells this home's server from another one.
  std::int64_t pid = 0;
  std::string server_id;
  double start_time = 0;
};
auto encode(const HealthInfo& health, Dialect dialect) -> JsonObject;
auto decode_health_info(const Json& json) -> Result<HealthInfo>;
// sky api info -o json. `url` is the server's, `user_name` the client's user.
auto encode_api_info_cli(const HealthInfo& health, std::string_view url, std::string_view user_name) -> JsonObject;

// Lists of records, as return values are.
template <class Record>
auto encode_list(const std::vector<Record>& records, Dialect dialect) -> JsonArray {
  JsonArray array;
  array.reserve(records.size());
  for (const Record& record : records) array.emplace_back(encode(record, dialect));
  return array;
}
template <class Record, class Decode>
auto decode_list(const Json& json, Decode decode) -> Result<std::vector<Record>> {
  SKY_TRY(const JsonArray* array, as_array(json));
  std::vector<Record> records;
  records.reserve(array->size());
  for (size_t i = 0; i < array->size(); ++i) {
    SKY_TRY(Record record, decode((*array)[i], json_path("", i)));
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace sky::api
