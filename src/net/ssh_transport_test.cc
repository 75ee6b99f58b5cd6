#include "net/ssh_transport.h"

#include <gtest/gtest.h>

#include "async/group.h"
#include "net/testing/sshd.h"
#include "os/temp_dir.h"
#include "testing/pipe_stream.h"

namespace sky::net {
namespace {

using async::Task;

constexpr const char* kHost = "127.77.1.1";

// A user with a home of their own, and hosts to log in to.
class SshTransportTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!sshd_.usable()) GTEST_SKIP() << sshd_.why_not();
    ASSERT_TRUE(os::make_dirs(dir_.file("user/.ssh")).ok());
  }
  auto target() -> SshTarget { return {.host = kHost, .port = sshd_.port(), .identity_file = sshd_.key_path()}; }
  auto soon() -> Deadline { return Deadline::after(loop_.now(), std::chrono::seconds(60)); }

  static auto talk(SshTransport* ssh, SshTarget target, SshCommand command, std::string input, Deadline deadline)
      -> Task<Result<std::string>> {
    SKY_CO_TRY(const auto process, co_await ssh->run(target, command, deadline));
    SKY_CO_CHECK(co_await process->stream().write_all(input));
    process->stream().close_write();
    SKY_CO_TRY(std::string output, co_await async::read_to_end(&process->stream()));
    SKY_CO_TRY(const int code, co_await process->wait());
    co_return fmt::format("{}|{}", code, output);
  }
  auto run(std::string command, std::string input = {}) -> Result<std::string> {
    return loop_.run_until_done(
        talk(&ssh_, target(), {.check = {}, .command = std::move(command)}, std::move(input), soon()));
  }

  // The code and the output, or the error.
  auto said(std::string command, std::string input = {}) -> std::string {
    const Result<std::string> answer = run(std::move(command), std::move(input));
    return answer.ok() ? *answer : answer.error().message;
  }

  os::TempDir dir_ = std::move(os::TempDir::make()).value();
  async::AsioLoop loop_{2};
  Sshd sshd_{loop_, dir_.path()};
  SshTransport ssh_{loop_, {.home = dir_.file("user"), .work_dir = dir_.file("w"), .connect_timeout_seconds = 5}};
};

TEST_F(SshTransportTest, Command_GetsBytesAndGivesOutputAndCode) {
  ASSERT_TRUE(sshd_.start_host(kHost).ok());
  const std::string bytes = std::string("a\0b\n", 4) + std::string(300'000, 'x');
  EXPECT_EQ(said("exec cat", bytes), "0|" + bytes);
  EXPECT_EQ(said("exit 3"), "3|");
  EXPECT_EQ(said("exit 255"), "255|");
  EXPECT_EQ(said("echo \"$HOME\""), "0|" + sshd_.home_of(kHost) + "\n");
  EXPECT_TRUE(os::file_exists(dir_.file("user/.ssh/known_hosts")));
}

TEST_F(SshTransportTest, FailedCheck_IsAnErrorOfTheStart) {
  ASSERT_TRUE(sshd_.start_host(kHost).ok());
  const auto failed = loop_.run_until_done(
      ssh_.run(target(), {.check = "echo too early; echo why >&2; exit 7;", .command = "exec cat"}, soon()));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kCommandFailed);
  EXPECT_EQ(failed.error().message, "why");
  EXPECT_EQ(failed.error().details.at("exit_code"), "7");
}

TEST_F(SshTransportTest, ManyCommands_FitIntoSessionsThatTheHostAllows) {
  ASSERT_TRUE(sshd_.start_host(kHost, "MaxSessions 3").ok());
  std::vector<Task<Result<std::string>>> all;
  for (int i = 0; i < 12; ++i) {
    all.push_back(
        talk(&ssh_, target(), {.check = {}, .command = "sleep 0.05; exec cat"}, fmt::format("{}", i), soon()));
  }
  const auto collect =
      [](std::vector<Task<Result<std::string>>> tasks) -> Task<Result<std::vector<Result<std::string>>>> {
    co_return co_await async::all(std::move(tasks));
  };
  const auto results = loop_.run_until_done(collect(std::move(all)));
  for (int i = 0; i < 12; ++i) EXPECT_EQ(*(*results)[static_cast<size_t>(i)], fmt::format("0|{}", i));
}

TEST_F(SshTransportTest, NobodyListens_IsRefused) {
  const auto failed = run("true");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(failed.error().details.at("ssh"), "refused");
}

TEST_F(SshTransportTest, ChangedHostKey_IsRefusedWithBothFingerprints) {
  ASSERT_TRUE(sshd_.start_host(kHost).ok());
  ASSERT_TRUE(run("true").ok());
  sshd_.stop_host(kHost);
  ssh_.forget(target());
  ASSERT_TRUE(sshd_.new_host_key().ok());
  ASSERT_TRUE(sshd_.start_host(kHost).ok());
  const auto failed = run("true");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kPermissionDenied);
  EXPECT_TRUE(failed.error().details.at("expected").starts_with("SHA256:"));
  EXPECT_TRUE(failed.error().details.at("found").starts_with("SHA256:"));
  EXPECT_NE(failed.error().details.at("expected"), failed.error().details.at("found"));
}

TEST_F(SshTransportTest, UsersStrictChecking_IsRespected) {
  ASSERT_TRUE(sshd_.start_host(kHost).ok());
  ASSERT_TRUE(os::write_file_atomic(dir_.file("user/.ssh/config"), "Host *\n  StrictHostKeyChecking yes\n").ok());
  const auto failed = run("true");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().details.at("ssh"), "host_key");
}

TEST_F(SshTransportTest, HostKeyQuestion_IsRepeatedAndDoesNotHang) {
  ASSERT_TRUE(sshd_.start_host(kHost).ok());
  ASSERT_TRUE(os::write_file_atomic(dir_.file("user/.ssh/config"), "Host *\n  StrictHostKeyChecking ask\n").ok());
  const auto failed = run("true");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().details.at("ssh"), "asked") << failed.error().message;
  EXPECT_NE(failed.error().message.find("continue connecting"), std::string::npos) << failed.error().message;
}

TEST_F(SshTransportTest, WrongKey_IsARefusedLogin) {
  ASSERT_TRUE(sshd_.start_host(kHost, "AuthorizedKeysFile /dev/null").ok());
  const auto failed = run("true");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kUnauthenticated) << failed.error().message;
}

TEST_F(SshTransportTest, BrokenConnection_EndsTheCommandAndTheNextLogsInAgain) {
  ASSERT_TRUE(sshd_.start_host(kHost).ok());
  const auto process = loop_.run_until_done(ssh_.run(target(), {.check = {}, .command = "exec cat"}, soon()));
  ASSERT_TRUE(process.ok());
  // The shell's parent is the sshd of this login.
  EXPECT_FALSE(run("kill -9 $PPID; exec cat").ok());
  const auto ended = loop_.run_until_done((*process)->wait());
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(said("echo again"), "0|again\n");
}

TEST_F(SshTransportTest, LongWorkDirectory_IsReplacedByAShortOne) {
  ASSERT_TRUE(sshd_.start_host(kHost).ok());
  SshTransport far(loop_, {.home = dir_.file("user"), .work_dir = dir_.file(std::string(120, 'd'))});
  EXPECT_EQ(*loop_.run_until_done(talk(&far, target(), {.check = {}, .command = "echo there"}, "", soon())),
            "0|there\n");
}

}  // namespace
}  // namespace sky::net
