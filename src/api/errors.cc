#include "api/errors.h"

#include <array>

#include <fmt/format.h>

#include "base/strings.h"
#include "format/pickle.h"

namespace sky::api {
namespace {

constexpr size_t kQuotedBodySizeMaxBytes = 200;

auto detail_of(const Error& error, const std::string& key, std::string_view fallback) -> std::string {
  const auto found = error.details.find(key);
  return found == error.details.end() ? std::string(fallback) : found->second;
}

// What a stock user reads: the exception has one text.
auto full_message(const Error& error) -> std::string {
  return error.hint.empty() ? error.message : fmt::format("{}\n{}", error.message, error.hint);
}

// The keyword arguments with which the client calls the exception's class; only the three classes that take some.
auto attributes_of(const Error& error) -> PickleValue::Dict {
  switch (error.code) {
    case ErrorCode::kCommandFailed:
      return {{"returncode", parse_int(detail_of(error, "returncode", "1")).value_or(1)},
              {"command", detail_of(error, "command", "")},
              {"error_msg", full_message(error)},
              {"detailed_reason", detail_of(error, "detailed_reason", "")},
              {"failure", detail_of(error, "failure", "failed")}};
    case ErrorCode::kResourcesUnavailable:
      return {{"no_failover", detail_of(error, "no_failover", "false") == "true"},
              {"failover_history", PickleValue::List{}}};
    case ErrorCode::kClusterNotUp:
      return {{"cluster_status", PickleValue{}}, {"handle", PickleValue{}}};
    default:
      return {};
  }
}

// The class of CommandError builds its message from keyword arguments alone.
auto args_of(const Error& error) -> PickleValue::List {
  if (error.code == ErrorCode::kCommandFailed) return {};
  return {full_message(error)};
}

auto exception_pickle(const Error& error) -> std::string {
  return to_pickle(PickleValue::Dict{{"type", traits_of(error.code).stock_exception},
                                     {"message", full_message(error)},
                                     {"args", PickleValue::Tuple{args_of(error)}},
                                     {"attributes", attributes_of(error)},
                                     {"stacktrace", PickleValue{}}});
}

// The first code in the table would be a guess where classes are shared; these are the general ones.
auto code_of_exception(std::string_view type) -> ErrorCode {
  constexpr std::array kShared = {std::pair<std::string_view, ErrorCode>{"ValueError", ErrorCode::kInvalidArgument},
                                  std::pair<std::string_view, ErrorCode>{"RuntimeError", ErrorCode::kInternal},
                                  std::pair<std::string_view, ErrorCode>{"OSError", ErrorCode::kIo}};
  for (const auto& [name, code] : kShared) {
    if (type == name) return code;
  }
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    if (traits_of(code).stock_exception == type) return code;
  }
  return ErrorCode::kInternal;
}

auto code_of_status(int http_status) -> ErrorCode {
  switch (http_status) {
    case 400:
    case 405:
    case 413:
    case 422:
      return ErrorCode::kInvalidArgument;
    case 401:
      return ErrorCode::kUnauthenticated;
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return ErrorCode::kConflict;
    case 499:
      return ErrorCode::kCancelled;
    case 501:
      return ErrorCode::kNotSupported;
    case 429:
    case 502:
    case 503:
      return ErrorCode::kUnavailable;
    case 504:
      return ErrorCode::kDeadlineExceeded;
    case 507:
      return ErrorCode::kStorageFull;
    default:
      return ErrorCode::kInternal;
  }
}

auto text_of(const JsonObject& object, std::string_view key) -> std::optional<std::string> {
  const Json* value = find(object, key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

// A failed request: {"detail": RequestPayload}, its error is JSON text in a string.
auto error_of_payload(const JsonObject& payload) -> std::optional<Error> {
  const auto text = text_of(payload, "error");
  if (!text.has_value() || find(payload, "request_id") == nullptr) return std::nullopt;
  const Result<Json> error = parse_json(*text);
  if (!error.ok() || !error->is_object()) return std::nullopt;
  return decode_error(*error);
}

auto error_of_detail(int http_status, const Json& detail) -> std::optional<Error> {
  if (detail.is_string()) return make_error(code_of_status(http_status), std::string(detail.get_string()));
  if (!detail.is_object()) return std::nullopt;
  const JsonObject& object = detail.get_object();
  if (auto failed = error_of_payload(object)) return failed;
  if (object.contains("message")) return decode_error(detail);
  return std::nullopt;
}

}  // namespace

auto encode_exception(const Error& error) -> JsonObject {
  JsonArray args;
  for (const PickleValue& arg : args_of(error)) args.push_back(arg.to_json());
  return {{"type", traits_of(error.code).stock_exception},
          {"message", full_message(error)},
          {"args", std::move(args)},
          {"attributes", PickleValue(attributes_of(error)).to_json()},
          {"stacktrace", nullptr}};
}

auto encode_error(const Error& error, Dialect dialect) -> JsonObject {
  if (dialect.native()) {
    JsonObject details;
    for (const auto& [key, value] : error.details) details[key] = value;
    return {{"code", traits_of(error.code).name},
            {"message", error.message},
            {"hint", error.hint},
            {"details", std::move(details)}};
  }
  return {{"object", base64_encode(exception_pickle(error))},
          {"type", traits_of(error.code).stock_exception},
          {"message", full_message(error)}};
}

auto decode_error(const Json& json) -> Error {
  if (json.is_string()) return make_error(ErrorCode::kInternal, std::string(json.get_string()));
  if (!json.is_object()) return make_error(ErrorCode::kInternal, to_json_text(json));
  const JsonObject& object = json.get_object();
  Error error = make_error(ErrorCode::kInternal, text_of(object, "message").value_or(to_json_text(json)),
                           text_of(object, "hint").value_or(""));
  const auto code = text_of(object, "code");
  const auto type = text_of(object, "type");
  if (code.has_value()) {
    error.code = error_code_from_name(*code).value_or(ErrorCode::kInternal);
  } else if (type.has_value()) {
    error.code = code_of_exception(*type);
  }
  if (const Json* details = find(object, "details"); details != nullptr && details->is_object()) {
    for (const auto& member : details->get_object()) {
      if (member.value().is_string()) error.details[std::string(member.key())] = member.value().get_string();
    }
  }
  return error;
}

auto error_reply(const Error& error, Dialect dialect, bool as_exception) -> ErrorReply {
  const ErrorTraits& traits = traits_of(error.code);
  if (error.code == ErrorCode::kVersionMismatch) {
    const JsonObject body{{"error", "version_mismatch"}, {"message", full_message(error)}};
    return {.http_status = traits.http_status, .body = to_json_text(body)};
  }
  if (dialect.native()) {
    return {.http_status = traits.http_status,
            .body = to_json_text(JsonObject{{"detail", encode_error(error, dialect)}})};
  }
  if (as_exception) return {.http_status = 400, .body = to_json_text(JsonObject{{"detail", encode_exception(error)}})};
  // Stock clients repeat a call that got 503 for ten minutes: only for what can succeed later.
  const int status = traits.http_status == 503 && !traits.retryable ? 500 : traits.http_status;
  return {.http_status = status, .body = to_json_text(JsonObject{{"detail", full_message(error)}})};
}

auto error_from_reply(int http_status, std::string_view body) -> Error {
  if (const Result<Json> json = parse_json(body); json.ok() && json->is_object()) {
    const JsonObject& object = json->get_object();
    if (text_of(object, "error") == "version_mismatch") {
      return make_error(ErrorCode::kVersionMismatch, text_of(object, "message").value_or("version mismatch"));
    }
    if (const Json* detail = find(object, "detail")) {
      if (auto error = error_of_detail(http_status, *detail)) return *std::move(error);
    }
  }
  const std::string_view quoted = trim(body.substr(0, kQuotedBodySizeMaxBytes));
  return make_error(code_of_status(http_status),
                    quoted.empty()
                        ? fmt::format("the API server replied with HTTP status {}", http_status)
                        : fmt::format("the API server replied with HTTP status {}: {}", http_status, quoted));
}

}  // namespace sky::api
