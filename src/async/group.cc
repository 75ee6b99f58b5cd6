#include "async/group.h"

#include "base/log.h"

namespace sky::async {

struct TaskGroup::Driver {
  struct promise_type {
    CancelScope* group_scope;
    promise_type(TaskGroup* group, Task<>&) : group_scope(&group->scope_) {}
    auto scope() const -> CancelScope& { return *group_scope; }
    auto get_return_object() -> Driver { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    auto initial_suspend() noexcept -> std::suspend_always { return {}; }
    auto final_suspend() noexcept -> std::suspend_never { return {}; }
    void return_void() {}
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

auto TaskGroup::drive(TaskGroup* group, Task<> task) -> Driver {
  co_await std::move(task);
  if (--group->running_ == 0) group->idle_.notify_all();
}

namespace {

auto log_failure(std::string name, Task<Result<>> task) -> Task<> {
  const Result<> result = co_await std::move(task);
  if (!result.ok() && result.error().code != ErrorCode::kCancelled) {
    log_warning("async", "task {} failed: {}", name, to_string(result.error()));
  }
}

}  // namespace

void TaskGroup::spawn(std::string name, Task<Result<>> task) {
  spawn(std::string(), log_failure(std::move(name), std::move(task)));
}

void TaskGroup::spawn(std::string, Task<> task) {
  ++running_;
  const Driver driver = drive(this, std::move(task));
  scope_.loop().post([handle = driver.handle] { handle.resume(); });
}

namespace {

auto wait_idle(WaitList* idle, const size_t* running) -> Task<> {
  while (*running > 0) {
    const Result<> woken = co_await idle->wait();
    SKY_ASSERT(woken.ok());
  }
}

}  // namespace

auto TaskGroup::join() -> Task<> {
  co_await shield(wait_idle(&idle_, &running_));
}

auto TaskGroup::stop() -> Task<> {
  cancel();
  co_await join();
}

}  // namespace sky::async
