#include "logs/file_follower.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"
#include "logs/stream_writer.h"
#include "os/temp_dir.h"

namespace sky::logs {
namespace {

using async::SimLoop;
using async::TaskGroup;

auto collect(Follower* follower, std::string* into, std::optional<Result<>>* outcome) -> async::Task<> {
  for (;;) {
    Result<std::optional<std::string>> part = co_await follower->read(7);
    if (!part.ok()) {
      outcome->emplace(std::move(part).error());
      co_return;
    }
    if (!part->has_value()) {
      outcome->emplace(Result<>());
      co_return;
    }
    *into += **part;
  }
}

class FileFollowerTest : public testing::Test {
 protected:
  ~FileFollowerTest() override { loop_.run(group_.stop()); }
  void start(Follower& follower) { group_.spawn("follow", collect(&follower, &seen_, &outcome_)); }

  SimLoop loop_;
  os::TempDir dir_ = os::TempDir::make().value();
  std::string base_ = dir_.file("run");
  std::string seen_;
  std::optional<Result<>> outcome_;
  TaskGroup group_{loop_};
};

TEST_F(FileFollowerTest, StreamOfAnotherWriter_IsFollowedToItsEnd) {
  FileFollower follower(base_, 0);
  start(follower);
  loop_.advance(std::chrono::seconds(1));
  auto writer = StreamWriter::open(base_, {.segment_bytes_max = 10}).value();
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    const std::string line = fmt::format("line {}\n", i);
    expected += line;
    writer.append(line);
    loop_.advance(FileFollower::kPollEvery);
    EXPECT_EQ(seen_, expected);
  }
  EXPECT_FALSE(outcome_.has_value());
  ASSERT_TRUE(writer.finish(3).ok());
  loop_.advance(FileFollower::kPollEvery);
  ASSERT_TRUE(outcome_.has_value() && outcome_->ok());
  EXPECT_EQ(follower.end()->exit_status, 3);
}

TEST_F(FileFollowerTest, WriterKnownToBeGone_EndsAfterTheLastByte) {
  StreamWriter::open(base_).value().append("all there is");
  FileFollower follower(base_, 4);
  start(follower);
  loop_.settle();
  EXPECT_FALSE(outcome_.has_value());
  follower.set_end({.exit_status = 137});
  loop_.advance(FileFollower::kPollEvery);
  ASSERT_TRUE(outcome_.has_value() && outcome_->ok());
  EXPECT_EQ(seen_, "there is");
  EXPECT_EQ(follower.end()->exit_status, 137);
}

TEST_F(FileFollowerTest, Cancelled_KeepsItsPlace) {
  StreamWriter::open(base_).value().append("abc");
  FileFollower follower(base_, 0);
  start(follower);
  loop_.settle();
  group_.cancel();
  loop_.settle();
  ASSERT_TRUE(outcome_.has_value());
  EXPECT_EQ(outcome_->error().code, ErrorCode::kCancelled);
  EXPECT_EQ(follower.offset(), 3U);
}

}  // namespace
}  // namespace sky::logs
