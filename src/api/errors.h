// Errors on the wire, both ways.
//
// Stock clients re-create a Python exception: type, message, args, attributes, stacktrace; inside a failed request that
// dict is also a base64 pickle. Our own client gets the same plus `code`, `hint` and `details`, out of which the Error
// comes back unchanged.
// Source: sky/exceptions.py (serialize_exception), sky/server/requests/requests.py of skypilot 0.14.1.
#pragma once

#include <string>

#include "api/dialect.h"
#include "base/result.h"
#include "format/json.h"

namespace sky::api {

// The `error` of a failed request (as a value; RequestPayload carries its text): {"object", "type", "message"}, for the
// native dialect {"code", "message", "hint", "details"}.
auto encode_error(const Error& error, Dialect dialect) -> JsonObject;
// Reads both. A stock form without a code of ours is mapped by its exception class, kInternal when unknown.
auto decode_error(const Json& json) -> Error;

// The exception as a plain dict: the `detail` of a failed /validate.
auto encode_exception(const Error& error) -> JsonObject;

struct ErrorReply {
  int http_status = 500;
  std::string body;  // JSON text
};
// A call that failed before any request existed: `{"detail": …}`. Native: `{"detail": encode_error}`.
// Stock: the sentence, or the exception of /validate (`as_exception`). kVersionMismatch has the form
// {"error": "version_mismatch", "message": …}.
auto error_reply(const Error& error, Dialect dialect, bool as_exception = false) -> ErrorReply;

// The Error out of the body of a reply whose status is not 2xx: any of the forms above, the `{"detail": payload}` of
// /api/get, or (a proxy between) something else: then the status decides and the message quotes the body.
auto error_from_reply(int http_status, std::string_view body) -> Error;

}  // namespace sky::api
