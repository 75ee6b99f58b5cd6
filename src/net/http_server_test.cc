#include "net/http_server.h"

#include "net/http_util_test.h"
#include "os/temp_dir.h"

namespace sky::net {
namespace {

using async::Task;

auto status_line_of(std::string_view answer) -> std::string_view {
  return answer.substr(0, answer.find("\r\n"));
}

// Answers with the body that came, under a header that tells how the request was read.
auto echo(Exchange& exchange) -> Task<> {
  Result<std::string> body = co_await exchange.read_body(1U << 20U);
  if (!body.ok()) {
    static_cast<void>(co_await exchange.respond_error(std::move(body).error()));
    co_return;
  }
  Headers headers{{"X-Path", exchange.request().path}};
  static_cast<void>(co_await exchange.respond(200, std::move(headers), std::move(*body)));
}

TEST_F(HttpTest, KeepAlive_ServesManyRequestsOnOneConnection) {
  start(echo);
  for (int i = 0; i < 5; ++i) {
    const auto response = run(client_->request({.method = "POST", .target = "/a%20b", .body = "text"}, soon()));
    ASSERT_TRUE(response.ok()) << to_string(response.error());
    EXPECT_EQ(response->body, "text");
    EXPECT_EQ(response->headers.find("X-Path"), "/a b");
    EXPECT_TRUE(response->headers.contains("Date"));
    EXPECT_EQ(server_->connection_count(), 1U);
    EXPECT_EQ(client_->kept_connection_count(), 1U);
  }
}

TEST_F(HttpTest, HostileRequest_Gets400AsJsonAndTheConnectionEnds) {
  start(echo);
  for (const char* bytes : {"GET / HTTP/1.1\nHost: h\n\n", "GET / HTTP/1.1\r\n\r\n",
                            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
                            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                            "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n", "GET a HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    const std::string answer = raw(bytes);
    EXPECT_EQ(status_line_of(answer), "HTTP/1.1 400 Bad Request") << bytes;
    EXPECT_NE(answer.find("\r\n\r\n{\"detail\": \"bad "), std::string::npos) << answer;
  }
  const std::string broken_chunk = raw("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  EXPECT_EQ(status_line_of(broken_chunk), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(status_line_of(raw("GET /" + std::string(70'000, 'a'))), "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST_F(HttpTest, SlowClient_TimesOut) {
  ServerLimits limits;
  limits.header_timeout = std::chrono::milliseconds(10);
  limits.idle_timeout = std::chrono::milliseconds(10);
  limits.read_timeout = std::chrono::milliseconds(10);
  start(echo, limits);
  EXPECT_EQ(raw(""), "");
  EXPECT_EQ(status_line_of(raw("GET / HTT")), "HTTP/1.1 408 Request Timeout");
  const std::string body = raw("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nx");
  EXPECT_EQ(status_line_of(body), "HTTP/1.1 408 Request Timeout");
  EXPECT_NE(body.find("Connection: close"), std::string::npos);
}

TEST_F(HttpTest, Pipelined_AreAnsweredInOrder) {
  start(echo);
  const std::string answer =
      raw("POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none"
          "GET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const size_t first = answer.find("X-Path: /1");
  const size_t second = answer.find("X-Path: /2");
  ASSERT_NE(first, std::string::npos) << answer;
  ASSERT_NE(second, std::string::npos) << answer;
  EXPECT_LT(first, second);
}

TEST_F(HttpTest, OldAndHeadRequests_AreAnsweredTheirWay) {
  start(echo);
  const std::string old = raw("GET / HTTP/1.0\r\n\r\n");
  EXPECT_NE(old.find("Connection: close"), std::string::npos);
  const std::string head = raw("HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_NE(head.find("Content-Length: 2"), std::string::npos);
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
}

auto wait_before_body(async::AsioLoop* loop, Endpoint endpoint, Deadline deadline) -> Task<Result<std::string>> {
  SKY_CO_TRY(const auto connection, co_await connect(*loop, endpoint, deadline));
  const std::string_view head =
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n";
  SKY_CO_CHECK(co_await connection->write_all(head));
  std::string buffer(1024, '\0');
  SKY_CO_TRY(const size_t count, co_await connection->read_some(buffer));
  SKY_CO_CHECK(co_await connection->write_all("hi"));
  SKY_CO_TRY(const std::string rest, co_await read_to_end(connection.get()));
  co_return buffer.substr(0, count) + rest;
}

TEST_F(HttpTest, ClientThatExpectsContinue_IsToldToGoOn) {
  start(echo);
  const auto answer = run(wait_before_body(&loop_, server_->endpoint(), soon()));
  ASSERT_TRUE(answer.ok());
  EXPECT_TRUE(answer->starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")) << *answer;
  EXPECT_TRUE(answer->ends_with("hi"));
}

TEST_F(HttpTest, BodyAboveLimit_Is413) {
  start(echo);
  const std::string huge = raw("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\nabc");
  EXPECT_EQ(status_line_of(huge), "HTTP/1.1 413 Content Too Large");
  EXPECT_NE(huge.find(R"({"detail": "the body is larger than 1048576 bytes"})"), std::string::npos);
}

auto say_nothing(Exchange&) -> Task<> {
  co_return;
}

TEST_F(HttpTest, HandlerWithoutAnswer_Is500) {
  start(say_nothing);
  EXPECT_EQ(get("/")->status, 500);
}

TEST_F(HttpTest, ConnectionsBeyondTheLimit_AreTold503) {
  start(echo, {.connection_count_max = 1});
  ASSERT_TRUE(get("/").ok());  // and is kept
  EXPECT_EQ(status_line_of(raw("GET / HTTP/1.1\r\nHost: h\r\n\r\n")), "HTTP/1.1 503 Service Unavailable");
}

TEST_F(HttpTest, HeaderValueWithLineBreak_AddsNoHeader) {
  start([](Exchange& exchange) -> Task<> {
    static_cast<void>(co_await exchange.respond(200, Headers{{"A", "b\r\nEvil: yes"}}, "x"));
  });
  const auto response = get("/");
  EXPECT_FALSE(response->headers.contains("Evil"));
  EXPECT_EQ(response->headers.find("A"), "b  Evil: yes");
}

// Counts what comes up and sends as much down, both in pieces.
auto stream_back(Exchange& exchange) -> Task<> {
  size_t total = 0;
  for (;;) {
    const Result<std::string> piece = co_await exchange.read_some_body();
    if (!piece.ok() || piece->empty()) break;
    total += piece->size();
  }
  static_cast<void>(co_await exchange.start_stream(200, Headers{{"X-Total", fmt::format("{}", total)}}));
  const std::string chunk(100'000, 'd');
  for (size_t sent = 0; sent < total; sent += chunk.size()) static_cast<void>(co_await exchange.write_chunk(chunk));
  static_cast<void>(co_await exchange.finish());
}

auto pieces(size_t count, size_t size) -> BodySource {
  auto left = std::make_shared<size_t>(count);
  return [left, size]() -> Task<Result<std::string>> {
    const auto one = [](std::string piece) -> Task<Result<std::string>> { co_return piece; };
    return one(*left == 0 ? std::string() : ((*left)--, std::string(size, 'u')));
  };
}

auto upload_and_count(HttpClient* client, size_t count, Deadline deadline) -> Task<Result<size_t>> {
  SKY_CO_TRY(const auto reader, co_await client->upload({.method = "POST"}, pieces(count, 100'000), deadline));
  SKY_CO_TRY(const std::string body, co_await read_body(reader.get(), 1U << 30U));
  SKY_ASSERT(reader->head().headers.find("X-Total") == fmt::format("{}", body.size()));
  co_return body.size();
}

TEST_F(HttpTest, TenMegabytes_GoUpAndDownInChunks) {
  start(stream_back);
  EXPECT_EQ(run(upload_and_count(&*client_, 100, soon())).value(), 10'000'000U);
  EXPECT_EQ(client_->kept_connection_count(), 1U);
}

auto stop_in_the_middle(Exchange& exchange) -> Task<> {
  static_cast<void>(co_await exchange.start_stream(200, Headers()));
  static_cast<void>(co_await exchange.write_chunk("half"));
}

TEST_F(HttpTest, StreamWithoutFinish_IsABrokenAnswer) {
  start(stop_in_the_middle);
  const auto response = get("/");
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
}

TEST_F(HttpTest, OldClient_GetsAStreamWithoutChunks) {
  start(stream_back);
  EXPECT_TRUE(raw("POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc").ends_with(std::string(100, 'd')));
}

struct Follower {
  Result<> ended;
  bool done = false;
};

// Streams one chunk, then waits for ever.
auto follow(Exchange* exchange, Follower* follower) -> Task<> {
  exchange->cancel_on_disconnect();
  static_cast<void>(co_await exchange->read_body(100));
  static_cast<void>(co_await exchange->start_stream(200, Headers()));
  static_cast<void>(co_await exchange->write_chunk("first"));
  follower->ended = co_await async::sleep_for(std::chrono::hours(1));
  follower->done = true;
}

auto read_first_and_leave(HttpClient* client, Follower* follower, Deadline deadline) -> Task<Result<>> {
  {
    SKY_CO_TRY(const auto reader, co_await client->open({.method = "POST", .body = "question"}, deadline));
    SKY_CO_TRY(const std::string first, co_await reader->read_some());
    SKY_ASSERT(first == "first");
  }
  while (!follower->done) SKY_CO_CHECK(co_await async::yield_turn());
  co_return Result<>();
}

TEST_F(HttpTest, ClientLeavesAStream_CancelsTheHandler) {
  Follower follower;
  start([&](Exchange& exchange) { return follow(&exchange, &follower); });
  ASSERT_TRUE(run(read_first_and_leave(&*client_, &follower, soon())).ok());
  ASSERT_FALSE(follower.ended.ok());
  EXPECT_EQ(follower.ended.error().message, "the client went away");
}

auto flood(Exchange* exchange, std::optional<Error>* seen) -> Task<> {
  static_cast<void>(co_await exchange->start_stream(200, Headers()));
  for (;;) {
    const Result<> written = co_await exchange->write_chunk(std::string(100'000, 'f'));
    if (written.ok()) continue;
    seen->emplace(written.error());
    co_return;
  }
}

auto ask_and_never_read(async::AsioLoop* loop, Endpoint endpoint, std::optional<Error>* seen, Deadline deadline)
    -> Task<Result<>> {
  SKY_CO_TRY(const auto connection, co_await connect(*loop, endpoint, deadline));
  SKY_CO_CHECK(co_await connection->write_all("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  while (!seen->has_value()) SKY_CO_CHECK(co_await async::yield_turn());
  co_return Result<>();
}

TEST_F(HttpTest, ClientThatDoesNotRead_EndsTheStream) {
  std::optional<Error> seen;
  start([&](Exchange& exchange) { return flood(&exchange, &seen); }, {.write_timeout = std::chrono::milliseconds(20)});
  ASSERT_TRUE(run(ask_and_never_read(&loop_, server_->endpoint(), &seen, soon())).ok());
  EXPECT_EQ(seen->code, ErrorCode::kDeadlineExceeded);
}

auto hold(Exchange* exchange, async::Event* arrived, async::Event* release) -> Task<> {
  arrived->set();
  const Result<> released = co_await release->wait();
  if (released.ok()) static_cast<void>(co_await exchange->respond(200, Headers(), "done"));
}

auto stop_while_held(HttpClient* client, HttpServer* server, async::Event* arrived, async::Event* release)
    -> Task<Result<HttpResponse>> {
  async::CancelScope& scope = co_await async::current_scope();
  async::TaskGroup group(scope);
  std::optional<Result<HttpResponse>> slot;
  group.spawn("request", async::detail::store_result(client->request({}, Deadline::never()), &slot));
  SKY_CO_CHECK(co_await arrived->wait());
  group.spawn("stop", stop_server(server, release != nullptr ? Duration(std::chrono::hours(1)) : Duration::zero()));
  SKY_CO_CHECK(co_await async::yield_turn());
  SKY_CO_CHECK(co_await async::yield_turn());
  if (release != nullptr) release->set();
  co_await group.join();
  co_return std::move(*slot);
}

TEST_F(HttpTest, GracefulStop_LetsARequestEnd) {
  async::Event arrived;
  async::Event release;
  start([&](Exchange& exchange) { return hold(&exchange, &arrived, &release); });
  const auto response = run(stop_while_held(&*client_, server_.get(), &arrived, &release));
  ASSERT_TRUE(response.ok()) << to_string(response.error());
  EXPECT_EQ(response->body, "done");
  EXPECT_EQ(response->headers.find("Connection"), "close");
  EXPECT_EQ(server_->connection_count(), 0U);
}

TEST_F(HttpTest, StopWithoutGrace_CancelsTheHandler) {
  async::Event arrived;
  async::Event never;
  start([&](Exchange& exchange) { return hold(&exchange, &arrived, &never); });
  EXPECT_FALSE(run(stop_while_held(&*client_, server_.get(), &arrived, nullptr)).ok());
  EXPECT_EQ(server_->connection_count(), 0U);
}

auto request_many(async::AsioLoop* loop, Endpoint endpoint, size_t count, Deadline deadline) -> Task<Result<size_t>> {
  std::vector<std::unique_ptr<HttpClient>> clients;
  std::vector<Task<Result<HttpResponse>>> tasks;
  for (size_t i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<HttpClient>(*loop, endpoint));
    HttpRequest request{.method = "PUT", .body = fmt::format("{}", i)};
    tasks.push_back(clients.back()->request(std::move(request), deadline));
  }
  const auto responses = co_await async::all(std::move(tasks));
  size_t good = 0;
  for (size_t i = 0; i < count; ++i) good += responses[i].ok() && responses[i]->body == fmt::format("{}", i) ? 1 : 0;
  co_return good;
}

TEST_F(HttpTest, TwoHundredConnections_AreServedAtOnce) {
  start(echo);
  EXPECT_EQ(run(request_many(&loop_, server_->endpoint(), 200, soon())).value(), 200U);
}

TEST_F(HttpTest, UnixSocket_ServesTheSame) {
  const auto dir = os::TempDir::make();
  start_on(listen_unix(loop_, dir->file("socket")).value(), echo);
  EXPECT_EQ(run(client_->request({.method = "POST", .body = "over unix"}, soon()))->body, "over unix");
  stop();
}

TEST(ErrorBody, ControlCharacters_StayJson) {
  EXPECT_EQ(error_body("a \"b\" \\ \n\x01"), R"({"detail": "a \"b\" \\ \u000a\u0001"})");
}

}  // namespace
}  // namespace sky::net
