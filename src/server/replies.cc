#include "server/replies.h"

#include "api/errors.h"
#include "api/routes.h"
#include "base/version.h"

namespace sky::server {

auto reply_headers(std::string content_type, const std::string& request_id) -> net::Headers {
  net::Headers headers{{"Content-Type", std::move(content_type)},
                       {std::string(api::kHeaderApiVersion), fmt::format("{}", kApiVersion)},
                       {std::string(api::kHeaderVersion), std::string(api::kStockVersion)}};
  if (!request_id.empty()) headers.add(std::string(api::kHeaderRequestId), request_id);
  return headers;
}

auto respond_json(net::Exchange& exchange, int status, Json value, std::string request_id) -> async::Task<Result<>> {
  std::string text = to_json_text(value);
  net::Headers headers = reply_headers("application/json", request_id);
  co_return co_await exchange.respond(status, std::move(headers), std::move(text));
}

auto respond_error(net::Exchange& exchange, api::Dialect dialect, Error error, bool as_exception)
    -> async::Task<Result<>> {
  api::ErrorReply reply = api::error_reply(error, dialect, as_exception);
  net::Headers headers = reply_headers("application/json");
  co_return co_await exchange.respond(reply.http_status, std::move(headers), std::move(reply.body));
}

auto payload_of(const requests::RequestRecord& record) -> api::RequestPayload {
  const api::Route* route = api::find_route_by_name(record.name);
  api::RequestPayload payload;
  payload.request_id = record.id.str();
  payload.name = record.name;
  payload.entrypoint = record.command;
  payload.request_body = record.body;
  payload.status = record.status;
  payload.created_at = record.created_at;
  payload.user_id = record.user_id;
  if (!record.user_name.empty()) payload.user_name = record.user_name;
  if (!record.return_value.empty()) payload.return_value = record.return_value;
  payload.error = record.error;
  payload.schedule_type = api::to_string(route == nullptr ? api::Schedule::kShort : route->schedule);
  if (!record.cluster_name.empty()) payload.cluster_name = record.cluster_name;
  payload.finished_at = record.finished_at;
  return payload;
}

}  // namespace sky::server
