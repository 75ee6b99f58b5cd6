#include "async/retry.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"

namespace sky::async {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, Growth_IsExponentialAndCapped) {
  RetryPolicy policy{.backoff_first = seconds(1), .backoff_max = seconds(5), .jitter = 0};
  EXPECT_EQ(backoff_of(policy, 2, 0.5), seconds(1));
  EXPECT_EQ(backoff_of(policy, 3, 0.5), seconds(2));
  EXPECT_EQ(backoff_of(policy, 9, 0.5), seconds(5));
}

auto fail_until(int* calls, int good) -> Task<Result<int>> {
  if (++*calls < good) co_return make_error(ErrorCode::kUnavailable, "busy");
  co_return *calls;
}

TEST(Retry, SucceedsLater_AfterWaits) {
  SimLoop loop;
  int calls = 0;
  const auto result = loop.run(retry<int>(
      {.jitter = 0}, [](const Error& e) { return e.code == ErrorCode::kUnavailable; },
      [&calls] { return fail_until(&calls, 3); }));
  EXPECT_EQ(*result, 3);
  EXPECT_EQ(loop.now() - MonoTime{}, milliseconds(300));
}

TEST(Retry, VerdictNo_StopsAtOnce) {
  SimLoop loop;
  int calls = 0;
  const auto result =
      loop.run(retry<int>({}, [](const Error&) { return false; }, [&calls] { return fail_until(&calls, 3); }));
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace sky::async
