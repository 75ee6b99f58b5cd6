// The small pieces that all answers are made of.
#pragma once

#include "api/dialect.h"
#include "api/requests.h"
#include "net/http_server.h"
#include "requests/state.h"

namespace sky::server {

// Version headers that every reply carries, and the request's id when there is one.
auto reply_headers(std::string content_type, const std::string& request_id = {}) -> net::Headers;
auto respond_json(net::Exchange& exchange, int status, Json value, std::string request_id = {})
    -> async::Task<Result<>>;
auto respond_error(net::Exchange& exchange, api::Dialect dialect, Error error, bool as_exception = false)
    -> async::Task<Result<>>;

// A request as clients see it.
auto payload_of(const requests::RequestRecord& record) -> api::RequestPayload;

}  // namespace sky::server
