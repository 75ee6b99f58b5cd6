// AsioLoop: the loop of the three programs. One thread calls run(); a small pool of threads serves run_on_pool().
// Boost.Asio stays behind this header: its compile time is paid in asio_loop.cc only.
#pragma once

#include <memory>

#include "async/group.h"
#include "async/loop.h"

namespace sky::async {

class AsioLoop final : public IoLoop {
 public:
  // The pool's threads start with the first run_on_pool().
  explicit AsioLoop(int pool_threads = 2);
  ~AsioLoop() override;

  auto now() const -> MonoTime override;
  auto wall_now() const -> WallTime override;
  auto random_u64() -> std::uint64_t override;  // from getrandom(2)
  void post(Callback callback) override;
  auto start_timer(MonoTime at, Callback callback) -> TimerId override;
  void stop_timer(TimerId id) override;
  void run_on_pool(Callback work, Callback done) override;
  auto watch(int fd) -> Result<std::unique_ptr<FdWatch>> override;

  // Runs callbacks until stop(), on the calling thread.
  void run();
  // Thread-safe.
  void stop();
  // Calls `on_signal(number)` on the loop's thread for each of SIGINT, SIGTERM and SIGHUP from now on.
  void watch_signals(std::move_only_function<void(int)> on_signal);
  // Gives the three signals their default action again.
  void unwatch_signals();

  // Runs the loop until `task` has finished.
  template <class T>
  auto run_until_done(Task<T> task) -> T;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

namespace detail {
template <class T>
auto store_and_stop(Task<T> task, std::optional<T>* slot, AsioLoop* loop) -> Task<> {
  slot->emplace(co_await std::move(task));
  loop->stop();
}
}  // namespace detail

template <class T>
auto AsioLoop::run_until_done(Task<T> task) -> T {
  std::optional<T> slot;
  TaskGroup group(*this);
  group.spawn("main", detail::store_and_stop(std::move(task), &slot, this));
  while (group.size() > 0) run();
  return std::move(*slot);
}

}  // namespace sky::async
