// The retry loop. What is worth another try is the adapter's verdict; how long to wait is policy.
#pragma once

#include <functional>

#include "async/random.h"
#include "async/task.h"

namespace sky::async {

struct RetryPolicy {
  int attempt_count_max = 5;
  Duration backoff_first = std::chrono::milliseconds(100);
  Duration backoff_max = std::chrono::seconds(10);
  double backoff_factor = 2.0;
  double jitter = 0.2;  // each wait is multiplied by a random factor in [1 - jitter, 1 + jitter]
};

// The wait before attempt `attempt` (2, 3, …); `chance` is uniform in [0, 1).
auto backoff_of(const RetryPolicy& policy, int attempt, double chance) -> Duration;

// Calls `make()` until it succeeds, `again(error)` is false, or attempts are used up; returns the last result.
template <class T>
auto retry(RetryPolicy policy, std::function<bool(const Error&)> again, std::function<Task<Result<T>>()> make)
    -> Task<Result<T>> {
  Loop& loop = co_await current_loop();
  for (int attempt = 1;; ++attempt) {
    Result<T> result = co_await make();
    if (result.ok() || attempt >= policy.attempt_count_max || !again(result.error())) co_return std::move(result);
    const Duration pause = backoff_of(policy, attempt + 1, uniform(loop));
    SKY_CO_CHECK(co_await sleep_for(pause));
  }
}

}  // namespace sky::async
