// SimLoop: virtual time. Nothing happens between calls; a run is a pure function of the seed and the calls made.
//
//   SimLoop loop(seed);
//   const Result<int> r = loop.run(some_task());     // advances time as far as the task needs
//   loop.advance(std::chrono::minutes(5));           // or by hand
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "async/group.h"
#include "async/loop.h"

namespace sky::async {

class SimLoop final : public Loop {
 public:
  explicit SimLoop(std::uint64_t seed = 1) : random_(seed) {}
  ~SimLoop() override;

  auto now() const -> MonoTime override { return now_; }
  auto wall_now() const -> WallTime override { return wall_base_ + (now_ - MonoTime{}); }
  auto random_u64() -> std::uint64_t override;
  void post(Callback callback) override { ready_.push_back(std::move(callback)); }
  auto start_timer(MonoTime at, Callback callback) -> TimerId override;
  void stop_timer(TimerId id) override;
  // Work runs in a later turn on this thread, done in the turn after it.
  void run_on_pool(Callback work, Callback done) override;

  // Runs everything that is ready; time stands still.
  void settle();
  // Runs everything due in the next `span`, in order.
  void advance(Duration span);
  // Steps to the next timer. False when there is none: every task waits for something that cannot come.
  auto advance_to_next_timer() -> bool;
  // Moves wall time only, as an operator or NTP would.
  void jump_wall_clock(Duration by) { wall_base_ += by; }

  // Runs `task` to its end, stepping over timers. Asserts when it can never end.
  template <class T>
  auto run(Task<T> task) -> T;

 private:
  MonoTime now_{};
  WallTime wall_base_{std::chrono::seconds(1'800'000'000)};
  std::uint64_t random_;
  std::uint64_t timer_count_ = 0;
  std::deque<Callback> ready_;
  std::map<std::pair<MonoTime, TimerId>, Callback> timers_;  // equal times fire in the order of their start
  std::unordered_map<TimerId, MonoTime> timer_times_;
};

namespace detail {
template <class T>
auto store_value(Task<T> task, std::optional<T>* slot) -> Task<> {
  slot->emplace(co_await std::move(task));
}
}  // namespace detail

template <class T>
auto SimLoop::run(Task<T> task) -> T {
  TaskGroup group(*this);
  if constexpr (std::is_void_v<T>) {
    group.spawn("run", std::move(task));
    settle();
    while (group.size() > 0) SKY_ASSERT(advance_to_next_timer());
  } else {
    std::optional<T> slot;
    group.spawn("run", detail::store_value(std::move(task), &slot));
    settle();
    while (group.size() > 0) SKY_ASSERT(advance_to_next_timer());
    return std::move(*slot);
  }
}

}  // namespace sky::async
