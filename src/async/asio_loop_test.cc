#include "async/asio_loop.h"

#include <unistd.h>

#include <thread>

#include <gtest/gtest.h>

#include "async/run_on.h"

namespace sky::async {
namespace {

auto pool_thread_differs() -> Task<bool> {
  const auto here = std::this_thread::get_id();
  const auto there = co_await run_on([] { return std::this_thread::get_id(); });
  co_return here != there&& here == std::this_thread::get_id();
}

TEST(AsioLoop, RunOn_LeavesAndComesBack) {
  AsioLoop loop;
  EXPECT_TRUE(loop.run_until_done(pool_thread_differs()));
}

auto wait_pipe(AsioLoop* loop, int read_end, int write_end) -> Task<Result<char>> {
  SKY_CO_TRY(const auto watch, loop->watch(read_end));
  SKY_ASSERT(write(write_end, "x", 1) == 1);
  SKY_CO_CHECK(co_await watch->readable());
  char byte = 0;
  SKY_ASSERT(read(read_end, &byte, 1) == 1);
  co_return byte;
}

auto wait_in_vain(AsioLoop* loop, int read_end) -> Task<Result<>> {
  SKY_CO_TRY(const auto watch, loop->watch(read_end));
  const Deadline deadline = Deadline::after(loop->now(), std::chrono::milliseconds(1));
  co_return co_await with_deadline(deadline, "the pipe", watch->readable());
}

TEST(AsioLoop, Watch_ReadableAndCancelled) {
  AsioLoop loop;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_EQ(loop.run_until_done(wait_pipe(&loop, ends[0], ends[1])).value(), 'x');
  EXPECT_EQ(loop.run_until_done(wait_in_vain(&loop, ends[0])).error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_FALSE(loop.watch(-1).ok());
  close(ends[0]);
  close(ends[1]);
}

TEST(AsioLoop, StoppedTimer_DoesNotFire) {
  AsioLoop loop;
  bool fired = false;
  const TimerId id = loop.start_timer(loop.now(), [&] { fired = true; });
  loop.stop_timer(id);
  loop.run_until_done([]() -> Task<int> {
    SKY_ASSERT((co_await sleep_for(std::chrono::milliseconds(2))).ok());
    co_return 0;
  }());
  EXPECT_FALSE(fired);
}

}  // namespace
}  // namespace sky::async
