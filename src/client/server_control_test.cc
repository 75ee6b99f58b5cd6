#include "client/server_control.h"

#include <signal.h>
#include <stdlib.h>

#include <gtest/gtest.h>

#include "async/asio_loop.h"
#include "client/calls.h"
#include "net/http_server.h"
#include "os/file.h"
#include "os/proc.h"
#include "os/temp_dir.h"

namespace sky::client {
namespace {

// Real processes on a port of their own: SKY_FAKE_SERVER is fake_server_main.cc.
class ServerControlTest : public testing::Test {
 protected:
  void SetUp() override {
    auto dir = os::TempDir::make();
    ASSERT_TRUE(dir.ok());
    dir_.emplace(std::move(dir).value());
    ::setenv("FAKE_STATE_DIR", state_dir().c_str(), 1);
    ::unsetenv("FAKE_MODE");
    auto listener = net::listen_tcp(loop_, "127.0.0.1", 0);
    ASSERT_TRUE(listener.ok());
    port_ = (*listener)->endpoint().port;
    (*listener)->close();
  }
  void TearDown() override {
    if (dir_.has_value()) (void)stop();
  }

  auto state_dir() const -> std::string { return dir_->file("server"); }
  auto endpoint() const -> ServerEndpoint {
    return {.url = "http://127.0.0.1", .address = net::Endpoint::tcp("127.0.0.1", port_)};
  }
  auto options() const -> ServerControlOptions { return {.state_dir = state_dir(), .program = SKY_FAKE_SERVER}; }
  auto control() -> ServerControl { return ServerControl(loop_, endpoint(), options()); }

  auto ensure() -> Result<api::HealthInfo> {
    ServerControl one = control();
    return loop_.run_until_done(one.ensure_running());
  }
  auto stop() -> Result<bool> {
    ServerControl one = control();
    return loop_.run_until_done(one.stop());
  }
  auto health() -> Result<api::HealthInfo> {
    ServerControl one = control();
    return loop_.run_until_done(one.health(Deadline::after(loop_.now(), std::chrono::seconds(5))));
  }

