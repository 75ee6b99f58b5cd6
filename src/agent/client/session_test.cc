#include "agent/client/session.h"

#include <gtest/gtest.h>

#include "agent/client/fake_head_test.h"

namespace sky::agent {
namespace {

using async::Task;
using std::chrono::seconds;

class SessionTest : public testing::Test {
 protected:
  ~SessionTest() override { fake_.loop.run(session_.stop()); }

  auto options() -> SessionOptions {
    return {.on_event = [this](Event event) { return take(this, std::move(event)); },
            .on_change = [this] { changes_.push_back(session_.up()); }};
  }
  static auto take(SessionTest* test, Event event) -> Task<Result<>> {
    if (test->refuse_events_ > 0) {
      --test->refuse_events_;
      co_return make_error(ErrorCode::kStorageFull, "full");
    }
    test->events_.push_back(std::move(event));
    co_return Result<>();
  }
  void connect() {
    session_.start();
    ASSERT_TRUE(run(session_.wait_ready(fake_.soon())).ok());
    fake_.loop.settle();
  }
  template <class T>
  auto run(Task<T> task) -> T {
    return fake_.loop.run(std::move(task));
  }

  FakeCluster fake_;
  std::vector<Event> events_;
  std::vector<bool> changes_;
  int refuse_events_ = 0;
  AgentSession session_{fake_.loop, fake_.infra, fake_.cluster, options()};
};

TEST_F(SessionTest, Operations_ReachTheHead) {
  connect();
  const JobSpec spec{.name = "train", .run = "true"};
  EXPECT_EQ(*run(session_.submit("request-1", spec, fake_.soon())), JobId(1));
  EXPECT_EQ(*run(session_.submit("request-1", spec, fake_.soon())), JobId(1));
  EXPECT_EQ(*run(session_.submit("request-2", spec, fake_.soon())), JobId(2));
  EXPECT_EQ(run(session_.jobs({.all = true}, fake_.soon()))->size(), 2U);
  EXPECT_EQ(*run(session_.cancel({.ids = {JobId(2)}}, fake_.soon())), std::vector<JobId>{JobId(2)});
  EXPECT_TRUE(run(session_.set_autostop({.idle_minutes = 5, .down = true}, fake_.soon())).ok());
  EXPECT_EQ(fake_.head.autostops, (std::vector<AutostopSpec>{{.idle_minutes = 5, .down = true}}));
  EXPECT_TRUE(run(session_.info(fake_.soon())).ok());
}

TEST_F(SessionTest, Tail_GivesBytesThenTheStatus) {
  connect();
  fake_.head.set_job(1, JobStatus::kFailed, "hello\n");
  Result<JobTail> tail = session_.tail({.job = JobId(1), .offset = 2});
  ASSERT_TRUE(tail.ok());
  EXPECT_EQ(*run(tail->read()), "llo\n");
  EXPECT_EQ(*run(tail->read()), std::nullopt);
  const Result<TailEnd> end = run(tail->finish());
  EXPECT_EQ(end->status, JobStatus::kFailed);
  EXPECT_EQ(end->offset, 6U);
}

TEST_F(SessionTest, Events_BeginWithThePresentState) {
  fake_.head.set_job(1, JobStatus::kRunning);
  connect();
  fake_.head.set_job(1, JobStatus::kSucceeded);
  fake_.loop.settle();
  ASSERT_EQ(events_.size(), 2U);
  EXPECT_EQ(events_[0].job.status, JobStatus::kRunning);
  EXPECT_EQ(events_[1].job.status, JobStatus::kSucceeded);
}

TEST_F(SessionTest, EventThatCannotBeStored_ComesAgain) {
  connect();
  refuse_events_ = 2;
  fake_.head.set_job(1, JobStatus::kRunning);
  fake_.loop.advance(seconds(5));
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].job.status, JobStatus::kRunning);
}

TEST_F(SessionTest, LostConnection_IsMadeAgain) {
  connect();
  fake_.head.cut();
  fake_.loop.settle();
  EXPECT_FALSE(session_.up());
  EXPECT_EQ(session_.silent_since(), fake_.loop.now());
  EXPECT_EQ(session_.open(Json(JsonObject{{"op", "info"}})).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(run(session_.info(fake_.soon())).ok());
  EXPECT_TRUE(session_.up());
  EXPECT_EQ(session_.silent_since(), std::nullopt);
  EXPECT_EQ(changes_, (std::vector<bool>{true, false, true}));
}

auto cut_after(FakeHead* head, Duration pause) -> Task<Result<>> {
  SKY_CO_CHECK(co_await async::sleep_for(pause));
  head->mute = false;
  head->cut();
  co_return Result<>();
}

TEST_F(SessionTest, ConnectionLostDuringACall_TheCallIsRepeated) {
  connect();
  fake_.head.mute = true;
  async::TaskGroup group(fake_.loop);
  group.spawn("cut", cut_after(&fake_.head, seconds(1)));
  EXPECT_EQ(*run(session_.submit("request-1", {}, fake_.soon())), JobId(1));
  run(group.join());
}

TEST_F(SessionTest, HeadThatStopsAnswering_IsDroppedAfterTwoPings) {
  connect();
  fake_.head.mute = true;
  fake_.loop.advance(seconds(29));
  EXPECT_TRUE(session_.up());
  fake_.loop.advance(seconds(2));
  EXPECT_EQ(changes_, (std::vector<bool>{true, false, true}));
}

TEST_F(SessionTest, NodeDown_CallSaysWhyAndPausesGrow) {
  connect();
  fake_.infra.crash_node(fake_.cluster.cluster, 0);
  fake_.loop.settle();
  const int before = fake_.infra.call_count(infra::FakeInfra::Call::kRun);
  const Result<Json> failed = run(session_.info(fake_.soon()));
  EXPECT_EQ(failed.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(failed.error().message.starts_with("the agent of cluster 'c' does not answer: the node"))
      << failed.error().message;
  const int attempts = fake_.infra.call_count(infra::FakeInfra::Call::kRun) - before;
  EXPECT_GE(attempts, 6);
  EXPECT_LE(attempts, 12);
  fake_.infra.reboot_node(fake_.cluster.cluster, 0);
  EXPECT_TRUE(run(session_.info(fake_.soon())).ok());
}

TEST_F(SessionTest, RefusedGreeting_FailsAtOnce) {
  fake_.head.refuse = make_error(ErrorCode::kPermissionDenied, "held by server 'other'");
  session_.start();
  const MonoTime before = fake_.loop.now();
  const Result<> refused = run(session_.wait_ready(fake_.soon()));
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(refused.error().message, "held by server 'other'");
  EXPECT_EQ(fake_.loop.now(), before);
}

TEST_F(SessionTest, Stop_EndsWaitingCalls) {
  fake_.infra.crash_node(fake_.cluster.cluster, 0);
  session_.start();
  async::TaskGroup group(fake_.loop);
  std::optional<Result<Json>> answer;
  group.spawn("call", async::detail::store_result(session_.info(Deadline::never()), &answer));
  fake_.loop.settle();
  run(session_.stop());
  run(group.join());
  EXPECT_EQ(answer->error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace sky::agent
