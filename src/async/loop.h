// The port through which the program meets time, threads and chance.
//
// One Loop runs on one thread. Everything above async/ runs on it and needs no locks. Real programs use AsioLoop
// (async/asio_loop.h); tests and the simulator use SimLoop (async/sim_loop.h), where time is virtual and a run is a
// pure function of its seed.
//
// Concurrency: only post() and the work handed to run_on_pool() may touch other threads; every other call, and every
// callback, is on the loop's thread. Callbacks run in the order in which they were posted, never inside the caller.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.h"
#include "base/time.h"

namespace sky::async {

using Callback = std::move_only_function<void()>;
enum class TimerId : std::uint64_t {};

class Loop {
 public:
  virtual ~Loop() = default;

  virtual auto now() const -> MonoTime = 0;
  virtual auto wall_now() const -> WallTime = 0;
  virtual auto random_u64() -> std::uint64_t = 0;

  // Thread-safe. Runs `callback` on the loop's thread in a later turn.
  virtual void post(Callback callback) = 0;

  // Runs `callback` once at or after `at`. stop_timer of a fired or unknown id does nothing; after it returns the
  // callback will not run.
  virtual auto start_timer(MonoTime at, Callback callback) -> TimerId = 0;
  virtual void stop_timer(TimerId id) = 0;

  // Runs `work` on a pool thread, then `done` on the loop's thread. `work` must own what it touches.
  virtual void run_on_pool(Callback work, Callback done) = 0;
};

template <class T>
class Task;

// Readiness of one non-blocking descriptor; does not own it. Destroy it before closing the descriptor. At most one
// waiter per direction. Errors: kCancelled, kIo.
class FdWatch {
 public:
  virtual ~FdWatch() = default;
  virtual auto readable() -> Task<Result<>> = 0;
  virtual auto writable() -> Task<Result<>> = 0;
};

// A loop that can also wait for descriptors: what opens files, processes or sockets takes one and hands on streams
// (async/stream.h); code that only waits takes a Loop, so that it runs in the simulator.
class IoLoop : public Loop {
 public:
  virtual auto watch(int fd) -> Result<std::unique_ptr<FdWatch>> = 0;
};

}  // namespace sky::async
