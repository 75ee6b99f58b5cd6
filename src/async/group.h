// TaskGroup owns background tasks. It is the last member of its owner, so that tasks end before what they use.
//
//   class Poller {
//    public:
//     auto stop() -> Task<> { return tasks_.stop(); }
//    private:
//     …state…
//     TaskGroup tasks_;
//   };
//
// stop() (cancel and join) must have finished before the group is destroyed; the destructor asserts it. A task that
// returns an error other than kCancelled is logged under its name; the group goes on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"

namespace sky::async {

class TaskGroup {
 public:
  explicit TaskGroup(Loop& loop) : scope_(loop) {}
  // Cancelled together with `parent`; must not outlive it.
  explicit TaskGroup(CancelScope& parent) : scope_(parent) {}
  ~TaskGroup() { SKY_ASSERT(running_ == 0); }

  // The task starts in a later turn.
  void spawn(std::string name, Task<> task);
  void spawn(std::string name, Task<Result<>> task);

  auto size() const -> size_t { return running_; }
  auto scope() -> CancelScope& { return scope_; }
  void cancel() { scope_.cancel(); }
  void cancel(Error reason) { scope_.cancel(std::move(reason)); }
  // Waits until no task is left. Not cut short by the caller's cancellation.
  auto join() -> Task<>;
  auto stop() -> Task<>;

 private:
  struct Driver;
  static auto drive(TaskGroup* group, Task<> task) -> Driver;

  CancelScope scope_;
  size_t running_ = 0;
  WaitList idle_;
};

// Runs all tasks at once and waits for all; results in the order of the tasks. The caller's cancellation reaches them.
template <class T>
auto all(std::vector<Task<Result<T>>> tasks) -> Task<std::vector<Result<T>>>;

// Runs both; the first to finish gives the result, the other is cancelled and joined. Both begin in a later turn: one
// that waits for a condition must look at it first, or it misses what happened meanwhile.
template <class T>
auto race(Task<Result<T>> a, Task<Result<T>> b) -> Task<Result<T>>;

namespace detail {

template <class T>
auto store_result(Task<Result<T>> task, std::optional<Result<T>>* slot) -> Task<> {
  slot->emplace(co_await std::move(task));
}

template <class T>
auto store_first(Task<Result<T>> task, std::optional<Result<T>>* slot, CancelScope* scope) -> Task<> {
  Result<T> result = co_await std::move(task);
  if (!slot->has_value()) slot->emplace(std::move(result));
  scope->cancel();
}

}  // namespace detail

template <class T>
auto all(std::vector<Task<Result<T>>> tasks) -> Task<std::vector<Result<T>>> {
  CancelScope& outer = co_await current_scope();
  std::vector<std::optional<Result<T>>> slots(tasks.size());
  {
    TaskGroup group(outer);
    for (size_t i = 0; i < tasks.size(); ++i) group.spawn("all", detail::store_result(std::move(tasks[i]), &slots[i]));
    co_await group.join();
  }
  std::vector<Result<T>> results;
  results.reserve(slots.size());
  for (auto& slot : slots) results.push_back(std::move(*slot));
  co_return results;
}

template <class T>
auto race(Task<Result<T>> a, Task<Result<T>> b) -> Task<Result<T>> {
  CancelScope& outer = co_await current_scope();
  std::optional<Result<T>> slot;
  {
    TaskGroup group(outer);
    group.spawn("race", detail::store_first(std::move(a), &slot, &group.scope()));
    group.spawn("race", detail::store_first(std::move(b), &slot, &group.scope()));
    co_await group.join();
  }
  co_return std::move(*slot);
}

}  // namespace sky::async
