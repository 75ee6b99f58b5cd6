#include "async/sim_loop.h"

namespace sky::async {

SimLoop::~SimLoop() = default;

// splitmix64: small, well mixed, and the same on every platform.
auto SimLoop::random_u64() -> std::uint64_t {
  std::uint64_t z = (random_ += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

auto SimLoop::start_timer(MonoTime at, Callback callback) -> TimerId {
  const TimerId id{++timer_count_};
  timers_.emplace(std::pair(at, id), std::move(callback));
  timer_times_.emplace(id, at);
  return id;
}

void SimLoop::stop_timer(TimerId id) {
  const auto found = timer_times_.find(id);
  if (found == timer_times_.end()) return;
  timers_.erase(std::pair(found->second, id));
  timer_times_.erase(found);
}

void SimLoop::run_on_pool(Callback work, Callback done) {
  post([this, work = std::move(work), done = std::move(done)]() mutable {
    work();
    post(std::move(done));
  });
}

void SimLoop::settle() {
  while (!ready_.empty()) {
    Callback callback = std::move(ready_.front());
    ready_.pop_front();
    callback();
  }
}

auto SimLoop::advance_to_next_timer() -> bool {
  settle();
  if (timers_.empty()) return false;
  auto first = timers_.begin();
  now_ = std::max(now_, first->first.first);
  timer_times_.erase(first->first.second);
  Callback callback = std::move(first->second);
  timers_.erase(first);
  callback();
  settle();
  return true;
}

void SimLoop::advance(Duration span) {
  const MonoTime end = now_ + span;
  settle();
  while (!timers_.empty() && timers_.begin()->first.first <= end) advance_to_next_timer();
  now_ = end;
}

}  // namespace sky::async
