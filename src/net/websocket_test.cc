#include "net/websocket.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "net/http_util_test.h"
#include "os/file.h"

#define LLVMFuzzerTestOneInput fuzz_websocket_frame
#include "net/websocket_frame_fuzz.cc"
#undef LLVMFuzzerTestOneInput

namespace sky::net {
namespace {

using Kind = WebSocketMessage::Kind;
using namespace std::string_literals;

auto decode_all(WebSocketRole role, std::string_view bytes, size_t limit = 1000)
    -> Result<std::vector<WebSocketMessage>> {
  WebSocketDecoder decoder(role, limit);
  decoder.put(bytes);
  std::vector<WebSocketMessage> messages;
  for (;;) {
    SKY_TRY(std::optional<WebSocketMessage> message, decoder.next());
    if (!message) return messages;
    messages.push_back(*std::move(message));
  }
}

// The examples of RFC 6455, section 5.7.
TEST(WebSocketFrame, ExamplesOfTheSpecification_AreMadeAndRead) {
  EXPECT_EQ(encode_frame(Kind::kText, "Hello", std::nullopt), "\x81\x05Hello");
  EXPECT_EQ(encode_frame(Kind::kText, "Hello", 0x37fa213d), "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  const auto joined = decode_all(WebSocketRole::kClient, "\x01\x03Hel\x80\x02lo"s);
  ASSERT_TRUE(joined.ok());
  ASSERT_EQ(joined->size(), 1U);
  EXPECT_EQ(joined->front().payload, "Hello");
  EXPECT_EQ(encode_frame(Kind::kBinary, std::string(256, 'x'), std::nullopt).substr(0, 4), "\x82\x7e\x01\x00"s);
  EXPECT_EQ(encode_frame(Kind::kBinary, std::string(65536, 'x'), std::nullopt).substr(0, 10),
            "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST(WebSocketFrame, EverySize_ComesBack) {
  for (const size_t size : {0, 1, 125, 126, 127, 65535, 65536, 70000}) {
    const std::string payload(size, 'x');
    const auto decoded =
        decode_all(WebSocketRole::kServer, encode_frame(Kind::kBinary, payload, 0x01020304), size_t{1} << 20U);
    ASSERT_TRUE(decoded.ok()) << size;
    ASSERT_EQ(decoded->size(), 1U) << size;
    EXPECT_TRUE(decoded->front().payload == payload) << size;
  }
}

TEST(WebSocketFrame, ControlBetweenFragments_ComesOutFirst) {
  const auto messages = decode_all(WebSocketRole::kClient, "\x01\x03Hel\x89\x01p\x80\x02lo"s);
  ASSERT_TRUE(messages.ok());
  ASSERT_EQ(messages->size(), 2U);
  EXPECT_EQ((*messages)[0].kind, Kind::kPing);
  EXPECT_EQ((*messages)[1].payload, "Hello");
}

TEST(WebSocketFrame, WhatTheProtocolForbids_IsRefused) {
  const std::vector<std::string> bad = {
      "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",  // masked by a server
      "\xc1\x05Hello",                                 // a reserved bit
      "\x83\x00"s,                                     // an unknown opcode
      "\x8b\x00"s,                                     // an unknown control opcode
      "\x80\x00"s,                                     // a continuation of nothing
      "\x01\x01x\x01\x01y",                            // a second beginning
      "\x09\x00"s,                                     // a ping in fragments
      "\x89\x7e\x00\x80"s,                             // a long ping
      "\x82\x7e\x00\x05Hello"s,                        // a length that is too long
      "\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff",      // more than the limit
      "\x81\x02\xc3\x28",                              // no UTF-8
  };
  for (const std::string& bytes : bad) {
    const auto decoded = decode_all(WebSocketRole::kClient, bytes);
    ASSERT_FALSE(decoded.ok()) << to_hex(bytes);
    EXPECT_EQ(decoded.error().code, ErrorCode::kDataCorrupt);
  }
  EXPECT_FALSE(decode_all(WebSocketRole::kServer, "\x81\x05Hello").ok());  // not masked by a client
  EXPECT_FALSE(decode_all(WebSocketRole::kClient,
                          "\x02\x03"
                          "abc"
                          "\x80\x03"
                          "def",
                          5)
                   .ok());
}

TEST(WebSocketFrame, FuzzSeeds_HoldTheInvariants) {
  const std::string dir = std::string(SKY_SOURCE_DIR) + "/testdata/fuzz_websocket_frame";
  const auto entries = os::list_dir(dir);
  ASSERT_TRUE(entries.ok());
  ASSERT_GE(entries->size(), 7U);
  for (const os::DirEntry& entry : *entries) {
    const std::string bytes = os::read_file(dir + "/" + entry.name).value();
    fuzz_websocket_frame(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
}

TEST(WebSocketHandshake, ExampleOfTheSpecification_IsAnswered) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocketHandshake, OtherRequests_AreRefused) {
  HttpRequest request{.headers = {{"Connection", "keep-alive, Upgrade"},
                                  {"Upgrade", "websocket"},
                                  {"Sec-WebSocket-Version", "13"},
                                  {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}}};
  EXPECT_TRUE(websocket_key(request).ok());
  for (const auto& [name, value] : Headers{{"Connection", "close"},
                                           {"Upgrade", "h2c"},
                                           {"Sec-WebSocket-Version", "8"},
                                           {"Sec-WebSocket-Key", "short"}}) {
    HttpRequest other = request;
    other.headers.set(name, value);
    EXPECT_FALSE(websocket_key(other).ok()) << name;
  }
  request.method = "POST";
  EXPECT_FALSE(websocket_key(request).ok());
}

class WebSocketTest : public HttpTest {
 protected:
  static auto echo(Exchange& exchange) -> async::Task<> {
    Result<std::unique_ptr<WebSocket>> socket = co_await exchange.accept_websocket({});
    if (!socket.ok()) {
      static_cast<void>(co_await exchange.respond_error(std::move(socket).error()));
      co_return;
    }
    for (;;) {
      const Result<std::optional<WebSocketMessage>> message = co_await (*socket)->read();
      if (!message.ok() || !*message) co_return;
      const Result<> written = co_await (*socket)->write((*message)->kind, (*message)->payload);
      if (!written.ok()) co_return;
    }
  }
  auto open() -> Result<WebSocketOpening> {
    const Endpoint endpoint = server_->endpoint();
    return run(connect_websocket(
        loop_, [this, endpoint](Deadline deadline) { return connect(loop_, endpoint, deadline); },
        {.target = "/echo", .headers = {{"Host", "test"}}}, soon()));
  }
  static auto ask(WebSocket* socket, std::string text) -> async::Task<Result<std::string>> {
    SKY_CO_CHECK(co_await socket->write(Kind::kText, text));
    SKY_CO_TRY(const auto message, co_await socket->read());
    co_return message ? message->payload : std::string("closed");
  }
  static auto exchange_bytes(async::ByteStream* stream, std::string bytes) -> async::Task<Result<std::string>> {
    SKY_CO_CHECK(co_await stream->write_all(bytes));
    std::string back(bytes.size(), '\0');
    for (size_t size = 0; size < back.size();) {
      SKY_CO_TRY(const size_t count, co_await stream->read_some({back.data() + size, back.size() - size}));
      if (count == 0) co_return make_error(ErrorCode::kUnavailable, "ended early");
      size += count;
    }
    co_return std::move(back);
  }
};

TEST_F(WebSocketTest, Messages_GoBothWaysAndEnd) {
  start(echo);
  const Result<WebSocketOpening> opened = open();
  ASSERT_TRUE(opened.ok()) << to_string(opened.error());
  ASSERT_NE(opened->socket, nullptr);
  EXPECT_EQ(run(ask(opened->socket.get(), "hello")).value_or(std::string()), "hello");
  ASSERT_TRUE(run(opened->socket->close(1000, "bye")).ok());
  const auto end = run(opened->socket->read());
  ASSERT_TRUE(end.ok()) << to_string(end.error());
  EXPECT_FALSE(end->has_value());
}

TEST_F(WebSocketTest, Stream_KeepsEveryByte) {
  start(echo);
  Result<WebSocketOpening> opened = open();
  ASSERT_TRUE(opened.ok());
  const auto stream = websocket_stream(std::move(opened->socket));
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) bytes += static_cast<char>(i * 31 + i / 257);
  const auto back = run(exchange_bytes(stream.get(), bytes));
  ASSERT_TRUE(back.ok()) << to_string(back.error());
  EXPECT_TRUE(*back == bytes);
}

TEST_F(WebSocketTest, Refusal_ComesWithItsBody) {
  start([](Exchange& exchange) -> async::Task<> { static_cast<void>(co_await exchange.respond(403, {}, "not you")); });
  const Result<WebSocketOpening> opened = open();
  ASSERT_TRUE(opened.ok()) << to_string(opened.error());
  EXPECT_EQ(opened->socket, nullptr);
  EXPECT_EQ(opened->refusal.status, 403);
  EXPECT_EQ(opened->refusal.body, "not you");
}

TEST_F(WebSocketTest, PlainRequest_IsToldWhatIsExpected) {
  start(echo);
  const auto answer = get("/");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 400);
  EXPECT_NE(answer->body.find("websocket"), std::string::npos);
}

}  // namespace
}  // namespace sky::net
