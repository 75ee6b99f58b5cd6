#include "logs/hub.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"
#include "os/temp_dir.h"

namespace sky::logs {
namespace {

using async::SimLoop;
using async::TaskGroup;

struct Reading {
  std::unique_ptr<Follower> follower;
  std::uint64_t start = 0;
  std::string seen = {};
  std::optional<Result<>> outcome = {};
};

// Reads to the end; sleeps `pause` between reads.
auto collect(Reading* reading, size_t bytes_max, Duration pause) -> async::Task<> {
  for (;;) {
    Result<std::optional<std::string>> part = co_await reading->follower->read(bytes_max);
    if (!part.ok() || !part->has_value()) {
      reading->outcome.emplace(part.ok() ? Result<>() : Result<>(part.error()));
      co_return;
    }
    SKY_ASSERT(!(*part)->empty() && (*part)->size() <= bytes_max);
    reading->seen += **part;
    if (pause > Duration(0)) SKY_ASSERT((co_await async::sleep_for(pause)).ok());
  }
}

class HubTest : public testing::Test {
 protected:
  ~HubTest() override { loop_.run(group_.stop()); }
  auto make_hub(size_t recent_bytes_max, std::uint64_t segment_bytes_max) -> std::unique_ptr<Hub> {
    auto writer = StreamWriter::open(dir_.file("run"), {.segment_bytes_max = segment_bytes_max}).value();
    return std::make_unique<Hub>(std::move(writer), HubOptions{.recent_bytes_max = recent_bytes_max});
  }
  auto follow(Hub& hub, std::uint64_t offset, size_t bytes_max, Duration pause = Duration(0)) -> Reading& {
    Reading& reading = readings_.emplace_back(hub.follow(offset), offset);
    group_.spawn("follow", collect(&reading, bytes_max, pause));
    return reading;
  }

  SimLoop loop_;
  os::TempDir dir_ = os::TempDir::make().value();
  std::deque<Reading> readings_;
  TaskGroup group_{loop_};
};

TEST_F(HubTest, Follower_SeesOldAndNewBytesAndTheEnd) {
  const auto hub = make_hub(1 << 20, 1 << 20);
  hub->append("old ");
  Reading& reading = follow(*hub, 0, 100);
  loop_.settle();
  EXPECT_EQ(reading.seen, "old ");
  hub->append("new");
  loop_.settle();
  EXPECT_EQ(reading.seen, "old new");
  EXPECT_FALSE(reading.outcome.has_value());
  ASSERT_TRUE(hub->finish(7).ok());
  loop_.settle();
  ASSERT_TRUE(reading.outcome.has_value() && reading.outcome->ok());
  EXPECT_EQ(reading.follower->end()->exit_status, 7);
}

TEST_F(HubTest, FollowerOfAFinishedStream_ReadsItAll) {
  const auto hub = make_hub(4, 10);
  hub->append("0123456789abcdef");
  ASSERT_TRUE(hub->finish(std::nullopt).ok());
  Reading& reading = follow(*hub, 3, 5);
  loop_.settle();
  EXPECT_EQ(reading.seen, "3456789abcdef");
  EXPECT_EQ(reading.follower->end()->exit_status, std::nullopt);
  EXPECT_TRUE(reading.outcome->ok());
}

TEST_F(HubTest, DestroyedWithoutAnEnd_FailsItsFollowers) {
  auto hub = make_hub(100, 100);
  Reading& reading = follow(*hub, 0, 5);
  hub->append("abc");
  hub.reset();
  loop_.settle();
  EXPECT_EQ(reading.seen, "abc");
  ASSERT_TRUE(reading.outcome.has_value());
  EXPECT_EQ(reading.outcome->error().code, ErrorCode::kUnavailable);
}

TEST_F(HubTest, CopyOfAStream_IsAppendedByOffset) {
  const auto hub = make_hub(100, 100);
  Reading& reading = follow(*hub, 0, 100);
  ASSERT_TRUE(hub->append_at(0, "abc").ok());
  loop_.settle();
  ASSERT_TRUE(hub->append_at(1, "bcde").ok());
  EXPECT_FALSE(hub->append_at(9, "x").ok());
  ASSERT_TRUE(hub->finish(0).ok());
  loop_.settle();
  EXPECT_EQ(reading.seen, "abcde");
}

TEST_F(HubTest, OffsetBeyondTheEnd_WaitsForIt) {
  const auto hub = make_hub(100, 100);
  Reading& reading = follow(*hub, 5, 100);
  hub->append("0123");
  loop_.settle();
  hub->append("456789");
  ASSERT_TRUE(hub->finish(0).ok());
  loop_.settle();
  EXPECT_EQ(reading.seen, "56789");
}

TEST_F(HubTest, FiftyFollowers_FastAndSlow_SeeTheSameBytes) {
  const auto hub = make_hub(8 << 10, 20'000);
  for (int i = 0; i < 50; ++i) {
    follow(*hub, 0, static_cast<size_t>(100 + i * 37), std::chrono::milliseconds(i % 5 == 0 ? 5 : 0));
  }
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string line = fmt::format("line {} {}\n", i, std::string(static_cast<size_t>(i % 61), '.'));
    expected += line;
    hub->append(line);
    if (i % 10 == 0) loop_.advance(std::chrono::milliseconds(1));
  }
  ASSERT_TRUE(hub->finish(0).ok());
  while (group_.size() > 0) ASSERT_TRUE(loop_.advance_to_next_timer());
  for (const Reading& reading : readings_) EXPECT_TRUE(reading.seen == expected);
}

// Any interleaving of appends, followers that come and go, and reads.
TEST_F(HubTest, AnyInterleaving_GivesTheBytesOfTheFile) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    SimLoop loop(seed);
    const auto below = [&loop](std::uint64_t bound) { return static_cast<size_t>(loop.random_u64() % bound); };
    const auto dir = os::TempDir::make().value();
    auto writer = StreamWriter::open(dir.file("run"), {.segment_bytes_max = 50 + below(900)}).value();
    Hub hub(std::move(writer), HubOptions{.recent_bytes_max = 1 + below(200)});
    std::deque<Reading> readings;
    std::string expected;
    TaskGroup group(loop);
    for (int step = 0; step < 100; ++step) {
      switch (below(4)) {
        case 0:
        case 1: {
          std::string bytes(below(120), '\0');
          for (char& c : bytes) c = static_cast<char>(loop.random_u64());
          hub.append(bytes);
          expected += bytes;
          break;
        }
        case 2: {
          Reading& reading = readings.emplace_back();
          reading.start = below(expected.size() + 1);
          reading.follower = hub.follow(reading.start);
          group.spawn("follow", collect(&reading, 1 + below(90), Duration(below(3) * 1000)));
          break;
        }
        default:
          loop.advance(Duration(below(2000)));
          break;
      }
    }
    ASSERT_TRUE(hub.finish(0).ok());
    while (group.size() > 0) {
      loop.settle();
      if (group.size() > 0) ASSERT_TRUE(loop.advance_to_next_timer());
    }
    for (const Reading& reading : readings) {
      ASSERT_TRUE(reading.outcome.has_value() && reading.outcome->ok());
      ASSERT_TRUE(reading.seen == expected.substr(reading.start));
    }
  }
}

}  // namespace
}  // namespace sky::logs
