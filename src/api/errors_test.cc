#include "api/errors.h"

#include "api/dialect.h"
#include "api/testdata_test.h"

namespace sky::api {
namespace {

constexpr Dialect kStock{};

auto code(int number) -> ErrorCode {
  return static_cast<ErrorCode>(number);
}
constexpr int kCodeCount = static_cast<int>(ErrorCode::kInternal) + 1;

// The pickles of this file were read by the stock client's own deserialize_exception.
TEST(EncodeError, EachCode_HasItsPickle) {
  JsonObject all;
  for (int i = 0; i < kCodeCount; ++i) {
    Error error = make_error(code(i), "it failed", i % 2 == 0 ? "try that" : "");
    if (error.code == ErrorCode::kCommandFailed) error.details = {{"returncode", "7"}, {"command", "make"}};
    all[traits_of(code(i)).name] = encode_error(error, kStock);
  }
  expect_golden("errors_stock.json", to_json_text(all, JsonStyle::kIndented) + "\n");
}

TEST(EncodeError, Native_ComesBackUnchanged) {
  for (int i = 0; i < kCodeCount; ++i) {
    const Error error{.code = code(i), .message = "m\xc3\xa9", .hint = "h", .details = {{"cluster", "c"}}};
    const Error again = decode_error(Json(encode_error(error, kNativeDialect)));
    EXPECT_EQ(again.code, error.code);
    EXPECT_EQ(again.message, error.message);
    EXPECT_EQ(again.hint, error.hint);
    EXPECT_EQ(again.details, error.details);
  }
}

TEST(ErrorReply, EachDialect_HasItsForm) {
  const Error error = make_error(ErrorCode::kClusterNotFound, "Cluster 'x' does not exist.", "sky status");
  EXPECT_EQ(error_reply(error, kStock).http_status, 404);
  EXPECT_EQ(error_reply(error, kStock).body, R"({"detail":"Cluster 'x' does not exist.\nsky status"})");
  EXPECT_EQ(
      error_reply(error, kNativeDialect).body,
      R"({"detail":{"code":"CLUSTER_NOT_FOUND","message":"Cluster 'x' does not exist.","hint":"sky status","details":{}}})");
  const ErrorReply validate = error_reply(error, kStock, true);
  EXPECT_EQ(validate.http_status, 400);
  EXPECT_EQ(validate.body,
            R"({"detail":{"type":"ClusterDoesNotExist","message":"Cluster 'x' does not exist.\nsky status",)"
            R"("args":["Cluster 'x' does not exist.\nsky status"],"attributes":{},"stacktrace":null}})");
}

TEST(ErrorReply, StockClient_Gets503OnlyForWhatMaySucceedLater) {
  EXPECT_EQ(error_reply(make_error(ErrorCode::kUnavailable, "m"), kStock).http_status, 503);
  EXPECT_EQ(error_reply(make_error(ErrorCode::kResourcesUnavailable, "m"), kStock).http_status, 500);
}

TEST(ErrorFromReply, OwnReplies_GiveTheErrorBack) {
  for (int i = 0; i < kCodeCount; ++i) {
    const Error error = make_error(code(i), "m", "h");
    const ErrorReply reply = error_reply(error, kNativeDialect);
    EXPECT_EQ(error_from_reply(reply.http_status, reply.body).code, error.code);
  }
}

TEST(ErrorFromReply, ForeignBodies_FallBackToTheStatus) {
  EXPECT_EQ(error_from_reply(400, R"({"detail":"no"})").message, "no");
  EXPECT_EQ(error_from_reply(404, R"({"detail":"Request 'x' not found"})").code, ErrorCode::kNotFound);
  EXPECT_EQ(error_from_reply(400, R"({"detail":{"type":"NotSupportedError","message":"m"}})").code,
            ErrorCode::kNotSupported);
  EXPECT_EQ(error_from_reply(400, R"({"error":"version_mismatch","message":"old"})").code, ErrorCode::kVersionMismatch);
  const Error proxy = error_from_reply(502, "<html>Bad Gateway</html>\n");
  EXPECT_EQ(proxy.code, ErrorCode::kUnavailable);
  EXPECT_EQ(proxy.message, "the API server replied with HTTP status 502: <html>Bad Gateway</html>");
  EXPECT_EQ(error_from_reply(500, "").message, "the API server replied with HTTP status 500");
}

TEST(ErrorFromReply, FailedRequest_GivesItsError) {
  const Error error = make_error(ErrorCode::kClusterNotUp, "not up");
  for (const Dialect dialect : {kStock, kNativeDialect}) {
    const JsonObject payload{{"request_id", "5c4b"}, {"error", to_json_text(encode_error(error, dialect))}};
    const Error again = error_from_reply(500, to_json_text(JsonObject{{"detail", payload}}));
    EXPECT_EQ(again.code, ErrorCode::kClusterNotUp);
    EXPECT_EQ(again.message, "not up");
  }
}

TEST(Dialect, Headers_Decide) {
  EXPECT_EQ(dialect_of({}, {})->kind, DialectKind::kStock);
  EXPECT_TRUE(dialect_of("native", "62")->native());
  EXPECT_EQ(dialect_of({}, "49")->version, 49);
  EXPECT_EQ(dialect_of({}, "23").error().code, ErrorCode::kVersionMismatch);
  EXPECT_EQ(dialect_of({}, "new").error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace sky::api
