#include "api/requests.h"

#include <fmt/format.h>

#include "api/codec.h"
#include "api/errors.h"
#include "base/strings.h"

namespace sky::api {
namespace {

constexpr std::string_view kPickledNone = "gAROLg==";

}  // namespace

auto encode(const RequestPayload& payload, Dialect dialect) -> JsonObject {
  JsonObject json = encode_row(payload);
  if (!dialect.native()) {
    json["entrypoint"] = kPickledNone;
    json["request_body"] = kPickledNone;
  }
  json["return_value"] = payload.return_value;
  if (payload.error.has_value()) json["error"] = to_json_text(encode_error(*payload.error, dialect));
  json["pid"] = Writer::write(payload.pid);
  return json;
}

auto encode_row(const RequestPayload& payload) -> JsonObject {
  return {
      {"request_id", payload.request_id},
      {"name", payload.name},
      {"entrypoint", payload.entrypoint},
      {"request_body", payload.request_body.empty() ? "null" : std::string_view(payload.request_body)},
      {"status", to_string(payload.status)},
      {"created_at", payload.created_at},
      {"user_id", payload.user_id},
      {"return_value", "null"},
      {"error", "null"},
      {"pid", nullptr},
      {"schedule_type", payload.schedule_type},
      {"user_name", Writer::write(payload.user_name)},
      {"cluster_name", Writer::write(payload.cluster_name)},
      {"status_msg", Writer::write(payload.status_msg)},
      {"should_retry", payload.should_retry},
      {"finished_at", Writer::write(payload.finished_at)},
      {"file_mounts_blob_id", Writer::write(payload.file_mounts_blob_id)},
  };
}

auto encode_cli(const RequestPayload& payload, bool verbose) -> JsonObject {
  RequestPayload shown;
  shown.request_id = payload.request_id;
  shown.name = payload.name;
  shown.user_id = payload.user_id;
  shown.user_name = payload.user_name;
  shown.status = payload.status;
  shown.created_at = payload.created_at;
  if (verbose) shown.cluster_name = payload.cluster_name;
  return encode_row(shown);
}

auto decode_request_payload(const Json& json, std::string_view where) -> Result<RequestPayload> {
  SKY_TRY(const JsonObject* object, as_object(json, where));
  RequestPayload payload;
  std::string error = "null";
  Reader reader(*object, where);
  reader.required("request_id", payload.request_id);
  reader("name", payload.name);
  reader("entrypoint", payload.entrypoint);
  reader("request_body", payload.request_body);
  reader.word("status", payload.status, parse_request_status);
  reader("created_at", payload.created_at);
  reader("user_id", payload.user_id);
  reader("return_value", payload.return_value);
  reader("error", error);
  reader("pid", payload.pid);
  reader("schedule_type", payload.schedule_type);
  reader("user_name", payload.user_name);
  reader("cluster_name", payload.cluster_name);
  reader("status_msg", payload.status_msg);
  reader("should_retry", payload.should_retry);
  reader("finished_at", payload.finished_at);
  reader("file_mounts_blob_id", payload.file_mounts_blob_id);
  SKY_CHECK(reader.finish());
  SKY_TRY(const Json parsed, parse_json(error));
  if (!parsed.is_null()) payload.error = decode_error(parsed);
  return payload;
}

auto to_query(const ApiStatusQuery& status) -> Query {
  Query query;
  for (const std::string& id : status.request_ids) query.emplace_back("request_ids", id);
  if (status.all_status) query.emplace_back("all_status", "true");
  if (status.limit.has_value()) query.emplace_back("limit", std::to_string(*status.limit));
  if (status.cluster_name.has_value()) query.emplace_back("cluster_name", *status.cluster_name);
  return query;
}

auto parse_api_status_query(const Query& query) -> Result<ApiStatusQuery> {
  ApiStatusQuery status;
  for (const auto& [key, value] : query) {
    if (key == "request_ids") status.request_ids.push_back(value);
  }
  status.all_status = query_bool(query, "all_status", false);
  if (const auto limit = query_value(query, "limit")) {
    status.limit = parse_int(*limit);
    if (!status.limit.has_value()) {
      return make_error(ErrorCode::kInvalidArgument, fmt::format("limit: expected a number, found '{}'", *limit));
    }
  }
  if (const auto name = query_value(query, "cluster_name")) status.cluster_name = std::string(*name);
  return status;
}

}  // namespace sky::api
