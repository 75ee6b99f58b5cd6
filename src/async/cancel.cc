#include "async/cancel.h"

#include "base/assert.h"

namespace sky::async {

void CancelHook::hook_to(CancelScope& scope) {
  SKY_ASSERT(scope_ == nullptr);
  scope_ = &scope;
  next_ = scope.first_;
  if (next_ != nullptr) next_->previous_ = this;
  scope.first_ = this;
}

void CancelHook::unhook() {
  if (scope_ == nullptr) return;
  if (previous_ != nullptr) previous_->next_ = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  if (scope_->first_ == this) scope_->first_ = next_;
  scope_ = nullptr;
  previous_ = nullptr;
  next_ = nullptr;
}

CancelScope::CancelScope(CancelScope& parent) : loop_(parent.loop_), parent_(&parent) {
  if (parent.cancelled()) {
    reason_ = parent.reason();
  } else {
    hook_to(parent);
  }
}

CancelScope::~CancelScope() {
  SKY_ASSERT(first_ == nullptr);
}

void CancelScope::cancel(Error reason) {
  if (cancelled()) return;
  reason_ = std::move(reason);
  while (first_ != nullptr) {
    CancelHook* hook = first_;
    hook->unhook();
    hook->on_cancel();
  }
}

void CancelScope::on_cancel() {
  cancel(parent_->reason());
}

}  // namespace sky::async
