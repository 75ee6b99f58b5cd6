#include "agent/client/log_store.h"

#include <gtest/gtest.h>

#include "agent/client/fake_head_test.h"
#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::agent {
namespace {

using async::Task;
using std::chrono::seconds;

auto read_all(logs::Follower* follower) -> Task<Result<std::string>> {
  std::string all;
  for (;;) {
    SKY_CO_TRY(const std::optional<std::string> piece, co_await follower->read(4096));
    if (!piece) co_return all;
    all += *piece;
  }
}

class LogStoreTest : public testing::Test {
 protected:
  LogStoreTest() {
    store_ = std::make_unique<LogStore>(fake_.loop, dir_.file("logs"));
    attach();
  }
  ~LogStoreTest() override {
    detach();
    run(store_->stop());
  }
  static auto take(LogStoreTest* test, Event event) -> Task<Result<>> {
    if (event.kind == Event::Kind::kJob) test->store_->on_job("hash", event.job);
    co_return Result<>();
  }
  void attach() {
    const SessionOptions options{.on_event = [this](Event event) { return take(this, std::move(event)); }};
    session_ = std::make_unique<AgentSession>(fake_.loop, fake_.infra, fake_.cluster, options);
    store_->attach("hash", *session_);
    session_->start();
    fake_.loop.settle();
  }
  void detach() {
    if (session_ == nullptr) return;
    run(store_->detach("hash"));
    run(session_->stop());
    session_.reset();
  }
  // As after a crash: another store on the same files.
  void restart_server() {
    detach();
    run(store_->stop());
    store_ = std::make_unique<LogStore>(fake_.loop, dir_.file("logs"));
  }
  template <class T>
  auto run(Task<T> task) -> T {
    return fake_.loop.run(std::move(task));
  }
  auto follow(std::int64_t job, std::uint64_t offset = 0) -> std::unique_ptr<logs::Follower> {
    auto follower = store_->follow("hash", JobId(job), offset);
    EXPECT_TRUE(follower.ok());
    return std::move(*follower);
  }

