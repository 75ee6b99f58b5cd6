#include "server/admin_policy.h"

#include <gtest/gtest.h>

#include "async/asio_loop.h"
#include "async/group.h"
#include "format/yaml.h"
#include "net/socket.h"

namespace sky::server {
namespace {

const PolicyRequest kRequest = {.task_yaml = "run: echo hi\n",
                                .config = {{"active_workspace", "a"}},
                                .request_name = "cluster.launch",
                                .cluster_name = "c",
                                .idle_minutes = 5,
                                .user_id = "0a1b2c3d",
                                .user_name = "alice"};

auto reply(int status, std::string body) -> net::HttpResponse {
  return {.status = status, .body = std::move(body)};
}

TEST(AdminPolicy, Request_IsAJsonTextInAJsonText) {
  const auto outer = parse_json(encode_policy_request(kRequest));
  ASSERT_TRUE(outer.ok() && outer->is_string());
  const auto inner = parse_json(std::string(outer->get_string()));
  ASSERT_TRUE(inner.ok());
  EXPECT_EQ(inner->at("task"), Json("run: echo hi\n"));
  EXPECT_EQ(inner->at("skypilot_config"), Json("active_workspace: a\n"));
  EXPECT_EQ(inner->at("request_name"), Json("cluster.launch"));
  EXPECT_EQ(inner->at("request_options"),
            Json({{"cluster_name", "c"}, {"idle_minutes_to_autostop", 5}, {"down", false}, {"dryrun", false}}));
  EXPECT_EQ(inner->at("user"), Json("id: 0a1b2c3d\nname: alice\n"));
  EXPECT_EQ(inner->at("at_client_side"), Json(false));
}

TEST(AdminPolicy, Reply_GivesTheTaskInBothSpellings) {
  const std::string object = R"({"task": "run: b\n", "skypilot_config": "{}"})";
  EXPECT_EQ(decode_policy_reply(reply(200, object), "u").value(), "run: b\n");
  EXPECT_EQ(decode_policy_reply(reply(200, to_json_text(Json(object))), "u").value(), "run: b\n");
}

TEST(AdminPolicy, RefusalAndNonsense_AreErrorsThatNameTheUrl) {
  const auto refused = decode_policy_reply(reply(400, "no spot"), "http://p").error();
  EXPECT_EQ(refused.code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(refused.message, "User request is rejected by admin policy http://p: no spot");
  EXPECT_EQ(decode_policy_reply(reply(503, ""), "http://p").error().message,
            "Failed to call admin policy URL http://p: it answered with status 503");
  for (const auto* body : {"", "[]", "{}", "\"x\"", "{\"task\": 5}"}) {
    const auto error = decode_policy_reply(reply(200, body), "http://p").error();
    EXPECT_EQ(error.code, ErrorCode::kUnavailable) << body;
    EXPECT_TRUE(error.message.starts_with("Failed to decode response from admin policy URL http://p: ")) << body;
  }
}

// Answers one request with `body`.
auto answer_once(net::Listener* listener, std::string body) -> async::Task<Result<>> {
  SKY_CO_TRY(const auto connection, co_await listener->accept());
  std::string buffer(65536, '\0');
  SKY_CO_TRY(const size_t count, co_await connection->read_some(buffer));
  static_cast<void>(count);
  SKY_CO_CHECK(co_await connection->write_all(
      fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", body.size(), body)));
  connection->close();
  co_return Result<>();
}

auto ask(async::IoLoop* loop, std::string url) -> async::Task<Result<std::string>> {
  co_return co_await apply_policy(*loop, std::move(url), kRequest);
}

auto join(async::TaskGroup* group) -> async::Task<Result<>> {
  co_await group->join();
  co_return Result<>();
}

TEST(AdminPolicy, Service_IsAskedOverHttp) {
  async::AsioLoop loop(1);
  const auto listener = net::listen_tcp(loop, "127.0.0.1", 0).value();
  async::TaskGroup server(loop);
  server.spawn("policy", answer_once(listener.get(), R"({"task": "run: other\n", "skypilot_config": "{}"})"));
  const std::string url = fmt::format("http://127.0.0.1:{}/policy", listener->endpoint().port);
  EXPECT_EQ(loop.run_until_done(ask(&loop, url)).value(), "run: other\n");
  static_cast<void>(loop.run_until_done(join(&server)));
}

TEST(AdminPolicy, ServiceThatIsAway_StopsTheRequest) {
  async::AsioLoop loop(1);
  const auto gone = loop.run_until_done(ask(&loop, "http://127.0.0.1:1/policy"));
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code, ErrorCode::kUnavailable);
  const auto secure = loop.run_until_done(ask(&loop, "https://127.0.0.1:1/policy"));
  EXPECT_EQ(secure.error().code, ErrorCode::kNotSupported);
}

}  // namespace
}  // namespace sky::server
