#include "async/asio_loop.h"

#include <sys/random.h>

#include <csignal>
#include <map>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

namespace sky::async {
namespace asio = boost::asio;

struct AsioLoop::Impl {
  explicit Impl(int threads) : pool_threads(threads) {}

  int pool_threads;
  asio::io_context io{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard;
  std::optional<asio::thread_pool> pool;
  std::uint64_t timer_count = 0;
  std::map<TimerId, std::unique_ptr<asio::steady_timer>> timers;
  std::optional<asio::signal_set> signals;
  std::move_only_function<void(int)> on_signal;

  void wait_signal() {
    signals->async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      on_signal(number);
      wait_signal();
    });
  }
};

namespace {

class AsioFdWatch final : public FdWatch {
 public:
  AsioFdWatch(asio::io_context& io, int fd) : descriptor_(io) {
    boost::system::error_code error;
    descriptor_.assign(fd, error);
    assigned_ = !error;
  }
  ~AsioFdWatch() override {
    if (assigned_) descriptor_.release();
  }
  auto assigned() const -> bool { return assigned_; }

  auto readable() -> Task<Result<>> override { return wait(asio::posix::descriptor_base::wait_read); }
  auto writable() -> Task<Result<>> override { return wait(asio::posix::descriptor_base::wait_write); }

 private:
  // What an asynchronous wait reports to. It outlives both sides: Asio may still hold a handler when the waiting
  // coroutine was cancelled, and the other way round.
  struct Pending {
    WaitList list;
    bool done = false;
    boost::system::error_code error;
  };

  auto wait(asio::posix::descriptor_base::wait_type type) -> Task<Result<>> {
    auto pending = std::make_shared<Pending>();
    descriptor_.async_wait(type, [pending](const boost::system::error_code& error) {
      pending->done = true;
      pending->error = error;
      pending->list.notify_all();
    });
    // A cancelled wait leaves its handler behind: cancelling the descriptor would also end the other direction's wait.
    while (!pending->done) SKY_CO_CHECK(co_await pending->list.wait());
    if (pending->error) {
      co_return make_error(ErrorCode::kIo, fmt::format("waiting for a descriptor: {}", pending->error.message()));
    }
    co_return Result<>();
  }

  asio::posix::stream_descriptor descriptor_;
  bool assigned_ = false;
};

}  // namespace

AsioLoop::AsioLoop(int pool_threads) : impl_(std::make_unique<Impl>(pool_threads)) {}

AsioLoop::~AsioLoop() {
  if (impl_->pool) impl_->pool->join();
}

auto AsioLoop::now() const -> MonoTime {
  return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
}

auto AsioLoop::wall_now() const -> WallTime {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

auto AsioLoop::random_u64() -> std::uint64_t {
  std::uint64_t value = 0;
  while (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
  }
  return value;
}

void AsioLoop::post(Callback callback) {
  asio::post(impl_->io, std::move(callback));
}

auto AsioLoop::start_timer(MonoTime at, Callback callback) -> TimerId {
  const TimerId id{++impl_->timer_count};
  auto timer = std::make_unique<asio::steady_timer>(impl_->io, at);
  timer->async_wait([this, id, callback = std::move(callback)](const boost::system::error_code& error) mutable {
    // A timer that was stopped after it expired has its handler queued already: absence from the map tells.
    if (error || impl_->timers.erase(id) == 0) return;
    callback();
  });
  impl_->timers.emplace(id, std::move(timer));
  return id;
}

void AsioLoop::stop_timer(TimerId id) {
  impl_->timers.erase(id);
}

void AsioLoop::run_on_pool(Callback work, Callback done) {
  if (!impl_->pool) impl_->pool.emplace(static_cast<size_t>(impl_->pool_threads));
  asio::post(*impl_->pool, [this, work = std::move(work), done = std::move(done)]() mutable {
    work();
    post(std::move(done));
  });
}

auto AsioLoop::watch(int fd) -> Result<std::unique_ptr<FdWatch>> {
  auto watch = std::make_unique<AsioFdWatch>(impl_->io, fd);
  if (!watch->assigned()) {
    return make_error(ErrorCode::kIo, fmt::format("descriptor {} cannot be watched for readiness", fd));
  }
  return std::unique_ptr<FdWatch>(std::move(watch));
}

void AsioLoop::run() {
  impl_->io.restart();
  impl_->guard.emplace(asio::make_work_guard(impl_->io));
  impl_->io.run();
}

void AsioLoop::stop() {
  impl_->io.stop();
}

void AsioLoop::watch_signals(std::move_only_function<void(int)> on_signal) {
  impl_->on_signal = std::move(on_signal);
  impl_->signals.emplace(impl_->io, SIGINT, SIGTERM, SIGHUP);
  impl_->wait_signal();
}

void AsioLoop::unwatch_signals() {
  impl_->signals.reset();
}

}  // namespace sky::async
