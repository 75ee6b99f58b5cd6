#include "os/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include <gtest/gtest.h>

#include "async/asio_loop.h"
#include "base/strings.h"
#include "os/temp_dir.h"

namespace sky::os {
namespace {

using async::AsioLoop;
using async::Task;

class ProcessTest : public testing::Test {
 protected:
  auto soon() const -> Deadline { return Deadline::after(loop_.now(), std::chrono::seconds(30)); }
  auto run(SpawnOptions options, std::string input = {}) -> Result<CommandOutput> {
    return loop_.run_until_done(run_command(loop_, std::move(options), std::move(input), soon()));
  }
  auto shell(std::string script) -> Result<CommandOutput> { return run({.argv = {"sh", "-c", std::move(script)}}); }
  AsioLoop loop_;
};

auto open_fd_count() -> size_t {
  return list_dir("/proc/self/fd").value().size();
}

TEST_F(ProcessTest, RunCommand_GivesOutputErrorAndStatus) {
  const auto output = shell("echo out; echo err >&2; exit 3");
  ASSERT_TRUE(output.ok());
  EXPECT_EQ(output->out, "out\n");
  EXPECT_EQ(output->err, "err\n");
  EXPECT_EQ(output->status.code, 3);
  EXPECT_EQ(to_string(output->status), "exit code 3");
}

TEST_F(ProcessTest, RunCommand_PassesMuchInputThrough) {
  const std::string input(1'000'000, 'i');
  EXPECT_EQ(run({.argv = {"cat"}}, input).value().out, input);
  EXPECT_TRUE(run({.argv = {"true"}}, input).value().status.ok());
}

TEST_F(ProcessTest, Signal_IsReportedAsAShellDoes) {
  const auto output = shell("kill -9 $$");
  EXPECT_EQ(output.value().status.signal, SIGKILL);
  EXPECT_EQ(output.value().status.shell_code(), 137);
  EXPECT_EQ(to_string(output.value().status), "signal 9 (Killed)");
}

TEST_F(ProcessTest, MissingProgramOrDirectory_IsNotFound) {
  const auto missing = run({.argv = {"no-such-program-here"}});
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().message, "cannot run 'no-such-program-here': No such file or directory");
  const auto no_cwd = run({.argv = {"true"}, .cwd = "/no/such/dir"});
  EXPECT_EQ(no_cwd.error().message, "cannot run 'true' in '/no/such/dir': No such file or directory");
  EXPECT_EQ(run({.argv = {"/etc/passwd"}}).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(run({}).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ProcessTest, Child_SeesThreeDescriptorsAndDefaultSignals) {
  const int leaky = open("/dev/null", O_RDONLY);  // without O_CLOEXEC, as a careless library would
  const int high = fcntl(leaky, F_DUPFD, 200);
  const auto fds = run({.argv = {"ls", "/proc/self/fd"}});
  const auto signals = run({.argv = {"grep", "-E", "SigBlk|SigIgn", "/proc/self/status"}});
  close(leaky);
  close(high);
  EXPECT_EQ(fds.value().out, "0\n1\n2\n3\n");  // 3 is the directory that ls lists
  // Signals 32 and 33 are the C library's own.
  EXPECT_TRUE(signals.value().out.starts_with("SigBlk:\t0000000000000000\nSigIgn:\t00000001")) << signals.value().out;
  EXPECT_TRUE(signals.value().out.ends_with("80000000\n")) << signals.value().out;
}

TEST_F(ProcessTest, EnvironmentAndDirectory_AreAsAsked) {
  const auto all = run({.argv = {"/usr/bin/env"}, .env = Environment{{"A", "1"}, {"B", "2"}}, .env_add = {{"B", "3"}}});
  EXPECT_EQ(all.value().out, "A=1\nB=3\n");
  const auto added = run({.argv = {"sh", "-c", "pwd; echo $ADDED$PATH"}, .env_add = {{"ADDED", "x"}}, .cwd = "/usr"});
  EXPECT_TRUE(added.value().out.starts_with("/usr\nx/")) << added.value().out;
}

auto cancel_when_written(std::string path, async::CancelScope* scope) -> Task<> {
  while (!read_file(path).value_or(std::string()).ends_with('\n')) {
    const Result<> yielded = co_await async::yield_turn();
    SKY_ASSERT(yielded.ok());
  }
  scope->cancel();
}

auto run_until_written(AsioLoop* loop, SpawnOptions options, std::string path) -> Task<Result<CommandOutput>> {
  async::CancelScope& outer = co_await async::current_scope();
  async::CancelScope inner(outer);
  async::TaskGroup group(outer);
  group.spawn("cancel", cancel_when_written(std::move(path), &inner));
  Task<Result<CommandOutput>> running = run_command(*loop, std::move(options), std::string(), Deadline::never());
  Result<CommandOutput> result = co_await std::move(running).in(inner);
  co_await group.join();
  co_return std::move(result);
}

TEST_F(ProcessTest, Cancellation_KillsTheWholeGroup) {
  const auto dir = TempDir::make();
  SpawnOptions options{.argv = {"sh", "-c", "sleep 1000 & echo $! > pid; wait"}, .cwd = dir->path()};
  const auto result = loop_.run_until_done(run_until_written(&loop_, std::move(options), dir->file("pid")));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
  const auto pid = parse_int(trim(read_file(dir->file("pid")).value()));
  ASSERT_TRUE(pid.has_value());
  const auto grandchild = read_process(static_cast<pid_t>(*pid));
  while (grandchild && alive(grandchild->id)) usleep(100);  // ends, or the test program's time does
}

TEST_F(ProcessTest, PassedDeadline_NamesTheCommand) {
  const Deadline deadline = Deadline::after(loop_.now(), std::chrono::milliseconds(1));
  const auto result = loop_.run_until_done(run_command(loop_, {.argv = {"sleep", "1000"}}, "", deadline));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(result.error().message, "'sleep' took too long");
}

TEST_F(ProcessTest, TooMuchOutput_IsAnError) {
  const auto result = shell("cat /dev/zero");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kIo);
}

auto wait_twice(Child* child) -> Task<Result<ExitStatus>> {
  const Deadline passed = Deadline::after(MonoTime{}, Duration::zero());
  const auto cut = co_await async::with_deadline(passed, "exit", child->wait());
  SKY_ASSERT(cut.error().code == ErrorCode::kDeadlineExceeded);
  child->stream().close_write();
  SKY_CO_CHECK(co_await child->wait());
  co_return co_await child->wait();
}

TEST_F(ProcessTest, Wait_CanBeCancelledAndRepeated) {
  auto child = spawn(loop_, {.argv = {"sh", "-c", "cat; exit 7"}, .in = Stdio::pipe()});
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(loop_.run_until_done(wait_twice(child->get())).value().code, 7);
  EXPECT_FALSE((*child)->running());
  EXPECT_EQ((*child)->signal(SIGTERM).error().code, ErrorCode::kNotFound);
}

TEST_F(ProcessTest, GivenDescriptorsCrossed_ReachTheChild) {
  const auto dir = TempDir::make();
  const UniqueFd file = open_file(dir->file("log"), O_WRONLY | O_CREAT).value();
  auto child = spawn(
      loop_,
      {.argv = {"sh", "-c", "echo one; echo two >&2"}, .out = Stdio::to(file.get()), .err = Stdio::to(file.get())});
  ASSERT_TRUE(child.ok());
  ASSERT_TRUE(loop_.run_until_done((*child)->wait()).ok());
  EXPECT_EQ(read_file(dir->file("log")).value(), "one\ntwo\n");
}

TEST_F(ProcessTest, NewSession_LeadsItsGroup) {
  auto child = spawn(loop_, {.argv = {"sleep", "1000"}, .group = ProcessGroup::kNewSession});
  const auto info = read_process((*child)->pid());
  EXPECT_EQ(info->session, (*child)->pid());
  EXPECT_EQ(info->id, (*child)->id());
  ASSERT_TRUE((*child)->signal_group(SIGTERM).ok());
  EXPECT_EQ(loop_.run_until_done((*child)->wait()).value().signal, SIGTERM);
}

TEST_F(ProcessTest, ChildDestroyed_IsKilledAndReaped) {
  pid_t pid = 0;
  {
    pid = spawn(loop_, {.argv = {"sleep", "1000"}}).value()->pid();
  }
  // A later spawn collects what did not die in time.
  for (int i = 0; i < 1000 && read_process(pid).has_value(); ++i) static_cast<void>(shell("true"));
  EXPECT_FALSE(read_process(pid).has_value());
}

TEST_F(ProcessTest, ChildLeft_GoesOn) {
  ProcessId id;
  {
    id = spawn(loop_, {.argv = {"sleep", "1000"}, .on_destroy = OnDestroy::kLeave}).value()->id();
  }
  EXPECT_TRUE(alive(id));
  EXPECT_TRUE(loop_.run_until_done(kill_tree(id, Duration::zero())).ok());
  EXPECT_FALSE(alive(id));
}

TEST_F(ProcessTest, ThousandSpawns_LeaveNoDescriptorAndNoZombie) {
  ASSERT_TRUE(spawn(loop_, {.argv = {"true"}}).ok());
  const size_t before = open_fd_count();
  for (int i = 0; i < 1000; ++i) {
    auto child = spawn(loop_, {.argv = {"true"}, .in = Stdio::pipe(), .out = Stdio::pipe(), .err = Stdio::pipe()});
    ASSERT_TRUE(child.ok());
    if (i % 2 == 0) ASSERT_TRUE(loop_.run_until_done((*child)->wait()).ok());
  }
  EXPECT_EQ(open_fd_count(), before);
  siginfo_t info{};
  while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0) static_cast<void>(shell("true"));
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace sky::os
