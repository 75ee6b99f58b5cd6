#include "agent/node/output_follower.h"

#include <gtest/gtest.h>

#include "async/asio_loop.h"
#include "async/group.h"
#include "logs/stream_writer.h"
#include "os/temp_dir.h"

namespace sky::agent {
namespace {

using async::Task;

class OutputFollowerTest : public testing::Test {
 protected:
  void write(std::string_view text) {
    logs::StreamWriter writer = logs::StreamWriter::open(base_).value();
    EXPECT_TRUE(writer.append(text));
  }
  auto follow(LocalNode::EntryPtr entry) -> std::unique_ptr<logs::Follower> {
    return make_output_follower(loop_, base_, 0, files_, std::move(entry));
  }
  // All output, or the error that it did not end in time.
  static auto read_all(logs::Follower* follower) -> Task<Result<std::string>> {
    std::string all;
    for (;;) {
      SKY_CO_TRY(const std::optional<std::string> piece, co_await follower->read(4096));
      if (!piece) co_return all;
      all += *piece;
    }
  }
  static auto end_after(LocalNode::EntryPtr entry, int turns) -> Task<Result<>> {
    for (int i = 0; i < turns; ++i) SKY_CO_CHECK(co_await async::yield_turn());
    entry->exit = RankExit{.code = 0};
    entry->changed.notify_all();
    co_return Result<>();
  }
  static auto read_while_it_ends(async::AsioLoop* loop, logs::Follower* follower, LocalNode::EntryPtr entry, int turns)
      -> Task<Result<std::string>> {
    async::TaskGroup group(*loop);
    group.spawn("exit", end_after(std::move(entry), turns));
    const Deadline deadline = Deadline::after(loop->now(), std::chrono::seconds(10));
    Result<std::string> text = co_await async::with_deadline(deadline, "the end of the output", read_all(follower));
    co_await group.stop();
    co_return text;
  }

  os::TempDir dir_ = os::TempDir::make().value();
  std::string base_ = dir_.file("out");
  RankFiles files_{dir_.file("rank")};
  async::AsioLoop loop_{1};
};

// Whichever turn of the loop the exit falls into, between any two looks of the follower.
TEST_F(OutputFollowerTest, ExitInAnyTurn_EndsTheOutput) {
  write("hello\n");
  for (int turns = 0; turns < 12; ++turns) {
    const auto entry = std::make_shared<LocalNode::Entry>();
    const auto follower = follow(entry);
    const auto text = loop_.run_until_done(read_while_it_ends(&loop_, follower.get(), entry, turns));
    ASSERT_TRUE(text.ok()) << "turn " << turns << ": " << to_string(text.error());
    EXPECT_EQ(*text, "hello\n");
    EXPECT_TRUE(follower->end().has_value());
  }
}

TEST_F(OutputFollowerTest, BytesBehindTheExit_AreStillRead) {
  const auto entry = std::make_shared<LocalNode::Entry>();
  entry->exit = RankExit{.code = 0};
  write("late\n");
  EXPECT_EQ(loop_.run_until_done(read_all(follow(entry).get())).value(), "late\n");
}

TEST_F(OutputFollowerTest, RankThatNobodyWaitsFor_EndsByItsFiles) {
  write("old\n");
  ASSERT_TRUE(files_.write_start({{.pid = 1, .start_time = 1}, "boot"}).ok());
  ASSERT_TRUE(files_.write_exit({.code = 0}).ok());
  EXPECT_EQ(loop_.run_until_done(read_all(follow(nullptr).get())).value(), "old\n");
}

}  // namespace
}  // namespace sky::agent
