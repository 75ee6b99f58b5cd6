#include "agent/node/head.h"

#include <gtest/gtest.h>

#include "agent/node/testing/fake_node.h"
#include "async/sim_loop.h"
#include "journal/testing/memory_store.h"
#include "os/temp_dir.h"

namespace sky::agent {
namespace {

using async::SimLoop;
using std::chrono::seconds;

class HeadTest : public testing::Test {
 protected:
  HeadTest() : dir_(os::TempDir::make().value()), sealer_(seal::Sealer::open(dir_.file("key")).value()) {
    EXPECT_TRUE(os::make_dirs(dir_.file("merging")).ok());
  }
  ~HeadTest() override { stop(); }

  void start(int nodes, double cpus = 2, Head::Start how = Head::Start::kAgain) {
    while (nodes_.size() < static_cast<size_t>(nodes)) nodes_.push_back(std::make_unique<FakeNode>());
    HeadOptions options{.cluster = {.server = ServerId("0a1b2c3d"), .name = "dev"},
                        .home = dir_.path(),
                        .boot_id = boot_id_,
                        .merging_dir = dir_.file("merging"),
                        .nodes = {},
                        .sealer = &sealer_,
                        .on_lost = {}};
    for (const auto& node : nodes_) options.nodes.push_back(node.get());
    head_ = std::make_unique<Head>(loop_, std::move(options), std::make_unique<journal::MemoryStore>(disk_));
    ASSERT_TRUE(loop_.run(head_->open(how)).ok());
    for (int node = 0; node < nodes; ++node) {
      head_->set_ready(node,
                       {.address = fmt::format("127.1.0.{}", node + 1), .boot_id = boot_id_, .cpus = cpus, .gpus = {}});
    }
    loop_.settle();
  }
  void stop() {
    if (head_ != nullptr) loop_.run(head_->stop());
    head_.reset();
  }
  auto submit(JobSpec spec, std::string key = "") -> JobId {
    if (key.empty()) key = fmt::format("request-{}", ++key_count_);
    const Result<JobId> id = loop_.run(head_->submit({std::move(key), std::move(spec)}));
    EXPECT_TRUE(id.ok()) << (id.ok() ? "" : to_string(id.error()));
    loop_.settle();
    return id.ok() ? *id : JobId();
  }
  auto submit_run(int nodes = 1) -> JobId { return submit(spec(nodes)); }
  static auto spec(int nodes) -> JobSpec {
    JobSpec spec;
    spec.name = "t";
    spec.num_nodes = nodes;
    spec.run = "r";
    return spec;
  }
  auto status(JobId id) -> std::string_view { return to_string(head_->store().find(id)->status); }
  auto run_key(JobId id, int rank = 0) -> RankKey { return {id, 1, Phase::kRun, rank}; }
  void end(int node, const RankKey& key, int code) {
    nodes_[static_cast<size_t>(node)]->end(key, RankExit{.code = code});
    loop_.settle();
  }
  auto merged(JobId id) -> std::string {
    loop_.advance(seconds(1));
    return os::read_file(dir_.path() + "/" + merged_base(*head_->store().find(id)) + ".log").value();
  }

