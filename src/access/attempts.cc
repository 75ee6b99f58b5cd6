#include "access/attempts.h"

#include <algorithm>

namespace sky::access {

auto Attempts::pause_of(const std::string& address, MonoTime now) const -> Duration {
  const auto found = failures_.find(address);
  if (found == failures_.end()) return Duration::zero();
  return std::max(Duration::zero(), found->second.closed_until - now);
}

void Attempts::note_failure(const std::string& address, MonoTime now) {
  if (!failures_.contains(address) && failures_.size() >= kAddressCountMax) {
    failures_.erase(std::ranges::min_element(failures_, {}, [](const auto& entry) { return entry.second.last; }));
  }
  Failures& failures = failures_[address];
  failures.last = now;
  if (++failures.count <= kFreeCount) return;
  const int doublings = std::min(failures.count - kFreeCount - 1, 20);
  failures.closed_until = now + std::min<Duration>(kPauseMax, kFirstPause * (1 << doublings));
}

}  // namespace sky::access
