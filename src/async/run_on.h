// run_on(fn): blocking calls and long pure work leave the loop's thread. `fn` runs on the loop's pool and must own
// everything that it touches; its result comes back by move. Not interruptible: the wait lasts as long as fn does, also
// when the caller's scope is cancelled meanwhile (the memory that fn writes to is the waiting coroutine's).
#pragma once

#include <optional>
#include <type_traits>

#include "async/task.h"

namespace sky::async {

namespace detail {

struct PoolWait {
  Callback work;
  auto await_ready() noexcept -> bool { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> self) {
    self.promise().scope().loop().run_on_pool(std::move(work), [self] { self.resume(); });
  }
  void await_resume() noexcept {}
};

}  // namespace detail

template <class Fn>
auto run_on(Fn fn) -> Task<std::invoke_result_t<Fn>> {
  using T = std::invoke_result_t<Fn>;
  std::optional<T> slot;
  detail::PoolWait wait{[&slot, &fn] { slot.emplace(fn()); }};
  co_await wait;
  co_return std::move(*slot);
}

}  // namespace sky::async
