// Cancellation is structured: every running Task belongs to a CancelScope, scopes form a tree, and cancelling one makes
// each wait below it return its reason. A wait that starts in a cancelled scope returns at once. Clean-up that must
// still wait runs under shield() (async/task.h).
#pragma once

#include <optional>

#include "async/loop.h"
#include "base/result.h"

namespace sky::async {

class CancelScope;

// Something that wants to know about cancellation: a suspended wait, or a child scope. Intrusive: registered at most
// once, removes itself when destroyed.
class CancelHook {
 public:
  CancelHook() = default;
  CancelHook(const CancelHook&) = delete;
  auto operator=(const CancelHook&) -> CancelHook& = delete;

 protected:
  ~CancelHook() { unhook(); }
  void hook_to(CancelScope& scope);
  void unhook();

 private:
  friend class CancelScope;
  virtual void on_cancel() = 0;

  CancelScope* scope_ = nullptr;
  CancelHook* previous_ = nullptr;
  CancelHook* next_ = nullptr;
};

class CancelScope final : private CancelHook {
 public:
  explicit CancelScope(Loop& loop) : loop_(loop) {}
  // Cancelled with its parent. Must not outlive it.
  explicit CancelScope(CancelScope& parent);
  ~CancelScope();

  auto loop() const -> Loop& { return loop_; }
  auto cancelled() const -> bool { return reason_.has_value(); }
  // REQUIRES: cancelled().
  auto reason() const -> const Error& { return *reason_; }

  // Only the first call counts. Waits below complete with `reason` in a later turn.
  void cancel(Error reason);
  void cancel() { cancel(make_error(ErrorCode::kCancelled, "cancelled")); }

 private:
  friend class CancelHook;
  void on_cancel() override;

  Loop& loop_;
  CancelScope* parent_ = nullptr;
  std::optional<Error> reason_;
  CancelHook* first_ = nullptr;
};

}  // namespace sky::async
