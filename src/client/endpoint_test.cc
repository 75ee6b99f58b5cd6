#include "client/endpoint.h"

#include <map>

#include <gtest/gtest.h>

namespace sky::client {
namespace {

auto resolve(std::map<std::string, std::string> variables, std::optional<std::string> configured = std::nullopt)
    -> Result<ServerEndpoint> {
  return resolve_endpoint({.variable = [&](std::string_view name) -> std::optional<std::string> {
                             const auto found = variables.find(std::string(name));
                             return found == variables.end() ? std::nullopt : std::optional(found->second);
                           },
                           .configured = [&]() -> Result<std::optional<std::string>> { return configured; }});
}

TEST(Endpoint, NothingSet_IsTheLocalServer) {
  const auto endpoint = resolve({});
  ASSERT_TRUE(endpoint.ok());
  EXPECT_EQ(endpoint->url, "http://127.0.0.1:46580");
  EXPECT_EQ(endpoint->address, net::Endpoint::tcp("127.0.0.1", 46580));
  EXPECT_TRUE(endpoint->local);
}

TEST(Endpoint, PortVariable_MovesTheLocalServer) {
  EXPECT_EQ(resolve({{"SKYPILOT_API_SERVER_LOCAL_PORT", "50123"}})->address.port, 50123);
  for (const char* bad : {"0", "65536", "abc", "-1", "80x"}) {
    const auto endpoint = resolve({{"SKYPILOT_API_SERVER_LOCAL_PORT", bad}});
    ASSERT_FALSE(endpoint.ok()) << bad;
    EXPECT_EQ(endpoint.error().message,
              "SKYPILOT_API_SERVER_LOCAL_PORT must be a port number from 1 to 65535, found '" + std::string(bad) + "'");
  }
}

TEST(Endpoint, VariableThenConfiguration_Decide) {
  const auto by_config = resolve({}, "http://sky.example:8080/team/");
  ASSERT_TRUE(by_config.ok());
  EXPECT_EQ(by_config->source, EndpointSource::kConfig);
  EXPECT_EQ(by_config->url, "http://sky.example:8080/team");
  EXPECT_EQ(by_config->path_prefix, "/team");
  EXPECT_FALSE(by_config->local);
  const auto by_variable = resolve({{"SKYPILOT_API_SERVER_ENDPOINT", "http://a:b@host:1"}}, "http://sky.example");
  ASSERT_TRUE(by_variable.ok());
  EXPECT_EQ(by_variable->source, EndpointSource::kVariable);
  EXPECT_EQ(by_variable->url, "http://host:1");
  EXPECT_EQ(by_variable->user_info, "a:b");
}

TEST(Endpoint, LoopbackUrlOnTheLocalPort_IsLocal) {
  EXPECT_TRUE(resolve({{"SKYPILOT_API_SERVER_ENDPOINT", "http://localhost:46580"}})->local);
  EXPECT_FALSE(resolve({{"SKYPILOT_API_SERVER_ENDPOINT", "http://localhost:1"}})->local);
  EXPECT_EQ(resolve({{"SKYPILOT_API_SERVER_ENDPOINT", "http://0.0.0.0:46580"}})->address.host, "127.0.0.1");
}

TEST(Endpoint, BadUrls_AreOneSentence) {
  EXPECT_EQ(resolve({{"SKYPILOT_API_SERVER_ENDPOINT", "nonsense"}}).error().message,
            "expected the URL of an API server (http://host:port), found 'nonsense'");
  EXPECT_EQ(resolve({{"SKYPILOT_API_SERVER_ENDPOINT", "ws://x"}}).error().code, ErrorCode::kInvalidArgument);
}

TEST(Endpoint, HttpsUrl_IsNeverTheLocalServer) {
  const auto endpoint = resolve({{"SKYPILOT_API_SERVER_ENDPOINT", "https://x"}, {"SSL_CERT_FILE", "/ca.pem"}});
  ASSERT_TRUE(endpoint.ok());
  EXPECT_TRUE(endpoint->tls);
  EXPECT_EQ(endpoint->url, "https://x");
  EXPECT_EQ(endpoint->address, net::Endpoint::tcp("x", 443));
  EXPECT_EQ(endpoint->trust.file, "/ca.pem");
  EXPECT_FALSE(resolve({{"SKYPILOT_API_SERVER_ENDPOINT", "https://localhost:46580"}})->local);
}

TEST(Endpoint, Token_OfTheVariableBeforeTheConfiguration) {
  const EndpointInputs inputs{.variable = [](std::string_view) { return std::optional<std::string>(); },
                              .configured_token = [] { return std::optional<std::string>("sky_config"); }};
  EXPECT_EQ(resolve_endpoint(inputs)->token.reveal(), "sky_config");
  EXPECT_EQ(resolve({{"SKYPILOT_SERVICE_ACCOUNT_TOKEN", "sky_variable"}})->token.reveal(), "sky_variable");
  const auto bad = resolve({{"SKYPILOT_SERVICE_ACCOUNT_TOKEN", "hunter2"}});
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().message, "Invalid service account token format. Token must start with \"sky_\"");
}

}  // namespace
}  // namespace sky::client