  SimLoop loop_;
  os::TempDir dir_;
  seal::Sealer sealer_;
  std::shared_ptr<journal::MemoryDisk> disk_ = std::make_shared<journal::MemoryDisk>();
  std::vector<std::unique_ptr<FakeNode>> nodes_;
  std::unique_ptr<Head> head_;
  std::string boot_id_ = "b";
  int key_count_ = 0;
};

TEST_F(HeadTest, Job_RunsAndItsOutputIsMerged) {
  start(1);
  const JobId id = submit_run();
  EXPECT_EQ(status(id), "RUNNING");
  nodes_[0]->write(run_key(id), "hello\nunfinished");
  end(0, run_key(id), 0);
  EXPECT_EQ(status(id), "SUCCEEDED");
  EXPECT_EQ(merged(id), waiting_line(spec(1)) + started_line() + "(t, pid=100) hello\n(t, pid=100) unfinished\n");
}

TEST_F(HeadTest, SameKeyTwice_IsOneJob) {
  start(1);
  const JobId id = submit(spec(1), "k");
  EXPECT_EQ(submit(spec(1), "k"), id);
  EXPECT_EQ(nodes_[0]->ranks().size(), 1U);
}

TEST_F(HeadTest, MoreJobsThanSlots_RunInOrder) {
  start(1, 1);
  std::vector<JobId> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(submit_run());
  EXPECT_EQ(status(ids[1]), "RUNNING");
  EXPECT_EQ(status(ids[2]), "PENDING");
  end(0, run_key(ids[1]), 0);
  EXPECT_EQ(status(ids[2]), "RUNNING");
  EXPECT_EQ(status(ids[3]), "PENDING");
}

TEST_F(HeadTest, SetupOnEveryNode_PrecedesRun) {
  start(2);
  JobSpec with_setup = spec(1);
  with_setup.setup = "s";
  const JobId id = submit(with_setup);
  EXPECT_EQ(status(id), "SETTING_UP");
  end(0, {id, 1, Phase::kSetup, 0}, 0);
  EXPECT_EQ(status(id), "SETTING_UP");
  end(1, {id, 1, Phase::kSetup, 1}, 0);
  EXPECT_EQ(status(id), "RUNNING");
  end(0, run_key(id), 0);
  EXPECT_EQ(status(id), "SUCCEEDED");
}

TEST_F(HeadTest, OneFailingRank_StopsTheOthers) {
  start(3);
  const JobId id = submit_run(3);
  end(1, run_key(id, 1), 4);
  EXPECT_EQ(status(id), "FAILED");
  EXPECT_EQ(view_of(*head_->store().find(id)).exit_codes, (std::vector<int>{137, 4, 137}));
  EXPECT_TRUE(merged(id).ends_with("ERROR: Job 1 failed with return code list: [137, 4, 137]\n"));
}

TEST_F(HeadTest, Cancel_EndsPendingAtOnceAndRunningWhenItsRanksEnd) {
  start(1, 0.5);
  const JobId running = submit_run();
  const JobId pending = submit_run();
  nodes_[0]->set_killable(false);
  EXPECT_EQ(loop_.run(head_->cancel({.ids = {}, .all = true})).value(), (std::vector<JobId>{running, pending}));
  loop_.settle();
  EXPECT_EQ(status(pending), "CANCELLED");
  EXPECT_EQ(status(running), "RUNNING");
  EXPECT_EQ(nodes_[0]->rank(run_key(running))->kill_count, 1);
  nodes_[0]->end(run_key(running), RankExit{.code = 137, .killed = true});
  loop_.settle();
  EXPECT_EQ(status(running), "CANCELLED");
  EXPECT_EQ(loop_.run(head_->cancel({.ids = {running, JobId(99)}})).value(), std::vector<JobId>{});
}

TEST_F(HeadTest, Restart_JoinsWhatRunsAndMergesTheRest) {
  start(2);
  const JobId id = submit_run(2);
  nodes_[0]->write(run_key(id, 0), "a1\n");
  nodes_[1]->write(run_key(id, 1), "b1\n");
  loop_.settle();
  stop();
  nodes_[0]->write(run_key(id, 0), "a2\n");
  nodes_[1]->end(run_key(id, 1), RankExit{.code = 0});
  start(2);
  end(0, run_key(id, 0), 0);
  EXPECT_EQ(status(id), "SUCCEEDED");
  for (int node = 0; node < 2; ++node)
    EXPECT_EQ(nodes_[static_cast<size_t>(node)]->rank(run_key(id, node))->start_count, 1);
  EXPECT_EQ(merged(id), waiting_line(spec(2)) + started_line() +
                            "(head, rank=0, pid=100) a1\n(worker1, rank=1, pid=101, ip=127.1.0.2) b1\n"
                            "(head, rank=0, pid=100) a2\n");
}

TEST_F(HeadTest, OutputThatCouldNotBeOpenedAtFirst_IsMergedWhenTheJobEnds) {
  start(1);
  // A file where the directory is to be: nothing can be opened below it.
  ASSERT_TRUE(os::append_file(dir_.file("sky_logs"), "").ok());
  const JobId id = submit_run();
  nodes_[0]->write(run_key(id), "hello\n");
  loop_.settle();
  ASSERT_TRUE(os::remove_file(dir_.file("sky_logs")).ok());
  end(0, run_key(id), 0);
  EXPECT_EQ(merged(id), waiting_line(spec(1)) + started_line() + "(t, pid=100) hello\n");
}

TEST_F(HeadTest, SilentNode_HoldsDispatchAndItsRanksGoOn) {
  start(2);
  const JobId id = submit_run(2);
  const EventBus::Subscription events = head_->events().subscribe();
  nodes_[1]->set_away(true);
  head_->set_silent(1, "no answer");
  loop_.advance(seconds(60));
  EXPECT_EQ(status(id), "RUNNING");
  EXPECT_NE(events->try_recv().value_or("").find("node_silent"), std::string::npos);
  const JobId waiting = submit_run();
  EXPECT_EQ(status(waiting), "PENDING");
  nodes_[1]->set_away(false);
  head_->set_ready(1, {.address = "127.1.0.2", .boot_id = "b", .cpus = 2, .gpus = {}});
  loop_.advance(seconds(1));
  EXPECT_EQ(status(waiting), "RUNNING");
  EXPECT_EQ(nodes_[1]->rank(run_key(id, 1))->join_count, 1);
}

TEST_F(HeadTest, CancelWhileANodeIsSilent_ReachesItWhenItIsBack) {
  start(2);
  const JobId id = submit_run(2);
  nodes_[1]->set_deaf(true);
  EXPECT_TRUE(loop_.run(head_->cancel({.ids = {id}})).ok());
  loop_.advance(seconds(60));
  EXPECT_EQ(status(id), "RUNNING");
  nodes_[1]->set_deaf(false);
  loop_.advance(seconds(1));
  EXPECT_EQ(status(id), "CANCELLED");
  EXPECT_EQ(nodes_[1]->rank(run_key(id, 1))->kill_count, 1);
}

TEST_F(HeadTest, CancelWhileANodeIsAway_ReachesItWhenItIsBack) {
  start(2);
  const JobId id = submit_run(2);
  nodes_[1]->set_away(true);
  head_->set_silent(1, "no answer");
  EXPECT_TRUE(loop_.run(head_->cancel({.ids = {id}})).ok());
  loop_.advance(seconds(60));
  EXPECT_EQ(status(id), "RUNNING");
  nodes_[1]->set_away(false);
  head_->set_ready(1, {.address = "127.1.0.2", .boot_id = "b", .cpus = 2, .gpus = {}});
  loop_.advance(seconds(1));
  EXPECT_EQ(status(id), "CANCELLED");
}

TEST_F(HeadTest, LostNode_EndsItsJobs) {
  start(2);
  const JobId id = submit_run(2);
  nodes_[1]->set_away(true);
  head_->set_silent(1, "gone");
  EXPECT_TRUE(loop_.run(head_->node_lost(1)).ok());
  loop_.advance(seconds(1));
  EXPECT_EQ(status(id), "FAILED_DRIVER");
  EXPECT_TRUE(merged(id).ends_with("ERROR: Job 1 failed: node 1 is gone\n"));
}

// The head was killed between an entry of the merge record and its bytes, and then the bytes' node was lost.
TEST_F(HeadTest, LostNodeWithAnUnfinishedMerge_StreamIsCompleted) {
  start(2);
  const JobId id = submit_run(2);
  nodes_[1]->write(run_key(id, 1), "b1\n");
  loop_.settle();
  stop();
  nodes_[1]->set_away(true);
  start(2);
  head_->set_silent(1, "gone");
  loop_.advance(seconds(10));
  EXPECT_TRUE(loop_.run(head_->node_lost(1)).ok());
  loop_.advance(seconds(1));
  EXPECT_EQ(status(id), "FAILED_DRIVER");
  EXPECT_TRUE(merged(id).ends_with("ERROR: Job 1 failed: node 1 is gone\n"));
  EXPECT_FALSE(os::file_exists(dir_.file("merging/1")));
}

// Merge records are used again; what they said of an earlier job is nobody's any more.
TEST_F(HeadTest, MergeRecordOfAnEarlierJob_IsUsedAgainAndSaysNothing) {
  start(1);
  const JobId one = submit_run();
  nodes_[0]->write(run_key(one), "one\n");
  loop_.settle();
  end(0, run_key(one), 0);
  loop_.settle();
  EXPECT_TRUE(os::file_exists(dir_.file("merging/spare-1")));
  stop();
  start(1);
  const JobId two = submit_run();
  nodes_[0]->write(run_key(two), "two\n");
  loop_.settle();
  EXPECT_FALSE(os::file_exists(dir_.file("merging/spare-1")));
  EXPECT_EQ(os::read_file(dir_.file("merging/2")).value().size(), kMergeEntryBytes);
  stop();
  start(1);
  end(0, run_key(two), 0);
  loop_.settle();
  EXPECT_EQ(merged(two), waiting_line(spec(1)) + started_line() + "(t, pid=200) two\n");
}

TEST_F(HeadTest, Secrets_ReachTheScriptAndAreNotStoredInClear) {
  start(1);
  JobSpec secret = spec(1);
  secret.secrets = {{"TOKEN", Secret("hush-hush")}};
  const JobId id = submit(secret);
  EXPECT_EQ(nodes_[0]->rank(run_key(id))->spec.environment.at("TOKEN").reveal(), "hush-hush");
  for (const auto& [key, text] : disk_->tables.at("jobs")) EXPECT_EQ(text.find("hush-hush"), std::string::npos);
}

TEST_F(HeadTest, FiredAutostop_RefusesJobs) {
  start(1);
  EXPECT_TRUE(loop_.run(head_->store().set_autostop({.idle_minutes = 1})).ok());
  EXPECT_TRUE(loop_.run(head_->store().fire_autostop()).ok());
  EXPECT_EQ(loop_.run(head_->submit({"k", spec(1)})).error().code, ErrorCode::kClusterNotUp);
  EXPECT_EQ(loop_.run(head_->store().set_autostop({.idle_minutes = 2})).error().code, ErrorCode::kConflict);
}

TEST_F(HeadTest, FiredAutostop_OutlivesTheAgentButNotTheNode) {
  start(1);
  EXPECT_TRUE(loop_.run(head_->store().set_autostop({.idle_minutes = 1})).ok());
  EXPECT_TRUE(loop_.run(head_->store().fire_autostop()).ok());
  stop();
  start(1);
  EXPECT_TRUE(head_->store().autostop().fired);
  stop();
  start(1, 2, Head::Start::kAfterStop);
  EXPECT_EQ(head_->store().autostop(), Autostop{});
  EXPECT_EQ(status(submit_run()), "RUNNING");
}

TEST_F(HeadTest, FiredAutostop_IsOverAfterABoot) {
  start(1);
  EXPECT_TRUE(loop_.run(head_->store().set_autostop({.idle_minutes = 1})).ok());
  EXPECT_TRUE(loop_.run(head_->store().fire_autostop()).ok());
  stop();
  boot_id_ = "another";
  start(1);
  EXPECT_EQ(head_->store().autostop(), Autostop{});
}

TEST_F(HeadTest, ManyJobs_AllRunOnceAndInOrder) {
  start(1);
  std::vector<async::Task<Result<JobId>>> submits;
  for (int i = 0; i < 300; ++i) submits.push_back(head_->submit({fmt::format("many-{}", i), spec(1)}));
  for (const Result<JobId>& id : loop_.run(async::all(std::move(submits)))) ASSERT_TRUE(id.ok());
  for (int i = 1; i <= 300; ++i) {
    loop_.settle();
    const RankKey key = run_key(JobId(i));
    ASSERT_NE(nodes_[0]->rank(key), nullptr) << i;
    nodes_[0]->end(key, RankExit{.code = 0});
  }
  loop_.settle();
  EXPECT_TRUE(head_->store().active().empty());
  EXPECT_EQ(nodes_[0]->ranks().size(), 300U);
}

TEST_F(HeadTest, CancelAll_LeavesNothingOfALongQueue) {
  start(1);
  std::vector<async::Task<Result<JobId>>> submits;
  for (int i = 0; i < 200; ++i) submits.push_back(head_->submit({fmt::format("many-{}", i), spec(1)}));
  for (const Result<JobId>& id : loop_.run(async::all(std::move(submits)))) ASSERT_TRUE(id.ok());
  loop_.settle();
  EXPECT_EQ(loop_.run(head_->cancel({.ids = {}, .all = true})).value().size(), 200U);
  loop_.advance(seconds(1));
  EXPECT_TRUE(head_->store().active().empty());
  EXPECT_EQ(nodes_[0]->ranks().size(), 4U);
}

TEST_F(HeadTest, AutostopWhileAJobRuns_DoesNotFire) {
  start(1);
  EXPECT_TRUE(loop_.run(head_->store().set_autostop({.idle_minutes = 1})).ok());
  submit_run();
  EXPECT_EQ(loop_.run(head_->store().fire_autostop()).error().code, ErrorCode::kConflict);
}

TEST_F(HeadTest, JobThatNeverFits_IsRefused) {
  start(1);
  EXPECT_EQ(loop_.run(head_->submit({"k", spec(2)})).error().message, "the job asks for 2 nodes, the cluster has 1");
}

}  // namespace
}  // namespace sky::agent
