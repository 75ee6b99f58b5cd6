#include "net/http_client.h"

#include "net/http_util_test.h"

namespace sky::net {
namespace {

using async::Task;

// One accepted connection of the scripted server: for each text, waits for bytes and then sends it. Closes at the end.
using Script = std::vector<std::string>;

auto play(Listener* listener, std::vector<Script> scripts) -> Task<Result<>> {
  for (const Script& script : scripts) {
    SKY_CO_TRY(const auto connection, co_await listener->accept());
    std::string buffer(65536, '\0');
    for (const std::string& answer : script) {
      SKY_CO_TRY(const size_t count, co_await connection->read_some(buffer));
      if (count == 0) break;
      SKY_CO_CHECK(co_await connection->write_all(answer));
    }
    connection->close();
  }
  co_return Result<>();
}

auto request_each(HttpClient* client, std::vector<HttpRequest> requests, Deadline deadline)
    -> Task<Result<std::vector<std::string>>> {
  std::vector<std::string> words;
  for (HttpRequest& request : requests) {
    const Result<HttpResponse> response = co_await client->request(std::move(request), deadline);
    words.push_back(response.ok() ? response->body : to_string(response.error()));
    // The server's closing of a connection must have arrived before the next request.
    for (int i = 0; i < 20; ++i) SKY_CO_CHECK(co_await async::yield_turn());
  }
  co_return std::move(words);
}

class HttpClientTest : public testing::Test {
 protected:
  void SetUp() override { listener_ = listen_tcp(loop_, "127.0.0.1", 0).value(); }
  auto soon() const -> Deadline { return Deadline::after(loop_.now(), std::chrono::seconds(30)); }

  auto talk(std::vector<Script> scripts, std::vector<HttpRequest> requests, ClientLimits limits = {})
      -> std::vector<std::string> {
    HttpClient client(loop_, listener_->endpoint(), limits);
    async::TaskGroup server(loop_);
    server.spawn("script", play(listener_.get(), std::move(scripts)));
    auto words = loop_.run_until_done(request_each(&client, std::move(requests), soon()));
    kept_ = client.kept_connection_count();
    server.cancel();
    static_cast<void>(loop_.run_until_done(join(&server)));
    return words.value();
  }
  static auto join(async::TaskGroup* group) -> Task<Result<>> {
    co_await group->join();
    co_return Result<>();
  }
  auto name() const -> std::string { return to_string(listener_->endpoint()); }