  async::AsioLoop loop_;
  std::optional<os::TempDir> dir_;
  std::uint16_t port_ = 0;
};

TEST_F(ServerControlTest, NobodyThere_StartsAndStops) {
  EXPECT_EQ(health().error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(*stop());
  const auto started = ensure();
  ASSERT_TRUE(started.ok()) << started.error().message;
  const auto again = ensure();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->pid, started->pid);
  EXPECT_TRUE(server_process_alive(started->pid, SKY_FAKE_SERVER));
  EXPECT_EQ(os::read_process(static_cast<pid_t>(started->pid))->session, started->pid);  // survives this terminal
  EXPECT_TRUE(*stop());
  EXPECT_FALSE(server_process_alive(started->pid, SKY_FAKE_SERVER));
  EXPECT_FALSE(read_server_info(state_dir()).has_value());
}

auto ensure_both(ServerControl* a, ServerControl* b) -> async::Task<std::vector<Result<api::HealthInfo>>> {
  std::vector<async::Task<Result<api::HealthInfo>>> tasks;
  tasks.push_back(a->ensure_running());
  tasks.push_back(b->ensure_running());
  return async::all(std::move(tasks));
}

TEST_F(ServerControlTest, TwoClientsAtOnce_FindOneServer) {
  ServerControl a = control();
  ServerControl b = control();
  const auto both = loop_.run_until_done(ensure_both(&a, &b));
  ASSERT_TRUE(both[0].ok()) << both[0].error().message;
  ASSERT_TRUE(both[1].ok()) << both[1].error().message;
  EXPECT_EQ(both[0]->pid, both[1]->pid);
}

TEST_F(ServerControlTest, ServerEndsAtOnce_SaysItsLastLine) {
  ::setenv("FAKE_MODE", "refuse", 1);
  const auto started = ensure();
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(started.error().message, "the API server did not start: the disk is on fire");
}

TEST_F(ServerControlTest, ProgramMissing_IsNamed) {
  ServerControl one(loop_, endpoint(), {.state_dir = state_dir(), .program = "/nonexistent/sky-server"});
  const auto started = loop_.run_until_done(one.ensure_running());
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, ErrorCode::kNotFound);
  EXPECT_NE(started.error().message.find("/nonexistent/sky-server"), std::string::npos);
}

TEST_F(ServerControlTest, HomeServesAnotherPort_SaysWhich) {
  const auto started = ensure();
  ASSERT_TRUE(started.ok());
  ServerEndpoint other = endpoint();
  other.address.port = port_ == 1 ? 2 : 1;
  ServerControl one(loop_, other, options());
  const auto seen = loop_.run_until_done(one.ensure_running());
  ASSERT_FALSE(seen.ok());
  EXPECT_EQ(seen.error().code, ErrorCode::kConflict);
  EXPECT_NE(seen.error().message.find(std::to_string(port_)), std::string::npos);
}

auto foreign(net::Exchange* exchange) -> async::Task<> {
  (void)co_await exchange->respond(200, {}, "hello");
}

auto ensure_and_stop(ServerControl* control, net::HttpServer* server) -> async::Task<Result<api::HealthInfo>> {
  Result<api::HealthInfo> seen = co_await control->ensure_running();
  co_await server->stop(Duration::zero());
  co_return std::move(seen);
}

TEST_F(ServerControlTest, PortTakenBySomethingElse_IsSaid) {
  auto listener = net::listen_tcp(loop_, "127.0.0.1", port_);
  ASSERT_TRUE(listener.ok());
  net::HttpServer server(loop_, std::move(listener).value(),
                         [](net::Exchange& exchange) { return foreign(&exchange); });
  server.start();
  ServerControl one = control();
  const auto seen = loop_.run_until_done(ensure_and_stop(&one, &server));
  ASSERT_FALSE(seen.ok());
  EXPECT_EQ(seen.error().code, ErrorCode::kConflict);
  EXPECT_EQ(seen.error().message,
            "port " + std::to_string(port_) + " is used by something that is not a SkyPilot API server");
}

struct Printed final : StreamObserver {
  void on_request(std::string_view id) override { requests.emplace_back(id); }
  void on_output(std::string_view bytes) override { output += bytes; }
  void on_status(std::string_view) override {}
  void on_job(const api::JobRef&) override {}
  void on_log(std::string_view) override {}
  std::vector<std::string> requests;
  std::string output;
};

TEST_F(ServerControlTest, ServerKilledUnderALaunch_IsRestartedAndTheStreamGoesOn) {
  Transport transport(loop_, endpoint(), options());
  Calls calls(transport);
  Printed printed;
  const auto end = loop_.run_until_done(calls.launch({}, &printed));
  ASSERT_TRUE(end.ok()) << end.error().message;
  EXPECT_EQ(end->exit_code, 0);
  EXPECT_EQ(printed.output, "before after 7");
  EXPECT_EQ(printed.requests.size(), 1U);
}

TEST_F(ServerControlTest, StaleServerJson_IsNoServer) {
  ASSERT_TRUE(os::make_dirs(state_dir()).ok());
  ASSERT_TRUE(os::write_file_atomic(state_dir() + "/server.json", R"({"pid": 1, "port": 1})").ok());
  EXPECT_EQ(read_server_info(state_dir())->pid, 1);
  EXPECT_FALSE(*stop());  // pid 1 is something else
  EXPECT_TRUE(ensure().ok());
}

TEST(ServerInfo, Nonsense_IsNone) {
  auto dir = os::TempDir::make();
  ASSERT_TRUE(dir.ok());
  for (const char* text : {"", "{", "[]", R"({"pid":"1"})"}) {
    ASSERT_TRUE(os::write_file_atomic(dir->file("server.json"), text).ok());
    EXPECT_FALSE(read_server_info(dir->path()).has_value()) << text;
  }
}

TEST(FindServerProgram, Variable_Wins) {
  EXPECT_EQ(find_server_program(std::nullopt, "/opt/sky/bin/sky"), "/opt/sky/bin/sky-server");
  EXPECT_EQ(find_server_program("/x/srv", "/opt/sky/bin/sky"), "/x/srv");
  EXPECT_EQ(find_server_program("", "/opt/sky/bin/sky"), "/opt/sky/bin/sky-server");
}

}  // namespace
}  // namespace sky::client
