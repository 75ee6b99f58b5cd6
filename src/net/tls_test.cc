#include "net/tls.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "net/http_util_test.h"
#include "os/temp_dir.h"

namespace sky::net {
namespace {

// Makes an authority and certificates in the working directory: `leaf NAME SUBJECT_ALT_NAME DAYS`.
constexpr std::string_view kScript = R"(
set -e
new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
new_key ca.key
openssl req -x509 -new -key ca.key -subj '/CN=Test Authority' -days 30 -out ca.pem
leaf() {
  new_key $1.key
  openssl req -new -key $1.key -subj "/CN=$1" -out $1.csr
  printf 'subjectAltName=%s\n' "$2" > $1.ext
  openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days $3 -extfile $1.ext -out $1.pem
}
leaf good IP:127.0.0.1,DNS:localhost 30
leaf expired IP:127.0.0.1 -1
leaf elsewhere DNS:api.example.com,IP:10.0.0.1 30
new_key self.key
openssl req -x509 -new -key self.key -subj /CN=self -addext subjectAltName=IP:127.0.0.1 -days 30 -out self.pem
)";

class TlsTest : public HttpTest {
 protected:
  static void SetUpTestSuite() {
    auto made = os::TempDir::make();
    ASSERT_TRUE(made.ok());
    folder_ = new os::TempDir(std::move(made).value());
    const std::string command = fmt::format("cd '{}' && ({}) >log 2>&1", folder_->path(), kScript);
    ASSERT_EQ(std::system(command.c_str()), 0) << os::read_file(folder_->path() + "/log").value_or(std::string());
  }
  static void TearDownTestSuite() { delete folder_; }
  static auto file(std::string_view name) -> std::string { return fmt::format("{}/{}", folder_->path(), name); }

  void serve(std::string_view certificate) {
    auto server = TlsServer::open(file(fmt::format("{}.pem", certificate)), file(fmt::format("{}.key", certificate)));
    ASSERT_TRUE(server.ok()) << to_string(server.error());
    auto plain = listen_tcp(loop_, "127.0.0.1", 0);
    ASSERT_TRUE(plain.ok());
    start_on(tls_listener(std::move(plain).value(), *std::move(server)), echo);
  }
  static auto echo(Exchange& exchange) -> async::Task<> {
    const Result<std::string> body = co_await exchange.read_body(size_t{64} << 20U);
    if (!body.ok()) co_return;
    static_cast<void>(co_await exchange.respond(200, {}, *body));
  }
  auto post(const std::string& host, TlsTrust trust, std::string body = "hi") -> Result<HttpResponse> {
    const std::uint16_t port = server_->endpoint().port;
    HttpClient client(loop_, tls_connector(loop_, Endpoint::tcp(host, port), std::move(trust)), "test");
    return run(client.request({.method = "POST", .body = std::move(body)}, soon()));
  }
  auto refusal(std::string_view certificate) -> Error {
    serve(certificate);
    const auto reply = post("127.0.0.1", {.file = file("ca.pem")});
    return reply.ok() ? make_error(ErrorCode::kInternal, "it was trusted") : reply.error();
  }

  static inline os::TempDir* folder_ = nullptr;
};

TEST_F(TlsTest, TrustedServer_AnswersUnderItsAddressAndItsName) {
  serve("good");
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto reply = post(host, {.file = file("ca.pem")});
    ASSERT_TRUE(reply.ok()) << to_string(reply.error());
    EXPECT_EQ(reply->body, "hi");
  }
}

TEST_F(TlsTest, LargeBodies_ComeBackUnchanged) {
  serve("good");
  std::string body(5'000'001, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 251);
  const auto reply = post("127.0.0.1", {.file = file("ca.pem")}, body);
  ASSERT_TRUE(reply.ok()) << to_string(reply.error());
  EXPECT_TRUE(reply->body == body);
}

TEST_F(TlsTest, ExpiredCertificate_IsRefusedWithItsDate) {
  const Error error = refusal("expired");
  EXPECT_EQ(error.code, ErrorCode::kPermissionDenied);
  EXPECT_NE(error.message.find("expired on 20"), std::string::npos) << error.message;
}

TEST_F(TlsTest, CertificateOfAnotherHost_IsRefusedWithItsNames) {
  const Error error = refusal("elsewhere");
  EXPECT_EQ(error.code, ErrorCode::kPermissionDenied);
  EXPECT_NE(error.message.find("is for api.example.com, 10.0.0.1, not for '127.0.0.1'"), std::string::npos)
      << error.message;
}

TEST_F(TlsTest, SelfSignedCertificate_IsRefusedUnlessItIsNamed) {
  const Error error = refusal("self");
  EXPECT_EQ(error.code, ErrorCode::kPermissionDenied);
  EXPECT_NE(error.message.find("signed by itself"), std::string::npos) << error.message;
  EXPECT_NE(error.hint.find("SSL_CERT_FILE"), std::string::npos);
  EXPECT_TRUE(post("127.0.0.1", {.file = file("self.pem")}).ok());
}

TEST_F(TlsTest, UnknownAuthority_IsRefused) {
  serve("good");
  const auto reply = post("127.0.0.1", {.file = file("self.pem")});
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code, ErrorCode::kPermissionDenied);
  EXPECT_NE(reply.error().message.find("an authority that this machine does not trust"), std::string::npos)
      << reply.error().message;
}

TEST_F(TlsTest, PlainServer_IsNamed) {
  start(echo);
  const auto reply = post("127.0.0.1", {.file = file("ca.pem")});
  ASSERT_FALSE(reply.ok());
  EXPECT_NE(reply.error().message.find("does not speak TLS"), std::string::npos) << reply.error().message;
}

TEST_F(TlsTest, PlainClient_GetsNothingAndHarmsNobody) {
  serve("good");
  EXPECT_FALSE(get("/").ok());
  EXPECT_TRUE(post("127.0.0.1", {.file = file("ca.pem")}).ok());
}

TEST_F(TlsTest, MissingFiles_AreNamed) {
  const auto client = TlsClient::open({.file = file("absent.pem")});
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().code, ErrorCode::kNotFound);
  EXPECT_NE(client.error().message.find("absent.pem"), std::string::npos);
  EXPECT_EQ(TlsServer::open(file("good.pem"), file("absent.key")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(TlsServer::open(file("good.pem"), file("self.key")).error().code, ErrorCode::kDataCorrupt);
}

TEST(TlsTrust, Variables_InTheOrderOfTheOriginal) {
  std::map<std::string, std::string, std::less<>> variables{{"SSL_CERT_FILE", "/c"}, {"SSL_CERT_DIR", "/d"}};
  const auto variable = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  const auto is_directory = [](const std::string& path) { return path == "/dir"; };
  EXPECT_EQ(tls_trust_of(variable, is_directory).file, "/c");
  EXPECT_EQ(tls_trust_of(variable, is_directory).directory, "/d");
  variables["CURL_CA_BUNDLE"] = "/b";
  EXPECT_EQ(tls_trust_of(variable, is_directory).file, "/b");
  EXPECT_EQ(tls_trust_of(variable, is_directory).directory, "");
  variables["REQUESTS_CA_BUNDLE"] = "/dir";
  EXPECT_EQ(tls_trust_of(variable, is_directory).directory, "/dir");
}

}  // namespace
}  // namespace sky::net