  os::TempDir dir_ = std::move(os::TempDir::make()).value();
  FakeCluster fake_;
  std::unique_ptr<AgentSession> session_;
  std::unique_ptr<LogStore> store_;
};

TEST_F(LogStoreTest, ManyFollowers_CostOneUpstreamStream) {
  fake_.head.set_job(1, JobStatus::kRunning, "one\n");
  std::vector<std::unique_ptr<logs::Follower>> followers;
  for (int i = 0; i < 50; ++i) followers.push_back(follow(1));
  fake_.loop.settle();
  fake_.head.set_job(1, JobStatus::kSucceeded, "two\n");
  for (const auto& follower : followers) {
    EXPECT_EQ(*run(read_all(follower.get())), "one\ntwo\n");
    EXPECT_EQ(follower->end()->exit_status, 0);
  }
  EXPECT_EQ(fake_.head.jobs[1].tail_count, 1);
}

TEST_F(LogStoreTest, NobodyFollows_TheCopyIsMadeAllTheSame) {
  fake_.head.set_job(1, JobStatus::kRunning, "kept\n");
  fake_.head.set_job(1, JobStatus::kFailed);
  fake_.loop.settle();
  detach();
  fake_.infra.lose_node(fake_.cluster.cluster, 0);
  const auto follower = follow(1, 2);
  EXPECT_EQ(*run(read_all(follower.get())), "pt\n");
  EXPECT_EQ(follower->end()->exit_status, kExitJobFailed);
}

TEST_F(LogStoreTest, PendingJob_IsSubscribedWhenFollowed) {
  fake_.head.set_job(1, JobStatus::kPending, "Waiting for resources.\n");
  fake_.loop.settle();
  EXPECT_EQ(fake_.head.jobs[1].tail_count, 0);
  const auto follower = follow(1);
  EXPECT_EQ(*run(follower->read(100)), "Waiting for resources.\n");
  fake_.head.set_job(1, JobStatus::kSucceeded, "ran\n");
  EXPECT_EQ(*run(read_all(follower.get())), "ran\n");
  EXPECT_EQ(fake_.head.jobs[1].tail_count, 1);
}

TEST_F(LogStoreTest, LostConnection_GoesOnWhereTheCopyEnds) {
  fake_.head.set_job(1, JobStatus::kRunning, std::string(5000, 'a'));
  const auto follower = follow(1);
  fake_.loop.settle();
  fake_.head.cut();
  fake_.loop.settle();
  fake_.head.set_job(1, JobStatus::kSucceeded, std::string(5000, 'b'));
  EXPECT_EQ(*run(read_all(follower.get())), std::string(5000, 'a') + std::string(5000, 'b'));
  EXPECT_EQ(fake_.head.jobs[1].tail_count, 2);
}

TEST_F(LogStoreTest, ServerRestarted_GoesOnWhereTheCopyEnds) {
  fake_.head.set_job(1, JobStatus::kRunning, "before\n");
  fake_.loop.settle();
  restart_server();
  const auto early = follow(1, 3);
  fake_.head.set_job(1, JobStatus::kSucceeded, "after\n");
  attach();
  EXPECT_EQ(*run(read_all(early.get())), "ore\nafter\n");
}

TEST_F(LogStoreTest, LostNode_EndsTheCopyWithTheGivenStatus) {
  fake_.head.set_job(1, JobStatus::kRunning, "half");
  const auto follower = follow(1);
  fake_.loop.settle();
  detach();
  store_->finish_job("hash", JobId(1), JobStatus::kFailedDriver);
  EXPECT_EQ(*run(read_all(follower.get())), "half");
  EXPECT_EQ(follower->end()->exit_status, kExitJobFailed);
  store_->finish_job("hash", JobId(1), JobStatus::kSucceeded);
  EXPECT_EQ(*run(read_all(follow(1).get())), "half");
}

TEST_F(LogStoreTest, FinishWhileSubscribed_EndsFollowersAndSubscription) {
  fake_.head.set_job(1, JobStatus::kRunning, "half");
  const auto follower = follow(1);
  fake_.loop.settle();
  store_->finish_job("hash", JobId(1), JobStatus::kCancelled);
  fake_.head.set_job(1, JobStatus::kRunning, "more");
  EXPECT_EQ(*run(read_all(follower.get())), "half");
  EXPECT_EQ(*run(read_all(follow(1).get())), "half");
}

TEST_F(LogStoreTest, ClusterGoneBeforeAnyOutput_EndsWaitingFollowers) {
  detach();
  const auto follower = follow(4);
  store_->finish_job("hash", JobId(4), JobStatus::kCancelled);
  EXPECT_EQ(*run(read_all(follower.get())), "");
  EXPECT_EQ(follower->end()->exit_status, kExitJobCancelled);
}

TEST_F(LogStoreTest, End_IsThatOfTheCompleteCopyOnly) {
  fake_.head.set_job(1, JobStatus::kRunning, "half");
  fake_.loop.settle();
  EXPECT_FALSE(store_->end_of("hash", JobId(1)).has_value());
  EXPECT_FALSE(store_->end_of("hash", JobId(9)).has_value());
  fake_.head.set_job(1, JobStatus::kFailed);
  fake_.loop.settle();
  EXPECT_EQ(store_->end_of("hash", JobId(1))->exit_status, kExitJobFailed);
}

class LogStoreAgeTest : public LogStoreTest {
 protected:
  // The simulated clock is set to that of the files.
  LogStoreAgeTest() {
    const auto real_now = std::chrono::system_clock::now().time_since_epoch();
    fake_.loop.jump_wall_clock(real_now - fake_.loop.wall_now().time_since_epoch());
    fake_.head.set_job(1, JobStatus::kSucceeded, "done\n");
    fake_.head.set_job(2, JobStatus::kRunning, "half");
    fake_.loop.settle();
    EXPECT_TRUE(os::write_file_atomic(dir_.file("logs/hash/provision.log"), "made\n").ok());
  }
  void pass(Duration span) { fake_.loop.jump_wall_clock(span); }
  void collect(std::optional<WallTime> gone_at) {
    const auto answer = [gone_at](const std::string&) { return gone_at; };
    ASSERT_TRUE(run(store_->collect(answer)).ok());
  }
  auto exists(const std::string& name) -> bool { return os::file_exists(dir_.file("logs/hash/" + name)); }
};

TEST_F(LogStoreAgeTest, CompleteCopyOfALiveCluster_GoesWhenItIsOld) {
  pass(std::chrono::hours(719));
  collect(std::nullopt);
  EXPECT_TRUE(exists("job-1.end"));
  pass(std::chrono::hours(2));
  collect(std::nullopt);
  EXPECT_FALSE(exists("job-1.end"));
  EXPECT_FALSE(exists("job-1.log"));
  EXPECT_TRUE(exists("job-2.log"));
  EXPECT_TRUE(exists("provision.log"));
}

TEST_F(LogStoreAgeTest, ClusterThatIsGone_GoesWithAllItsLogs) {
  const WallTime gone_at = fake_.loop.wall_now();
  const auto open = follow(2, 4);
  detach();
  pass(std::chrono::hours(719));
  collect(gone_at);
  EXPECT_TRUE(exists("provision.log"));
  pass(std::chrono::hours(2));
  collect(gone_at);
  EXPECT_FALSE(os::file_exists(dir_.file("logs/hash")));
  EXPECT_EQ(run(read_all(open.get())).error().code, ErrorCode::kUnavailable);
  collect(gone_at);
}

TEST_F(LogStoreAgeTest, ClustersThatAreGone_KeepWithinTheirSize) {
  detach();
  run(store_->stop());
  store_ =
      std::make_unique<LogStore>(fake_.loop, dir_.file("logs"), LogStoreOptions{.retention = {.gone_bytes_max = 10}});
  ASSERT_TRUE(os::make_dirs(dir_.file("logs/later")).ok());
  ASSERT_TRUE(os::write_file_atomic(dir_.file("logs/later/provision.log"), "12345").ok());
  const WallTime now = fake_.loop.wall_now();
  const auto gone_at = [now](const std::string& hash) -> std::optional<WallTime> {
    return hash == "later" ? now : now - std::chrono::hours(1);
  };
  ASSERT_TRUE(run(store_->collect(gone_at)).ok());
  EXPECT_TRUE(os::file_exists(dir_.file("logs/later")));
  EXPECT_FALSE(os::file_exists(dir_.file("logs/hash")));
}

TEST_F(LogStoreAgeTest, NegativeAge_KeepsForEver) {
  detach();
  run(store_->stop());
  store_ = std::make_unique<LogStore>(fake_.loop, dir_.file("logs"),
                                      LogStoreOptions{.retention = {.age_max = std::chrono::hours(-1)}});
  pass(std::chrono::hours(10'000));
  collect(fake_.loop.wall_now() - std::chrono::hours(9'000));
  EXPECT_TRUE(exists("job-1.log"));
}

TEST_F(LogStoreTest, LastLines_AreCountedInTheCopy) {
  fake_.head.set_job(1, JobStatus::kSucceeded, "one\ntwo\nthree\n");
  fake_.loop.settle();
  EXPECT_EQ(*run(store_->offset_of_last_lines("hash", JobId(1), 2)), 4U);
  EXPECT_EQ(*store_->size_bytes("hash", JobId(1)), 14U);
}

TEST_F(LogStoreTest, CatchUp_WaitsForWhatTheHeadHasNow) {
  fake_.head.set_job(1, JobStatus::kRunning, std::string(300'000, 'x'));
  EXPECT_EQ(*run(store_->catch_up("hash", JobId(1), fake_.soon())), 300'000U);
  fake_.head.cut();
  fake_.loop.settle();
  EXPECT_EQ(*run(store_->catch_up("hash", JobId(1), fake_.soon())), 300'000U);
}

TEST_F(LogStoreTest, JobUnknownToTheHead_EndsTheCopy) {
  fake_.head.push_event({.kind = Event::Kind::kJob, .job = {.id = JobId(7), .status = JobStatus::kRunning}});
  const auto follower = follow(7);
  EXPECT_EQ(*run(read_all(follower.get())), "");
  EXPECT_EQ(follower->end()->exit_status, kExitJobFailed);
}

}  // namespace
}  // namespace sky::agent
