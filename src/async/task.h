// Task<T>: a lazy coroutine that runs on one Loop.
//
// A Task does nothing until it is awaited or handed to a TaskGroup, and whoever does so owns it until it has finished:
// there are no detached tasks. An awaited Task runs in the awaiting coroutine's CancelScope. Exceptions do not cross a
// Task; one that escapes is a bug and ends the program.
//
// House rules (see docs/adr/0001-compiler.md): parameters by value, no capturing-lambda coroutines, no co_await inside
// a catch or a braced initialiser.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "async/cancel.h"
#include "async/loop.h"
#include "base/assert.h"

namespace sky::async {

namespace detail {

class PromiseBase {
 public:
  auto scope() const -> CancelScope& { return *scope_; }
  void bind(CancelScope& scope, std::coroutine_handle<> continuation) {
    scope_ = &scope;
    continuation_ = continuation;
  }

  auto initial_suspend() noexcept -> std::suspend_always { return {}; }
  struct FinalAwaiter {
    auto await_ready() noexcept -> bool { return false; }
    template <class Promise>
    auto await_suspend(std::coroutine_handle<Promise> self) noexcept -> std::coroutine_handle<> {
      return self.promise().continuation_;
    }
    void await_resume() noexcept {}
  };
  auto final_suspend() noexcept -> FinalAwaiter { return {}; }
  [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }

 private:
  CancelScope* scope_ = nullptr;
  std::coroutine_handle<> continuation_ = std::noop_coroutine();
};

template <class T>
class Promise : public PromiseBase {
 public:
  auto get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  template <class U>
    requires std::is_constructible_v<T, U&&>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  auto take() -> T { return std::move(*value_); }

 private:
  std::optional<T> value_;
};

template <>
class Promise<void> : public PromiseBase {
 public:
  auto get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  void return_void() {}
  void take() {}
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  auto operator=(Task&& other) noexcept -> Task& {
    if (this != &other) {
      destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() { destroy(); }

  struct Awaiter {
    Handle handle;
    CancelScope* scope;  // null: the awaiting coroutine's
    auto await_ready() noexcept -> bool { return false; }
    template <class Promise>
    auto await_suspend(std::coroutine_handle<Promise> parent) noexcept -> std::coroutine_handle<> {
      handle.promise().bind(scope != nullptr ? *scope : parent.promise().scope(), parent);
      return handle;
    }
    auto await_resume() -> T { return handle.promise().take(); }
  };
  auto operator co_await() && noexcept -> Awaiter { return {handle_, nullptr}; }
  // Awaits the task inside `scope`, which must outlive it.
  auto in(CancelScope& scope) && noexcept -> Awaiter { return {handle_, &scope}; }

 private:
  void destroy() {
    if (handle_) handle_.destroy();
  }
  Handle handle_;
};

// co_await current_scope() / current_loop(): where this coroutine runs. Never suspends.
struct CurrentScope {
  CancelScope* scope = nullptr;
  auto await_ready() noexcept -> bool { return false; }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> self) noexcept -> bool {
    scope = &self.promise().scope();
    return false;
  }
  auto await_resume() noexcept -> CancelScope& { return *scope; }
};
inline auto current_scope() -> CurrentScope {
  return {};
}
struct CurrentLoop : CurrentScope {
  auto await_resume() noexcept -> Loop& { return scope->loop(); }
};
inline auto current_loop() -> CurrentLoop {
  return {};
}

// A queue of suspended coroutines: the one primitive that all waits are made of. wait() returns an error only when the
// scope is cancelled. Woken coroutines resume in a later turn, so a condition must be checked again after waking:
//   while (!ready_) SKY_CO_CHECK(co_await waiters_.wait());
class WaitList {
 public:
  class Awaiter;
  WaitList() = default;
  WaitList(const WaitList&) = delete;
  auto operator=(const WaitList&) -> WaitList& = delete;
  ~WaitList() { SKY_ASSERT(first_ == nullptr); }

  auto wait() -> Awaiter;
  auto empty() const -> bool { return first_ == nullptr; }
  void notify_one();
  void notify_all();

 private:
  friend class Awaiter;
  Awaiter* first_ = nullptr;
  Awaiter* last_ = nullptr;
};

class [[nodiscard]] WaitList::Awaiter final : private CancelHook {
 public:
  explicit Awaiter(WaitList& list) : list_(list) {}
  ~Awaiter() { unlink(); }
  auto await_ready() noexcept -> bool { return false; }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> self) -> bool {
    return suspend(self, self.promise().scope());
  }
  auto await_resume() -> Result<> { return std::move(result_); }

 private:
  friend class WaitList;
  auto suspend(std::coroutine_handle<> self, CancelScope& scope) -> bool;
  void on_cancel() override;
  void complete(Result<> result);
  void unlink();

  WaitList& list_;
  std::coroutine_handle<> self_;
  CancelScope* scope_ = nullptr;
  Result<> result_;
  Awaiter* previous_ = nullptr;
  Awaiter* next_ = nullptr;
  bool linked_ = false;
};

inline auto WaitList::wait() -> Awaiter {
  return Awaiter(*this);
}

auto sleep_until(MonoTime at) -> Task<Result<>>;
auto sleep_for(Duration span) -> Task<Result<>>;
// Lets everything else that is ready run first.
auto yield_turn() -> Task<Result<>>;

// Runs `task` until done or `deadline`, then cancels it with kDeadlineExceeded naming `what`, and joins it.
template <class T>
auto with_deadline(Deadline deadline, std::string what, Task<Result<T>> task) -> Task<Result<T>>;

// Runs `task` out of reach of the caller's cancellation: for clean-up and for steps that must not be torn in half.
template <class T>
auto shield(Task<T> task) -> Task<T>;

}  // namespace sky::async

#include "async/task.inl"
