#include "testing/pipe_stream.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"

namespace sky::async {
namespace {

auto write_and_end(ByteStream* stream, std::string bytes) -> Task<Result<>> {
  SKY_CO_CHECK(co_await stream->write_all(bytes));
  stream->close_write();
  co_return Result<>();
}

TEST(PipeStream, MoreThanTheBuffer_ArrivesInOrder) {
  SimLoop loop;
  auto [near, far] = make_pipe(7);
  TaskGroup group(loop);
  const std::string text = "the quick brown fox jumps over the lazy dog";
  group.spawn("write", write_and_end(near.get(), text));
  EXPECT_EQ(*loop.run(read_to_end(far.get())), text);
  loop.run(group.join());
}

TEST(PipeStream, PeerClosed_ReadsDrainAndWritesFail) {
  SimLoop loop;
  auto [near, far] = make_pipe();
  ASSERT_TRUE(loop.run(near->write_all("last")).ok());
  near.reset();
  EXPECT_EQ(*loop.run(read_to_end(far.get())), "last");
  EXPECT_EQ(loop.run(far->write_all("x")).error().code, ErrorCode::kUnavailable);
}

TEST(PipeStream, OwnClose_EndsPendingRead) {
  SimLoop loop;
  auto [near, far] = make_pipe();
  TaskGroup group(loop);
  std::optional<Result<std::string>> got;
  group.spawn("read", detail::store_result(read_to_end(far.get()), &got));
  loop.settle();
  EXPECT_FALSE(got.has_value());
  far->close();
  loop.settle();
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace sky::async
