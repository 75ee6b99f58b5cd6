// The reply of a native POST: the request's output, then its job's log, then the end record, in one stream
// (api/native_stream.h). Can start in the middle, for a client that lost its connection.
#pragma once

#include "api/routes.h"
#include "net/http_server.h"
#include "server/app.h"

namespace sky::server {

// REQUIRES: nothing was answered yet. The request goes on when the client goes away; an error means just that, or that
// the server stops. Every other error ends the stream as that of its end record.
auto stream_native(App& app, net::Exchange& exchange, api::FollowQuery from) -> async::Task<Result<>>;

}  // namespace sky::server
