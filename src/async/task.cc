#include "async/task.h"

namespace sky::async {

auto WaitList::Awaiter::suspend(std::coroutine_handle<> self, CancelScope& scope) -> bool {
  if (scope.cancelled()) {
    result_ = scope.reason();
    return false;
  }
  self_ = self;
  scope_ = &scope;
  hook_to(scope);
  previous_ = list_.last_;
  (previous_ != nullptr ? previous_->next_ : list_.first_) = this;
  list_.last_ = this;
  linked_ = true;
  return true;
}

void WaitList::Awaiter::unlink() {
  if (!linked_) return;
  linked_ = false;
  (previous_ != nullptr ? previous_->next_ : list_.first_) = next_;
  (next_ != nullptr ? next_->previous_ : list_.last_) = previous_;
}

void WaitList::Awaiter::complete(Result<> result) {
  unlink();
  unhook();
  result_ = std::move(result);
  scope_->loop().post([self = self_] { self.resume(); });
}

void WaitList::Awaiter::on_cancel() {
  complete(scope_->reason());
}

void WaitList::notify_one() {
  if (first_ != nullptr) first_->complete({});
}

void WaitList::notify_all() {
  while (first_ != nullptr) first_->complete({});
}

auto sleep_until(MonoTime at) -> Task<Result<>> {
  Loop& loop = co_await current_loop();
  WaitList list;
  bool fired = false;
  const TimerId id = loop.start_timer(at, [&] {
    fired = true;
    list.notify_all();
  });
  Result<> result = co_await list.wait();
  if (!fired) loop.stop_timer(id);
  co_return result;
}

auto sleep_for(Duration span) -> Task<Result<>> {
  Loop& loop = co_await current_loop();
  co_return co_await sleep_until(loop.now() + span);
}

auto yield_turn() -> Task<Result<>> {
  CancelScope& scope = co_await current_scope();
  if (scope.cancelled()) co_return scope.reason();
  WaitList list;
  // Runs in the next turn, before anything that could resume and destroy this frame.
  scope.loop().post([&list] { list.notify_all(); });
  co_return co_await list.wait();
}

}  // namespace sky::async