  async::AsioLoop loop_;
  std::unique_ptr<Listener> listener_;
  size_t kept_ = 0;
};

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_F(HttpClientTest, EachBodyForm_IsRead) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(talk({{kOk}}, {{}}), Words{"ok"});
  EXPECT_EQ(kept_, 1U);
  EXPECT_EQ(talk({{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"}}, {{}}), Words{"ok"});
  EXPECT_EQ(kept_, 1U);
  EXPECT_EQ(talk({{"HTTP/1.1 200 OK\r\n\r\nuntil the end"}}, {{}}), Words{"until the end"});
  EXPECT_EQ(kept_, 0U);
  EXPECT_EQ(talk({{"HTTP/1.1 204 No Content\r\n\r\n"}}, {{}}), Words{""});
  EXPECT_EQ(talk({{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"}}, {{.method = "HEAD"}}), Words{""});
  EXPECT_EQ(kept_, 1U);
  EXPECT_EQ(talk({{fmt::format("HTTP/1.1 100 Continue\r\n\r\n{}", kOk)}}, {{}}), Words{"ok"});
  EXPECT_EQ(talk({{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"}}, {{}}), Words{"ok"});
  EXPECT_EQ(kept_, 0U);
}

TEST_F(HttpClientTest, KeptConnectionDiesUnderTheRequest_IsRepeatedOnce) {
  // The second answer is empty: the server closes after it has read the request.
  const auto words = talk({{kOk, ""}, {kOk}}, {{}, {}});
  EXPECT_EQ(words, (std::vector<std::string>{"ok", "ok"}));
}

TEST_F(HttpClientTest, KeptConnectionDiesUnderAPost_IsNotRepeated) {
  const auto words = talk({{kOk, ""}, {kOk}}, {{}, {.method = "POST", .body = "pay"}});
  EXPECT_EQ(words[1], name() + ": the peer closed the connection");
}

TEST_F(HttpClientTest, KeptConnectionClosedBefore_CostsNothing) {
  const auto words = talk({{kOk}, {kOk}}, {{}, {.method = "POST", .body = "pay"}});
  EXPECT_EQ(words, (std::vector<std::string>{"ok", "ok"}));
}

TEST_F(HttpClientTest, FreshConnectionDies_IsUnavailable) {
  EXPECT_EQ(talk({{""}, {kOk}}, {{}})[0], name() + ": the peer closed the connection");
}

TEST_F(HttpClientTest, BadAnswers_AreErrors) {
  EXPECT_TRUE(talk({{"SSH-2.0-OpenSSH\r\n"}}, {{}})[0].starts_with(name() + ": bad HTTP message")) << name();
  EXPECT_EQ(talk({{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"}}, {{}})[0],
            "the answer of " + name() + " ends early");
  EXPECT_EQ(talk({{kOk}}, {{}}, {.body_max_bytes = 1})[0], "the answer is larger than 1 bytes");
}

TEST_F(HttpClientTest, RequestThatWouldSmuggle_IsNotSent) {
  const auto words =
      talk({{kOk}}, {{.target = "/a b"}, {.target = "/\r\nX: y"}, {.method = "GET /", .target = "/"}, {}});
  EXPECT_EQ(words[0], "cannot send the request 'GET /a b'");
  EXPECT_TRUE(words[1].starts_with("cannot send")) << words[1];
  EXPECT_TRUE(words[2].starts_with("cannot send")) << words[2];
  EXPECT_EQ(words[3], "ok");
}

TEST_F(HttpClientTest, PassedDeadline_NamesTheRequest) {
  HttpClient client(loop_, listener_->endpoint());
  const Deadline deadline = Deadline::after(loop_.now(), std::chrono::milliseconds(5));
  const auto response = loop_.run_until_done(client.request({.target = "/slow"}, deadline));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(response.error().message, "GET /slow at " + name() + " took too long");
}

auto endless_piece() -> Task<Result<std::string>> {
  SKY_CO_CHECK(co_await async::yield_turn());
  co_return std::string(1000, 'e');
}

auto failing_piece() -> Task<Result<std::string>> {
  co_return make_error(ErrorCode::kIo, "the disk is gone");
}

auto refuse_upload(Exchange& exchange) -> Task<> {
  static_cast<void>(co_await exchange.respond(403, Headers(), "no"));
}

auto upload_all(HttpClient* client, BodySource source, Deadline deadline) -> Task<Result<HttpResponse>> {
  SKY_CO_TRY(const auto reader, co_await client->upload({.method = "POST"}, std::move(source), deadline));
  HttpResponse response = reader->head();
  SKY_CO_TRY(response.body, co_await read_body(reader.get(), 100));
  co_return std::move(response);
}

TEST_F(HttpTest, EarlyAnswer_EndsAnUpload) {
  start(refuse_upload);
  const auto response = run(upload_all(&*client_, endless_piece, soon()));
  ASSERT_TRUE(response.ok()) << to_string(response.error());
  EXPECT_EQ(response->status, 403);
  EXPECT_EQ(response->body, "no");
  EXPECT_EQ(client_->kept_connection_count(), 0U);
}

auto answer_after_body(Exchange& exchange) -> Task<> {
  const Result<std::string> body = co_await exchange.read_body(100);
  if (body.ok()) static_cast<void>(co_await exchange.respond(200, Headers(), "whole"));
}

TEST_F(HttpTest, FailingSource_IsTheUploadsError) {
  start(answer_after_body);
  const auto response = run(upload_all(&*client_, failing_piece, soon()));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().message, "the disk is gone");
}

}  // namespace
}  // namespace sky::net
