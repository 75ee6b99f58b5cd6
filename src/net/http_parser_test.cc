#include "net/http_parser.h"

#include <gtest/gtest.h>

#include "os/file.h"

extern "C" auto LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) -> int;

namespace sky::net {
namespace {

// Feeds all of `bytes` in pieces; what was not taken comes again with the next piece.
auto parse(HttpParser& parser, std::string_view bytes, size_t step, std::string* body) -> Result<size_t> {
  size_t start = 0;
  for (size_t end = std::min(step, bytes.size());; end = std::min(end + step, bytes.size())) {
    for (;;) {
      SKY_TRY(const size_t taken, parser.put(bytes.substr(start, end - start), body));
      start += taken;
      if (taken == 0 || start == end) break;
    }
    if (end == bytes.size()) return start;
  }
}

auto request_error(std::string_view bytes) -> std::string {
  for (const size_t step : {bytes.size(), size_t{1}}) {
    HttpParser parser(HttpParser::Kind::kRequest);
    std::string body;
    const auto taken = parse(parser, bytes, step, &body);
    if (taken.ok()) return parser.done() ? "accepted" : "waits for more";
  }
  return "refused";
}

TEST(HttpParser, FourteenHostileRequests_AreRefused) {
  using std::string_view_literals::operator""sv;
  constexpr std::string_view kLine = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::vector<std::pair<std::string_view, std::string>> cases = {
      {"lines end in LF alone", "GET / HTTP/1.1\nHost: h\n\n"},
      {"space before the colon", fmt::format("{}Content-Length : 1\r\n\r\nx", kLine)},
      {"bare LF in a chunk extension",
       fmt::format("{}Transfer-Encoding: chunked\r\n\r\n1;a\nb\r\nx\r\n0\r\n\r\n", kLine)},
      {"length and encoding", fmt::format("{}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", kLine)},
      {"two lengths", fmt::format("{}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", kLine)},
      {"two equal lengths", fmt::format("{}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", kLine)},
      {"a NUL in a value", fmt::format("{}A: {}\r\n\r\n", kLine, "x\0y"sv)},
      {"a bare CR in a value", fmt::format("{}A: x\ry\r\n\r\n", kLine)},
      {"a chunk size that overflows", fmt::format("{}Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\nx", kLine)},
      {"encoding xchunked", fmt::format("{}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", kLine)},
      {"encoding chunked, identity", fmt::format("{}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", kLine)},
      {"a folded line", fmt::format("{}A: b\r\n c\r\n\r\n", kLine)},
      {"no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n"},
      {"two Hosts", fmt::format("{}Host: other\r\n\r\n", kLine)},
      {"a signed length", fmt::format("{}Content-Length: +1\r\n\r\nx", kLine)},
      {"encoding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"encoding twice",
       fmt::format("{}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", kLine)},
      {"a folded first line", "GET / HTTP/1.1\r\n Host: h\r\n\r\n"},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n"},
      {"a chunk size with 0x", fmt::format("{}Transfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n", kLine)},
      {"a target with a space", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"},
  };
  for (const auto& [name, bytes] : cases) EXPECT_EQ(request_error(bytes), "refused") << name;
}

TEST(HttpParser, EveryCut_GivesTheSameRequest) {
  constexpr std::string_view kBytes =
      "POST /a%2Fb?c=d HTTP/1.1\r\nHost: h\r\nX-Y:  z \r\nTransfer-Encoding: Chunked\r\n\r\n"
      "5;ext=1\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\nGET /next";
  for (size_t step = 1; step <= kBytes.size(); ++step) {
    HttpParser parser(HttpParser::Kind::kRequest);
    std::string body;
    const auto taken = parse(parser, kBytes, step, &body);
    ASSERT_TRUE(taken.ok()) << step << " " << taken.error().message;
    ASSERT_TRUE(parser.done());
    EXPECT_EQ(kBytes.substr(*taken), "GET /next");
    EXPECT_EQ(body, "hello!");
    EXPECT_TRUE(parser.keep_alive());
    const HttpRequest request = parser.take_request();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/a/b");
    EXPECT_EQ(request.headers.find("x-y"), "z");
    EXPECT_FALSE(request.headers.contains("Trailer"));
  }
}

TEST(HttpParser, EndlessHeader_IsRefusedInEveryForm) {
  const std::string many_lines = [] {
    std::string text = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 3000; ++i) text += "A: 0123456789012345678\r\n";
    return text;
  }();
  const std::string chunk_head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& bytes :
       {many_lines, "GET /" + std::string(70'000, 'a'), "GET / HTTP/1.1\r\nA: " + std::string(70'000, 'b'),
        chunk_head + "1;" + std::string(70'000, 'e'), chunk_head + "0\r\nT: " + std::string(70'000, 't')}) {
    for (const size_t step : {bytes.size(), size_t{1000}}) {
      HttpParser parser(HttpParser::Kind::kRequest);
      std::string body;
      const auto taken = parse(parser, bytes, step, &body);
      ASSERT_FALSE(taken.ok()) << bytes.substr(0, 60) << " in steps of " << step;
      EXPECT_EQ(taken.error().code, ErrorCode::kDataCorrupt);
      if (step == 1000) EXPECT_EQ(taken.error().details.at("http_status"), "431");
    }
  }
}

TEST(HttpParser, ResponseUntilEof_EndsWithTheConnection) {
  HttpParser parser(HttpParser::Kind::kResponse);
  std::string body;
  ASSERT_TRUE(parse(parser, "HTTP/1.1 200 Fine\r\nA: b\r\n\r\nsome bytes", 7, &body).ok());
  EXPECT_FALSE(parser.done());
  ASSERT_TRUE(parser.put_eof().ok());
  EXPECT_TRUE(parser.done());
  EXPECT_FALSE(parser.keep_alive());
  EXPECT_EQ(body, "some bytes");
  EXPECT_EQ(parser.take_response().reason, "Fine");
}

TEST(HttpParser, ResponseCutShort_IsAnError) {
  for (const char* bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "HTTP/1.1 200", "",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    HttpParser parser(HttpParser::Kind::kResponse);
    std::string body;
    ASSERT_TRUE(parse(parser, bytes, 100, &body).ok());
    EXPECT_EQ(parser.put_eof().error().code, ErrorCode::kDataCorrupt) << bytes;
  }
}

TEST(HttpParser, AnswerToHead_HasNoBody) {
  HttpParser parser(HttpParser::Kind::kResponse, kHeaderMaxBytes, true);
  std::string body;
  ASSERT_TRUE(parse(parser, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 100, &body).ok());
  EXPECT_TRUE(parser.done());
}

TEST(HttpParser, FuzzSeeds_HoldTheInvariants) {
  const std::string dir = std::string(SKY_SOURCE_DIR) + "/testdata/fuzz_http_parser";
  const auto entries = os::list_dir(dir);
  ASSERT_TRUE(entries.ok());
  ASSERT_GE(entries->size(), 7U);
  for (const os::DirEntry& entry : *entries) {
    const std::string bytes = os::read_file(dir + "/" + entry.name).value();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    // Every beginning of a message is an input of its own.
    for (size_t size = 0; size < bytes.size(); ++size) {
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), size);
    }
  }
}

}  // namespace
}  // namespace sky::net
