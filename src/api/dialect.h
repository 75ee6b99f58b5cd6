// Which client is spoken to: every encoder takes a Dialect, so that one record has one struct and its spelling per
// reader lives in one place.
//
// Header names and version rules: sky/server/constants.py and sky/server/versions.py of skypilot 0.14.1 (REST API 62).
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/version.h"

namespace sky::api {

// Request and reply headers. HTTP compares them without case; these are the spellings that are sent.
inline constexpr std::string_view kHeaderApiVersion = "X-SkyPilot-API-Version";
inline constexpr std::string_view kHeaderVersion = "X-SkyPilot-Version";
// In replies: the id of the request. In a native POST: the id (a UUID) that the client chose for it. A repeated POST
// with the id of an existing request goes on with that request, so that a torn connection never submits twice.
inline constexpr std::string_view kHeaderRequestId = "X-Skypilot-Request-ID";
inline constexpr std::string_view kHeaderStreamRequestId = "X-SkyPilot-Stream-Request-ID";
// `native` asks for the leaner forms of this product's own client: direct replies, and streams of typed records.
inline constexpr std::string_view kHeaderClient = "X-Sky-Client";
inline constexpr std::string_view kClientNative = "native";
// `1` with a native client: the reply is {"request_id"} as soon as the request is accepted.
inline constexpr std::string_view kHeaderAsync = "X-Sky-Async";

// The version of skypilot whose shapes are spoken; the stock client compares it with its own and with /api/health.
inline constexpr std::string_view kStockVersion = "0.14.1";
inline constexpr std::string_view kStockVersionMin = "0.11.0";

enum class DialectKind { kStock, kNative };

struct Dialect {
  DialectKind kind = DialectKind::kStock;
  int version = kApiVersion;  // of the REST API, as announced by the client

  auto native() const -> bool { return kind == DialectKind::kNative; }
};
inline constexpr Dialect kNativeDialect{.kind = DialectKind::kNative, .version = kApiVersion};

// Out of the values of kHeaderClient and kHeaderApiVersion; a client without them is accepted as a current stock one.
// kVersionMismatch with the original's sentence when the client is older than kApiVersionMin, kInvalidArgument when the
// version is no number.
auto dialect_of(std::optional<std::string_view> client, std::optional<std::string_view> version) -> Result<Dialect>;

}  // namespace sky::api
