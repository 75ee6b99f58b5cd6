#include "agent/protocol/mux.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"
#include "testing/pipe_stream.h"

namespace sky::agent {
namespace {

using async::SimLoop;
using async::Task;
using std::chrono::seconds;

// Two muxes back to back; the accepting one answers requests by their "op".
class MuxPair : public testing::Test {
 protected:
  MuxPair() { connect(); }
  ~MuxPair() override {
    if (near_) loop_.run(near_->stop());
    if (far_) loop_.run(far_->stop());
  }

  void connect() {
    auto [near, far] = async::make_pipe(10'000);
    near_ = std::make_unique<Mux>(loop_, std::move(near), Mux::Side::kDialled);
    far_ = std::make_unique<Mux>(loop_, std::move(far), Mux::Side::kAccepted);
  }
  auto greet(Hello dialling, Hello accepting, Mux::HelloCheck check) -> std::pair<Result<Hello>, Result<Hello>> {
    std::vector<Task<Result<Hello>>> both;
    both.push_back(near_->handshake(std::move(dialling), nullptr, Deadline::after(loop_.now(), seconds(5))));
    both.push_back(far_->handshake(std::move(accepting), std::move(check), Deadline::after(loop_.now(), seconds(5))));
    auto results = loop_.run(async::all(std::move(both)));
    return {std::move(results[0]), std::move(results[1])};
  }
  void start() {
    auto [near, far] = greet(own_hello(ServerId("s"), "c", kServerNode), own_hello(ServerId("s"), "c", 0), nullptr);
    ASSERT_TRUE(near.ok() && far.ok());
    near_->start(&MuxPair::refuse_all);
    far_->start([this](Channel& channel) { return serve(&channel); });
  }
  static auto refuse_all(Channel&) -> Task<Result<Json>> {
    co_return make_error(ErrorCode::kNotSupported, "nothing is served here");
  }
  auto serve(Channel* channel) -> Task<Result<Json>> {
    const std::string op = get_string(channel->request().as_object(), "op").value();
    if (op == "echo") {
      for (;;) {
        SKY_CO_TRY(std::optional<std::string> piece, co_await channel->read());
        if (!piece) co_return Json("bye");
        SKY_CO_CHECK(co_await channel->write(std::move(*piece)));
      }
    }
    if (op == "flood") {
      for (int i = 0; i < 100; ++i) {
        SKY_CO_CHECK(co_await channel->write(std::string(50'000, 'x')));
        flooded_ += 50'000;
      }
      co_return Json(flooded_);
    }
    if (op == "hang") {
      async::Event never;
      const Result<> waited = co_await never.wait();
      hang_ended_ = true;
      co_return waited.error();
    }
    if (op == "fail") co_return make_error(ErrorCode::kJobNotFound, "no job 9", "sky queue");
    co_return JsonObject{{"op", op}};
  }
  auto deadline() -> Deadline { return Deadline::after(loop_.now(), seconds(10)); }
  auto call(Json request) -> Result<Json> { return loop_.run(near_->call(std::move(request), deadline())); }

  SimLoop loop_;
  std::unique_ptr<Mux> near_;
  std::unique_ptr<Mux> far_;
  std::int64_t flooded_ = 0;
  bool hang_ended_ = false;
};

auto op(std::string_view name) -> Json {
  return JsonObject{{"op", name}};
}

auto read_all(Channel* channel, size_t* count) -> Task<Result<>> {
  for (;;) {
    SKY_CO_TRY(const std::optional<std::string> piece, co_await channel->read());
    if (!piece) co_return Result<>();
    *count += piece->size();
  }
}

TEST_F(MuxPair, Call_GetsTheHandlersResult) {
  start();
  EXPECT_EQ(call(op("info")).value().as_object().at("op").as_string(), "info");
  const Result<Json> failed = call(op("fail"));
  EXPECT_EQ(failed.error().code, ErrorCode::kJobNotFound);
  EXPECT_EQ(failed.error().hint, "sky queue");
}

TEST_F(MuxPair, LargeRequest_IsNotLimitedByTheSizeOfData) {
  start();
  JsonObject request{{"op", "info"}, {"script", std::string(3'000'000, 's')}};
  EXPECT_TRUE(call(request).ok());
}

TEST_F(MuxPair, Echo_ReturnsTheBytesInOrderAndTheResultAfterThem) {
  start();
  const std::unique_ptr<Channel> channel = near_->open(op("echo")).value();
  EXPECT_TRUE(loop_.run(channel->write("hello ")).ok());
  EXPECT_EQ(loop_.run(channel->read()).value(), "hello ");
  channel->end(Json(nullptr));
  EXPECT_EQ(loop_.run(channel->await_end()).value().as_string(), "bye");
  EXPECT_EQ(loop_.run(channel->write("more")).error().code, ErrorCode::kConflict);
}

TEST_F(MuxPair, UnreadChannel_StopsAtItsWindowAndHoldsNobodyUp) {
  start();
  const std::unique_ptr<Channel> flood = near_->open(op("flood")).value();
  loop_.settle();
  EXPECT_LE(flooded_, static_cast<std::int64_t>(kWindowBytes));
  EXPECT_GE(flooded_, 200'000);
  EXPECT_TRUE(call(op("info")).ok());
  size_t count = 0;
  EXPECT_TRUE(loop_.run(read_all(flood.get(), &count)).ok());
  EXPECT_EQ(count, 5'000'000U);
  EXPECT_EQ(loop_.run(flood->await_end()).value().as_int64(), 5'000'000);
}

TEST_F(MuxPair, OwnerGone_CancelsTheHandler) {
  start();
  std::unique_ptr<Channel> channel = near_->open(op("hang")).value();
  loop_.settle();
  EXPECT_FALSE(hang_ended_);
  channel.reset();
  loop_.settle();
  EXPECT_TRUE(hang_ended_);
}

TEST_F(MuxPair, DeadlineOfACall_ResetsItsChannel) {
  start();
  EXPECT_EQ(call(op("hang")).error().code, ErrorCode::kDeadlineExceeded);
  loop_.settle();
  EXPECT_TRUE(hang_ended_);
}

TEST_F(MuxPair, BrokenStream_EndsEveryChannelWithUnavailable) {
  start();
  const std::unique_ptr<Channel> one = near_->open(op("hang")).value();
  const std::unique_ptr<Channel> two = near_->open(op("echo")).value();
  loop_.settle();
  loop_.run(far_->stop());
  loop_.settle();
  EXPECT_EQ(loop_.run(one->await_end()).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(loop_.run(two->read()).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(near_->open(op("info")).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(loop_.run(near_->wait_broken()).ok());
  EXPECT_TRUE(hang_ended_);
}

TEST_F(MuxPair, ChannelThatOutlivesTheMux_AnswersUnavailable) {
  start();
  const std::unique_ptr<Channel> channel = near_->open(op("echo")).value();
  loop_.run(near_->stop());
  near_.reset();
  EXPECT_EQ(loop_.run(channel->write("x")).error().code, ErrorCode::kUnavailable);
}

TEST_F(MuxPair, TooManyOpenChannels_AreRefusedOneByOne) {
  start();
  std::vector<std::unique_ptr<Channel>> channels;
  for (size_t i = 0; i < kAcceptedChannelsMax; ++i) channels.push_back(near_->open(op("hang")).value());
  EXPECT_EQ(call(op("info")).error().code, ErrorCode::kUnavailable);
  channels.pop_back();
  loop_.settle();
  EXPECT_TRUE(call(op("info")).ok());
}

TEST_F(MuxPair, VersionsOneApart_SpeakTheOlder) {
  Hello older = own_hello(ServerId("s"), "c", kServerNode);
  older.protocol_min = 1;
  older.protocol_max = 2;
  Hello newer = older;
  newer.protocol_min = 2;
  newer.protocol_max = 3;
  auto [near, far] = greet(older, newer, nullptr);
  EXPECT_TRUE(near.ok());
  EXPECT_EQ(near_->protocol(), 2);
  EXPECT_EQ(far_->protocol(), 2);
}

TEST_F(MuxPair, VersionsTwoApart_BothSidesSayWhy) {
  Hello older = own_hello(ServerId("s"), "c", kServerNode);
  Hello newer = older;
  newer.protocol_min = 2;
  newer.protocol_max = 3;
  auto [near, far] = greet(older, newer, nullptr);
  EXPECT_EQ(near.error().code, ErrorCode::kVersionMismatch);
  EXPECT_EQ(far.error().code, ErrorCode::kVersionMismatch);
}

auto want_key(const Hello& hello) -> Result<> {
  if (hello.key == Secret("right")) return {};
  return make_error(ErrorCode::kUnauthenticated, "the key of the cluster is wrong");
}

TEST_F(MuxPair, WrongKey_IsRefusedWithTheReasonAndNoGreeting) {
  auto [near, far] = greet(own_hello(ServerId("s"), "c", 1), own_hello(ServerId("s"), "c", 0), want_key);
  EXPECT_EQ(near.error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(far.error().message, "the key of the cluster is wrong");
}

TEST_F(MuxPair, SilentPeer_RunsIntoTheDeadline) {
  const Result<Hello> hello = loop_.run(near_->handshake(own_hello(ServerId("s"), "c", 1), nullptr, deadline()));
  EXPECT_EQ(hello.error().code, ErrorCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace sky::agent
