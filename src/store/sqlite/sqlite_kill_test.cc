// kill -9 at any moment: what a killed process acknowledged is there. The child is this test program again, running the
// one disabled test below.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include <gtest/gtest.h>

#include "async/sim_loop.h"
#include "base/strings.h"
#include "journal/journal.h"
#include "os/file.h"
#include "os/temp_dir.h"
#include "store/sqlite/sqlite_store.h"

extern char** environ;

namespace sky::store {
namespace {

constexpr const char* kPathVariable = "SKY_TEST_STATE_FILE";

auto number_codec() -> journal::Codec<std::int64_t> {
  return {.encode = [](const std::int64_t& number) { return std::to_string(number); },
          .decode = [](std::string_view text) -> Result<std::int64_t> { return parse_int(text).value(); }};
}

// Prints the key after the acknowledgement.
auto commit_and_print(journal::Journal* journal, journal::Table<std::int64_t>* table, std::int64_t number)
    -> async::Task<> {
  const std::string key = fmt::format("{:08}", number);
  const auto change = [table, &key, number](journal::Txn& txn) -> Result<> {
    txn.put(*table, key, number);
    txn.put(*table, key + "b", number);
    return {};
  };
  const Result<> done = co_await journal->commit(change);
  SKY_ASSERT(done.ok());
  SKY_ASSERT(os::write_all(STDOUT_FILENO, key + "\n", "stdout").ok());
}

TEST(SqliteKillChild, DISABLED_CommitsForEver) {
  async::SimLoop loop;
  journal::Table<std::int64_t> table("numbers", number_codec());
  journal::Journal journal(loop, std::make_unique<SqliteStore>(SqliteOptions{.path = ::getenv(kPathVariable)}), {});
  journal.add(table);
  SKY_ASSERT(loop.run(journal.open()).ok());
  async::TaskGroup group(loop);
  for (auto next = static_cast<std::int64_t>(table.size());; next += 3) {
    for (int i = 0; i < 3; ++i) group.spawn("commit", commit_and_print(&journal, &table, next + i));
    loop.settle();
  }
}

class Child {
 public:
  explicit Child(const std::string& state_file) {
    std::array<int, 2> pipe_fds{};
    SKY_ASSERT(::pipe2(pipe_fds.data(), O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
    ::setenv(kPathVariable, state_file.c_str(), 1);
    std::string program = "/proc/self/exe";
    std::string filter = "--gtest_filter=SqliteKillChild.*";
    std::string disabled = "--gtest_also_run_disabled_tests";
    std::array<char*, 4> argv{program.data(), filter.data(), disabled.data(), nullptr};
    SKY_ASSERT(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe_fds[1]);
    output_ = ::fdopen(pipe_fds[0], "r");
  }
  ~Child() { ::fclose(output_); }

  // The next acknowledged key; nullopt at the end of the output. Skips what gtest prints.
  auto next_key() -> std::optional<std::string> {
    std::array<char, 256> line{};
    while (::fgets(line.data(), line.size(), output_) != nullptr) {
      const std::string_view text = line.data();
      if (text.size() == 9 && text.ends_with('\n') && parse_int(text.substr(0, 8)))
        return std::string(text.substr(0, 8));
    }
    return std::nullopt;
  }
  void kill_and_wait() {
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
  }

 private:
  pid_t pid_ = 0;
  FILE* output_ = nullptr;
};

TEST(SqliteKill, KilledAtRandomMoments_KeepsEveryAcknowledgedKey) {
  const auto dir = os::TempDir::make().value();
  const std::string path = dir.file("state.db");
  async::SimLoop random(20261125);
  std::set<std::string> acknowledged;
  for (int round = 0; round < 20; ++round) {
    Child child(path);
    for (auto left = random.random_u64() % 40; left > 0; --left) {
      const auto key = child.next_key();
      ASSERT_TRUE(key.has_value());
      acknowledged.insert(*key);
    }
    child.kill_and_wait();
    while (const auto key = child.next_key()) acknowledged.insert(*key);

    SqliteStore store({.path = path});
    std::set<std::string> found;
    const auto loaded = store.load({"numbers"}, [&](size_t, std::string_view key, std::string_view) -> Result<> {
      found.emplace(key);
      return {};
    });
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    for (const std::string& key : acknowledged) ASSERT_TRUE(found.contains(key)) << key << " in round " << round;
    for (const std::string& key : found) {
      if (key.size() == 8) ASSERT_TRUE(found.contains(key + "b")) << key << " is torn";
    }
  }
  EXPECT_GT(acknowledged.size(), 100U);
}

}  // namespace
}  // namespace sky::store
