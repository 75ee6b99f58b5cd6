// Event, Channel, Semaphore: waits between tasks of one loop. None is thread-safe; none needs to be.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "async/task.h"

namespace sky::async {

// A condition that is set once (or until reset). Waiters return at once while it is set.
class Event {
 public:
  auto is_set() const -> bool { return set_; }
  void set() {
    set_ = true;
    waiters_.notify_all();
  }
  void reset() { set_ = false; }
  auto wait() -> Task<Result<>> {
    while (!set_) SKY_CO_CHECK(co_await waiters_.wait());
    co_return Result<>();
  }

 private:
  bool set_ = false;
  WaitList waiters_;
};

// A bounded queue. send waits while it is full; recv gives nullopt when it is closed and drained. Sending into a closed
// channel is kConflict.
template <class T>
class Channel {
 public:
  explicit Channel(size_t capacity) : capacity_(capacity) {}

  auto send(T value) -> Task<Result<>> {
    while (!closed_ && items_.size() >= capacity_) SKY_CO_CHECK(co_await senders_.wait());
    if (closed_) co_return make_error(ErrorCode::kConflict, "the channel is closed");
    push(std::move(value));
    co_return Result<>();
  }
  // False when full or closed.
  auto try_send(T value) -> bool {
    if (closed_ || items_.size() >= capacity_) return false;
    push(std::move(value));
    return true;
  }
  auto recv() -> Task<Result<std::optional<T>>> {
    while (items_.empty() && !closed_) SKY_CO_CHECK(co_await receivers_.wait());
    co_return take();
  }
  auto try_recv() -> std::optional<T> { return take(); }
  void close() {
    closed_ = true;
    senders_.notify_all();
    receivers_.notify_all();
  }
  auto closed() const -> bool { return closed_; }
  auto size() const -> size_t { return items_.size(); }

 private:
  void push(T value) {
    items_.push_back(std::move(value));
    receivers_.notify_one();
  }
  auto take() -> std::optional<T> {
    if (items_.empty()) return std::nullopt;
    std::optional<T> value(std::move(items_.front()));
    items_.pop_front();
    senders_.notify_one();
    // More than one item may be waiting for more than one receiver: hand the wake-up on.
    if (!items_.empty()) receivers_.notify_one();
    return value;
  }

  size_t capacity_;
  bool closed_ = false;
  std::deque<T> items_;
  WaitList senders_;
  WaitList receivers_;
};

// At most `permits` holders at once; waiters are served in order. A Permit gives its place back when destroyed.
class Semaphore {
 public:
  explicit Semaphore(size_t permits) : free_(permits) {}

  class [[nodiscard]] Permit {
   public:
    explicit Permit(Semaphore& owner) : owner_(&owner) {}
    Permit(Permit&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    auto operator=(Permit&&) -> Permit& = delete;
    ~Permit() {
      if (owner_ != nullptr) owner_->release();
    }

   private:
    Semaphore* owner_;
  };

  auto acquire() -> Task<Result<Permit>> {
    while (free_ == 0) SKY_CO_CHECK(co_await waiters_.wait());
    --free_;
    co_return Permit(*this);
  }

 private:
  void release() {
    ++free_;
    waiters_.notify_one();
  }
  size_t free_;
  WaitList waiters_;
};

}  // namespace sky::async
