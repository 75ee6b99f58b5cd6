#include "os/proc.h"

#include <unistd.h>

#include <csignal>

#include <gtest/gtest.h>

#include "async/asio_loop.h"
#include "base/strings.h"
#include "os/process.h"

namespace sky::os {
namespace {

using async::AsioLoop;
using async::Task;

auto read_line(Child* child) -> Task<Result<std::string>> {
  std::string line;
  char byte = 0;
  for (;;) {
    SKY_CO_TRY(const size_t count, co_await child->stream().read_some({&byte, 1}));
    if (count == 0 || byte == '\n') co_return line;
    line += byte;
  }
}

class ProcTest : public testing::Test {
 protected:
  // Runs a script; returns once it has printed the pids of the processes that it wants to be watched, in one line.
  auto start(std::string script, Environment env = {}) -> std::unique_ptr<Child> {
    auto child = spawn(loop_, {.argv = {"sh", "-c", std::move(script)},
                               .env_add = std::move(env),
                               .out = Stdio::pipe(),
                               .group = ProcessGroup::kNewSession});
    SKY_ASSERT(child.ok());
    const auto line = loop_.run_until_done(read_line(child->get()));
    for (const std::string_view word : split(line.value(), ' ')) {
      const auto info = read_process(static_cast<pid_t>(parse_int(word).value_or(0)));
      SKY_ASSERT(info.has_value());
      seen_.push_back(info->id);
    }
    return std::move(*child);
  }
  auto living() const -> size_t {
    return static_cast<size_t>(std::count_if(seen_.begin(), seen_.end(), [](ProcessId id) { return alive(id); }));
  }
  auto kill_all(ProcessId root, Duration grace = Duration::zero()) -> Result<> {
    return loop_.run_until_done(kill_tree(root, grace));
  }
  AsioLoop loop_;
  std::vector<ProcessId> seen_;
};

TEST(ParseProcStat, HostileName_IsKeptWhole) {
  const auto info = parse_proc_stat(
      "42 (a) R 1 (b)) S 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2 3 4 5 6 7 8 9 10 11 12 13\n");
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->name, "a) R 1 (b)");
  EXPECT_EQ(info->id, (ProcessId{42, 987654}));
  EXPECT_EQ(info->parent, 7);
  EXPECT_EQ(info->group, 8);
  EXPECT_EQ(info->session, 9);
  EXPECT_EQ(info->state, 'S');
}

TEST(ParseProcStat, Damage_IsNothing) {
  for (const char* text :
       {"", "42", "42 (a", "42 (a) S 1", ") 42 (", "x (a) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5"}) {
    EXPECT_FALSE(parse_proc_stat(text).has_value()) << text;
  }
}

TEST_F(ProcTest, OwnProcess_IsAliveAndAnotherStartTimeIsNot) {
  const ProcessId self = own_process_id();
  EXPECT_TRUE(alive(self));
  EXPECT_FALSE(alive({self.pid, self.start_time + 1}));
  EXPECT_FALSE(read_command_line(self.pid).empty());
  EXPECT_EQ(signal_process({self.pid, self.start_time + 1}, SIGKILL).error().code, ErrorCode::kNotFound);
}

TEST_F(ProcTest, Zombie_CountsAsDead) {
  auto child = spawn(loop_, {.argv = {"true"}});
  while (read_process((*child)->pid())->state != 'Z') usleep(100);
  EXPECT_FALSE(alive((*child)->id()));
  reap_orphans();
  EXPECT_TRUE(loop_.run_until_done((*child)->wait()).value().ok());
}

TEST_F(ProcTest, KillTree_EndsThoseThatIgnoreTermInTheirOwnSession) {
  auto child = start("trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 1000 & echo $$ $!; wait' & wait");
  ASSERT_EQ(living(), 2U);
  EXPECT_TRUE(kill_all((*child).id(), std::chrono::milliseconds(20)).ok());
  EXPECT_EQ(living(), 0U);
  EXPECT_FALSE(alive(child->id()));
  EXPECT_EQ(loop_.run_until_done(child->wait()).value().signal, SIGKILL);
}

TEST_F(ProcTest, KillTree_GivesGraceToThoseThatObey) {
  auto child = start("trap 'exit 5' TERM; echo $$; while :; do sleep 0.01; done");
  EXPECT_TRUE(kill_all(child->id(), std::chrono::seconds(30)).ok());
  EXPECT_EQ(loop_.run_until_done(child->wait()).value().code, 5);
}

TEST_F(ProcTest, KillTreeOfASession_FindsWhatLostItsParent) {
  auto child = start("(sh -c 'trap \"\" TERM; sleep 1000 & echo $$ $!; wait' &) ; sleep 1000");
  ASSERT_EQ(living(), 2U);
  EXPECT_TRUE(kill_all(child->id()).ok());
  EXPECT_EQ(living(), 0U);
}

TEST_F(ProcTest, SubreaperKillingItsOwnTree_LeavesNothingBehind) {
  ASSERT_TRUE(set_subreaper().ok());
  // A double fork into a new session whose first parent is gone before anybody looks.
  auto child = start("setsid sh -c '(setsid sleep 1000 & echo $!)'");
  EXPECT_TRUE(loop_.run_until_done(child->wait()).value().ok());
  ASSERT_EQ(living(), 1U);
  EXPECT_TRUE(kill_all(own_process_id()).ok());
  EXPECT_EQ(living(), 0U);
  EXPECT_TRUE(child_processes(getpid()).empty());
}

TEST_F(ProcTest, ChildOfThisProcess_IsListedAlsoAsAZombie) {
  auto child = start("echo $$; exec sleep 1000");
  const auto before = child_processes(getpid());
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0].id, child->id());
  EXPECT_TRUE(child->signal(SIGKILL).ok());
  while (alive(child->id())) continue;
  const auto after = child_processes(getpid());
  ASSERT_EQ(after.size(), 1U);
  EXPECT_TRUE(after[0].dead());
}

TEST_F(ProcTest, ForkStorm_Ends) {
  auto child = start("echo $$; f() { while :; do (sleep 1000) & sleep 0.001; done; }; f & f & wait");
  EXPECT_TRUE(kill_all(child->id()).ok());
  EXPECT_TRUE(kill_all(own_process_id()).ok());
  EXPECT_TRUE(find_by_environment("no", "such").empty());
  EXPECT_EQ(living(), 0U);
}

TEST_F(ProcTest, KillByEnvironment_FindsWhatNoTreeLeadsTo) {
  auto child = start("setsid sh -c '(setsid sleep 1000 & echo $!)'; exit 0", {{"SKY_TEST_MARK", "abc"}});
  ASSERT_EQ(find_by_environment("SKY_TEST_MARK", "abc").size(), 1U);
  EXPECT_TRUE(find_by_environment("SKY_TEST_MARK", "ab").empty());
  EXPECT_TRUE(loop_.run_until_done(kill_by_environment("SKY_TEST_MARK", "abc", Duration::zero())).ok());
  EXPECT_EQ(living(), 0U);
}

TEST_F(ProcTest, KillTreeOfTheGone_IsSuccess) {
  EXPECT_TRUE(kill_all({999'999'999, 1}).ok());
}

}  // namespace
}  // namespace sky::os
