#include "async/sync.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"

namespace sky::async {
namespace {

using std::chrono::seconds;

auto produce(Channel<int>* channel, int count) -> Task<Result<>> {
  for (int i = 0; i < count; ++i) SKY_CO_CHECK(co_await channel->send(i));
  channel->close();
  co_return Result<>();
}

auto consume(Channel<int>* channel, std::vector<int>* out) -> Task<Result<>> {
  for (;;) {
    SKY_CO_TRY(const std::optional<int> item, co_await channel->recv());
    if (!item) co_return Result<>();
    out->push_back(*item);
    SKY_CO_CHECK(co_await sleep_for(seconds(1)));
  }
}

TEST(Channel, SlowConsumer_HoldsTheProducerBack) {
  SimLoop loop;
  Channel<int> channel(2);
  std::vector<int> out;
  TaskGroup group(loop);
  group.spawn("produce", produce(&channel, 6));
  group.spawn("consume", consume(&channel, &out));
  loop.settle();
  EXPECT_EQ(channel.size(), 2U);
  loop.advance(seconds(10));
  EXPECT_EQ(out, (std::vector<int>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(group.size(), 0U);
}

TEST(Channel, SendAfterClose_IsRefused) {
  SimLoop loop;
  Channel<int> channel(1);
  channel.close();
  EXPECT_FALSE(channel.try_send(1));
  EXPECT_EQ(loop.run(channel.send(1)).error().code, ErrorCode::kConflict);
  EXPECT_FALSE(loop.run(channel.recv()).value().has_value());
}

auto hold(Semaphore* semaphore, int* now, int* most) -> Task<Result<>> {
  SKY_CO_TRY(const Semaphore::Permit permit, co_await semaphore->acquire());
  *most = std::max(*most, ++*now);
  SKY_CO_CHECK(co_await sleep_for(seconds(1)));
  --*now;
  co_return Result<>();
}

TEST(Semaphore, ManyHolders_NeverMoreThanPermits) {
  SimLoop loop;
  Semaphore semaphore(3);
  int now = 0;
  int most = 0;
  TaskGroup group(loop);
  for (int i = 0; i < 10; ++i) group.spawn("hold", hold(&semaphore, &now, &most));
  loop.advance(seconds(4));
  EXPECT_EQ(most, 3);
  EXPECT_EQ(group.size(), 0U);
}

TEST(Event, SetBeforeAndAfter_ReleasesWaiters) {
  SimLoop loop;
  Event event;
  TaskGroup group(loop);
  group.spawn("wait", event.wait());
  loop.settle();
  EXPECT_EQ(group.size(), 1U);
  event.set();
  loop.settle();
  EXPECT_EQ(group.size(), 0U);
  EXPECT_TRUE(loop.run(event.wait()).ok());
}

}  // namespace
}  // namespace sky::async
