#include "os/fd_stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "async/asio_loop.h"

namespace sky::os {
namespace {

using async::AsioLoop;
using async::Task;

struct Pair {
  std::unique_ptr<FdStream> a;
  std::unique_ptr<FdStream> b;
};

auto make_pair(AsioLoop& loop) -> Pair {
  int ends[2];
  SKY_ASSERT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  return {FdStream::from_socket(loop, UniqueFd(ends[0])).value(),
          FdStream::from_socket(loop, UniqueFd(ends[1])).value()};
}

auto read_all(FdStream* stream, size_t* total) -> Task<Result<>> {
  std::string buffer(4096, '\0');
  for (;;) {
    SKY_CO_TRY(const size_t count, co_await stream->read_some(buffer));
    if (count == 0) co_return Result<>();
    *total += count;
  }
}

auto write_and_close(FdStream* stream, size_t size) -> Task<Result<>> {
  const std::string bytes(size, 'x');
  Result<> written = co_await stream->write_all(bytes);
  stream->close_write();
  co_return written;
}

auto transfer(Pair* pair, size_t size, size_t* total) -> Task<Result<>> {
  async::CancelScope& scope = co_await async::current_scope();
  async::TaskGroup group(scope);
  group.spawn("write", write_and_close(pair->a.get(), size));
  Result<> read = co_await read_all(pair->b.get(), total);
  co_await group.join();
  co_return read;
}

TEST(FdStream, MoreThanTheKernelBuffers_ArrivesWhole) {
  AsioLoop loop;
  Pair pair = make_pair(loop);
  size_t total = 0;
  ASSERT_TRUE(loop.run_until_done(transfer(&pair, 3'000'000, &total)).ok());
  EXPECT_EQ(total, 3'000'000U);
}

auto write_until_error(FdStream* stream) -> Task<Result<>> {
  const std::string bytes(65536, 'x');
  for (;;) SKY_CO_CHECK(co_await stream->write_all(bytes));
}

TEST(FdStream, PeerGone_IsUnavailableAndNoSignal) {
  AsioLoop loop;
  Pair pair = make_pair(loop);
  EXPECT_FALSE(pair.a->peer_closed());
  pair.b.reset();
  EXPECT_TRUE(pair.a->peer_closed());
  EXPECT_EQ(loop.run_until_done(write_until_error(pair.a.get())).error().code, ErrorCode::kUnavailable);
}

auto read_one(FdStream* stream) -> Task<Result<size_t>> {
  char byte = 0;
  co_return co_await stream->read_some({&byte, 1});
}

auto keep_result(Task<Result<size_t>> task, std::optional<Result<size_t>>* slot) -> Task<> {
  slot->emplace(co_await std::move(task));
}

auto close_under_reader(FdStream* stream) -> Task<Result<size_t>> {
  async::CancelScope& scope = co_await async::current_scope();
  async::TaskGroup group(scope);
  std::optional<Result<size_t>> slot;
  group.spawn("read", keep_result(read_one(stream), &slot));
  SKY_CO_CHECK(co_await async::yield_turn());
  SKY_CO_CHECK(co_await async::yield_turn());
  stream->close();
  co_await group.join();
  co_return *slot;
}

TEST(FdStream, CloseUnderReader_EndsItsWait) {
  AsioLoop loop;
  Pair pair = make_pair(loop);
  EXPECT_EQ(loop.run_until_done(close_under_reader(pair.a.get())).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(loop.run_until_done(read_one(pair.a.get())).value(), 0U);
  EXPECT_EQ(loop.run_until_done(write_until_error(pair.a.get())).error().code, ErrorCode::kUnavailable);
}

auto flood(FdStream* stream) -> Task<Result<>> {
  char byte = 0;
  for (;;) SKY_CO_CHECK(co_await stream->read_some({&byte, 1}));
}

auto cancel_flood(FdStream* stream) -> Task<Result<>> {
  async::CancelScope& scope = co_await async::current_scope();
  const Deadline deadline = Deadline::after(scope.loop().now(), Duration::zero());
  co_return co_await async::with_deadline(deadline, "flood", flood(stream));
}

TEST(FdStream, EndlessReadyBytes_StillLetTheDeadlineIn) {
  AsioLoop loop;
  auto stream = FdStream::from_pipes(loop, open_file("/dev/zero", 0).value(), UniqueFd());
  if (!stream.ok()) GTEST_SKIP() << "this kernel cannot poll /dev/zero";
  EXPECT_EQ(loop.run_until_done(cancel_flood(stream->get())).error().code, ErrorCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace sky::os
