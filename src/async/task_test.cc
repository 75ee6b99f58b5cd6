#include "async/task.h"

#include <memory>

#include <gtest/gtest.h>

#include "async/group.h"
#include "async/run_on.h"
#include "async/sim_loop.h"

namespace sky::async {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

auto add(int a, int b) -> Task<int> {
  SKY_ASSERT((co_await sleep_for(milliseconds(1))).ok());
  co_return a + b;
}

auto sum_to(int n) -> Task<int> {
  int total = 0;
  for (int i = 1; i <= n; ++i) {
    total = co_await add(total, i);
  }
  co_return total;
}

TEST(Task, NestedAwaits_ReturnValuesInVirtualTime) {
  SimLoop loop;
  const MonoTime start = loop.now();
  EXPECT_EQ(loop.run(sum_to(10)), 55);
  EXPECT_EQ(loop.now() - start, milliseconds(10));
}

auto move_only() -> Task<std::unique_ptr<int>> {
  co_return std::make_unique<int>(5);
}

TEST(Task, MoveOnlyValue_IsMovedOut) {
  SimLoop loop;
  EXPECT_EQ(*loop.run(move_only()), 5);
}

auto deep(int depth) -> Task<int> {
  if (depth == 0) co_return 0;
  const int below = co_await deep(depth - 1);
  co_return below + 1;
}

TEST(Task, DeepChain_DoesNotUseTheStack) {
  SimLoop loop;
  EXPECT_EQ(loop.run(deep(20'000)), 20'000);
}

TEST(Task, NeverAwaited_FreesItsFrame) {
  auto value = std::make_shared<int>(1);
  {
    const auto task = [](std::shared_ptr<int> held) -> Task<> {
      static_cast<void>(held);
      co_return;
    }(value);
    EXPECT_EQ(value.use_count(), 2);
  }
  EXPECT_EQ(value.use_count(), 1);
}

auto sleep_result(Duration span) -> Task<Result<int>> {
  SKY_CO_CHECK(co_await sleep_for(span));
  co_return 1;
}

auto with_limit(Duration span, Duration limit) -> Task<Result<int>> {
  Loop& loop = co_await current_loop();
  co_return co_await with_deadline(Deadline::after(loop.now(), limit), "the sleep", sleep_result(span));
}

TEST(WithDeadline, InTime_GivesTheResult) {
  SimLoop loop;
  const auto result = loop.run(with_limit(seconds(1), seconds(2)));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, 1);
}

TEST(WithDeadline, TooLate_CancelsAndNamesWhat) {
  SimLoop loop;
  const MonoTime start = loop.now();
  const auto result = loop.run(with_limit(seconds(5), seconds(2)));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(result.error().message, "the sleep took too long");
  EXPECT_EQ(loop.now() - start, seconds(2));
}

auto clean_up(bool* cleaned) -> Task<Result<>> {
  Result<> slept = co_await sleep_for(seconds(10));
  const Result<> shielded = co_await shield(sleep_for(seconds(1)));
  *cleaned = shielded.ok();
  co_return slept;
}

TEST(Shield, InACancelledScope_StillWaits) {
  SimLoop loop;
  bool cleaned = false;
  TaskGroup group(loop);
  group.spawn("work", clean_up(&cleaned));
  loop.advance(seconds(1));
  group.cancel();
  loop.settle();
  EXPECT_EQ(group.size(), 1U);
  loop.advance(seconds(1));
  EXPECT_TRUE(cleaned);
  EXPECT_EQ(group.size(), 0U);
}

auto square_on_pool(int n) -> Task<int> {
  co_return co_await run_on([n] { return n * n; });
}

TEST(RunOn, Result_ComesBack) {
  SimLoop loop;
  EXPECT_EQ(loop.run(square_on_pool(7)), 49);
}

TEST(YieldTurn, OtherReadyWork_RunsFirst) {
  SimLoop loop;
  std::string order;
  TaskGroup group(loop);
  group.spawn("a", [](std::string* out) -> Task<> {
    SKY_ASSERT((co_await yield_turn()).ok());
    *out += 'a';
  }(&order));
  group.spawn("b", [](std::string* out) -> Task<> {
    *out += 'b';
    co_return;
  }(&order));
  loop.settle();
  EXPECT_EQ(order, "ba");
}

}  // namespace
}  // namespace sky::async
