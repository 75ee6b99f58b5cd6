// Template bodies of async/task.h.
#pragma once

#include <fmt/format.h>

namespace sky::async {

// Cancels `scope` at a deadline; stops when destroyed.
class DeadlineTimer {
 public:
  DeadlineTimer(CancelScope& scope, Deadline deadline, std::string what) : loop_(scope.loop()) {
    if (deadline.is_never()) return;
    id_ = loop_.start_timer(deadline.at, [&scope, text = std::move(what)] {
      scope.cancel(make_error(ErrorCode::kDeadlineExceeded, fmt::format("{} took too long", text)));
    });
  }
  DeadlineTimer(const DeadlineTimer&) = delete;
  auto operator=(const DeadlineTimer&) -> DeadlineTimer& = delete;
  ~DeadlineTimer() {
    if (id_) loop_.stop_timer(*id_);
  }

 private:
  Loop& loop_;
  std::optional<TimerId> id_;
};

template <class T>
auto with_deadline(Deadline deadline, std::string what, Task<Result<T>> task) -> Task<Result<T>> {
  CancelScope& outer = co_await current_scope();
  CancelScope inner(outer);
  DeadlineTimer timer(inner, deadline, std::move(what));
  Result<T> result = co_await std::move(task).in(inner);
  co_return std::move(result);
}

template <class T>
auto shield(Task<T> task) -> Task<T> {
  CancelScope& outer = co_await current_scope();
  CancelScope own(outer.loop());
  co_return co_await std::move(task).in(own);
}

}  // namespace sky::async
