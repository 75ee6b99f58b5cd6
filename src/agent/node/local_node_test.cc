#include "agent/node/local_node.h"

#include <gtest/gtest.h>

#include "async/asio_loop.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/temp_dir.h"

namespace sky::agent {
namespace {

using async::Task;

class LocalNodeTest : public testing::Test {
 protected:
  LocalNodeTest() : dir_(os::TempDir::make().value()), node_(loop_, id(), "/nowhere/sky-agent") {
    EXPECT_TRUE(os::make_dirs(id().file("jobs")).ok());
  }
  ~LocalNodeTest() override { EXPECT_TRUE(loop_.run_until_done(stop(&node_)).ok()); }

  static auto stop(LocalNode* node) -> Task<Result<>> {
    co_await node->stop();
    co_return Result<>();
  }
  auto id() const -> NodeId { return {.home = dir_.path(), .server = ServerId("s"), .cluster = "c"}; }
  auto files() const -> RankFiles { return RankFiles(id().rank_base(key_)); }
  auto run(RankSpec spec) -> Result<RankExit> {
    return loop_.run_until_done(node_.run_rank(std::move(spec), [this](int pid) { pid_ = pid; }));
  }
  auto spec() const -> RankSpec { return {.key = key_, .output_base = "out"}; }

  async::AsioLoop loop_{1};
  os::TempDir dir_;
  RankKey key_{JobId(1), 1, Phase::kRun, 0};
  LocalNode node_;
  int pid_ = 0;
};

TEST_F(LocalNodeTest, ExitRecord_IsTheAnswerAndNothingIsStarted) {
  ASSERT_TRUE(files().write_pid(77).ok());
  ASSERT_TRUE(files().write_exit({.code = 4}).ok());
  EXPECT_EQ(run(spec()).value().code, 4);
  EXPECT_EQ(pid_, 77);
}

TEST_F(LocalNodeTest, StartRecordOfADeadSupervisor_IsLostForGood) {
  ASSERT_TRUE(files().write_start({{.pid = 1, .start_time = 1}, os::boot_id()}).ok());
  EXPECT_TRUE(run(spec()).value().lost());
  EXPECT_TRUE(files().read().value().exit->lost());
}

TEST_F(LocalNodeTest, OtherBootThanAtDispatch_StartsNothing) {
  RankSpec before = spec();
  before.boot_id = "an earlier one";
  EXPECT_EQ(run(before).value().detail, "its node was restarted");
}

TEST_F(LocalNodeTest, ProgramThatCannotStart_IsAReason) {
  const RankExit exit = run(spec()).value();
  EXPECT_TRUE(exit.lost());
  EXPECT_NE(exit.detail.find("/nowhere/sky-agent"), std::string::npos) << exit.detail;
}

// What was reserved, or left by a supervisor that died while it wrote, is not part of the record.
TEST_F(LocalNodeTest, LineThatWasNeverFinished_IsWrittenOver) {
  ASSERT_TRUE(files().reserve().ok());
  ASSERT_TRUE(files().write_pid(77).ok());
  EXPECT_EQ(files().read().value().exit, std::nullopt);
  ASSERT_TRUE(
      os::append_file(files().record_path(), "{\"format\": 1, \"exit\": {\"code\": 9, " + std::string(5000, 'x')).ok());
  EXPECT_EQ(files().read().value().exit, std::nullopt);
  ASSERT_TRUE(files().write_exit({.code = 4}).ok());
  const RankRecord record = files().read().value();
  EXPECT_EQ(record.exit->code, 4);
  EXPECT_EQ(record.pid, 77);
}

auto read_until_end(logs::Follower* follower, std::string* all) -> Task<Result<>> {
  for (;;) {
    SKY_CO_TRY(const std::optional<std::string> piece, co_await follower->read(100));
    if (!piece) co_return Result<>();
    *all += *piece;
  }
}

auto write_later(RankFiles files, std::string path) -> Task<Result<>> {
  SKY_CO_CHECK(co_await async::sleep_for(std::chrono::milliseconds(20)));
  SKY_CO_CHECK(os::append_file(path, "second\n"));
  co_return files.write_exit({.code = 0});
}

auto both(Task<Result<>> a, Task<Result<>> b) -> Task<Result<>> {
  async::CancelScope& scope = co_await async::current_scope();
  async::TaskGroup group(scope);
  group.spawn("a", std::move(a));
  group.spawn("b", std::move(b));
  co_await group.join();
  co_return Result<>();
}

// After a restart of the agent the output may be asked for before the rank is.
TEST_F(LocalNodeTest, OutputOfARankThatNobodyWaitsFor_EndsWithItsExitRecord) {
  ASSERT_TRUE(files().write_start({os::own_process_id(), os::boot_id()}).ok());
  ASSERT_TRUE(os::append_file(dir_.file("out.log"), "first\n").ok());
  const auto follower = node_.follow_output({key_, "out", 0}).value();
  std::string all;
  ASSERT_TRUE(
      loop_.run_until_done(both(read_until_end(follower.get(), &all), write_later(files(), dir_.file("out.log"))))
          .ok());
  EXPECT_EQ(all, "first\nsecond\n");
}

}  // namespace
}  // namespace sky::agent
