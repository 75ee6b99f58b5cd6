// One API request as clients see it: the reply of /api/get and a row of /api/status.
//
// Source: RequestPayload of sky/server/requests/payloads.py, skypilot 0.14.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/dialect.h"
#include "api/query.h"
#include "base/status.h"
#include "format/json.h"

namespace sky::api {

struct RequestPayload {
  std::string request_id;
  std::string name;          // "sky.launch"
  std::string entrypoint;    // "launch": shown by /api/status only
  std::string request_body;  // JSON text without credentials: shown by /api/status only
  RequestStatus status = RequestStatus::kPending;
  double created_at = 0;
  std::string user_id;
  std::optional<std::string> user_name;
  std::string return_value = "null";  // JSON text
  std::optional<Error> error;
  std::optional<std::int64_t> pid;
  std::string schedule_type = "short";  // or "long"
  std::optional<std::string> cluster_name;
  std::optional<std::string> status_msg;
  bool should_retry = false;
  std::optional<double> finished_at;
  std::optional<std::string> file_mounts_blob_id;
};

// GET /api/get: with the value or the error. Stock clients get a pickled None as entrypoint and request_body.
auto encode(const RequestPayload& payload, Dialect dialect) -> JsonObject;
// A row of GET /api/status: with entrypoint and request_body as text, without value, error and pid.
auto encode_row(const RequestPayload& payload) -> JsonObject;
// sky api status -o json. The default key set of the original asks the server for fewer columns: the rest keeps its
// defaults; `verbose` adds the cluster's name.
auto encode_cli(const RequestPayload& payload, bool verbose) -> JsonObject;
// Reads all three forms. Errors: kInvalidArgument with a JSON pointer.
auto decode_request_payload(const Json& json, std::string_view where = {}) -> Result<RequestPayload>;

// GET /api/status?request_ids=&request_ids=&all_status=&limit=&fields=&cluster_name=
struct ApiStatusQuery {
  std::vector<std::string> request_ids;  // ids or prefixes; empty: all
  bool all_status = false;               // also finished ones
  std::optional<std::int64_t> limit;
  std::optional<std::string> cluster_name;
};
auto to_query(const ApiStatusQuery& status) -> Query;
// kInvalidArgument: a limit that is no number.
auto parse_api_status_query(const Query& query) -> Result<ApiStatusQuery>;

}  // namespace sky::api
