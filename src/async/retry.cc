#include "async/retry.h"

#include <algorithm>
#include <cmath>

namespace sky::async {

auto backoff_of(const RetryPolicy& policy, int attempt, double chance) -> Duration {
  const double growth = std::pow(policy.backoff_factor, std::max(0, attempt - 2));
  const double seconds = std::min(to_seconds(policy.backoff_first) * growth, to_seconds(policy.backoff_max));
  const double factor = 1.0 - policy.jitter + 2.0 * policy.jitter * chance;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds * factor));
}

}  // namespace sky::async
