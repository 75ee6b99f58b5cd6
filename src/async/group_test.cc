#include "async/group.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"

namespace sky::async {
namespace {

using std::chrono::seconds;

auto tick(int* count) -> Task<Result<>> {
  for (;;) {
    SKY_CO_CHECK(co_await sleep_for(seconds(1)));
    ++*count;
  }
}

TEST(TaskGroup, Stop_CancelsAndJoins) {
  SimLoop loop;
  int count = 0;
  TaskGroup group(loop);
  group.spawn("tick", tick(&count));
  group.spawn("tick", tick(&count));
  loop.advance(seconds(3));
  EXPECT_EQ(count, 6);
  loop.run(group.stop());
  EXPECT_EQ(group.size(), 0U);
  loop.advance(seconds(3));
  EXPECT_EQ(count, 6);
}

TEST(TaskGroup, SpawnAfterCancel_EndsAtItsFirstWait) {
  SimLoop loop;
  int count = 0;
  TaskGroup group(loop);
  group.cancel();
  group.spawn("tick", tick(&count));
  loop.settle();
  EXPECT_EQ(group.size(), 0U);
}

auto number_after(int n, Duration span) -> Task<Result<int>> {
  SKY_CO_CHECK(co_await sleep_for(span));
  if (n < 0) co_return make_error(ErrorCode::kInvalidArgument, "negative");
  co_return n;
}

TEST(All, MixedOutcomes_KeepTheirPlaces) {
  SimLoop loop;
  std::vector<Task<Result<int>>> tasks;
  tasks.push_back(number_after(1, seconds(3)));
  tasks.push_back(number_after(-1, seconds(1)));
  tasks.push_back(number_after(3, seconds(2)));
  const auto results = loop.run(all(std::move(tasks)));
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(*results[0], 1);
  EXPECT_FALSE(results[1].ok());
  EXPECT_EQ(*results[2], 3);
}

TEST(Race, FirstWins_OtherIsCancelled) {
  SimLoop loop;
  const MonoTime start = loop.now();
  const auto result = loop.run(race(number_after(1, seconds(9)), number_after(2, seconds(1))));
  EXPECT_EQ(*result, 2);
  EXPECT_EQ(loop.now() - start, seconds(1));
}

TEST(SimLoop, SameSeed_SameNumbers) {
  SimLoop a(7);
  SimLoop b(7);
  SimLoop c(8);
  const auto first = a.random_u64();
  EXPECT_EQ(first, b.random_u64());
  EXPECT_NE(first, c.random_u64());
}

TEST(SimLoop, WallClockJump_LeavesMonotonicTimeAlone) {
  SimLoop loop;
  const auto mono = loop.now();
  const auto wall = loop.wall_now();
  loop.jump_wall_clock(-std::chrono::hours(1));
  EXPECT_EQ(loop.now(), mono);
  EXPECT_EQ(wall - loop.wall_now(), std::chrono::hours(1));
}

}  // namespace
}  // namespace sky::async
