#include "journal/journal.h"

#include <gtest/gtest.h>

#include "journal/testing/fixture.h"

namespace sky::journal {
namespace {

using async::SimLoop;
using async::TaskGroup;

class JournalTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(life_.open().ok()); }
  ~JournalTest() override { loop_.run(group_.stop()); }

  void start(Change change, std::optional<Result<>>* slot, Urgency urgency = Urgency::kNormal) {
    group_.spawn("commit", commit_into(&life_.journal(), std::move(change), slot, urgency));
  }

  SimLoop loop_;
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  Life life_{loop_, disk_};
  TaskGroup group_{loop_};
};

TEST_F(JournalTest, Commit_IsDurableAndVisible) {
  ASSERT_TRUE(life_.commit(life_.put("a", 1)).ok());
  EXPECT_EQ(life_.value("a"), 1);
  EXPECT_EQ(disk_->tables["counters"]["a"], "1");
  EXPECT_EQ(life_.journal().sequence(), 1U);
}

TEST_F(JournalTest, CommitsOfOneTurn_AreOneBatch) {
  std::optional<Result<>> first;
  std::optional<Result<>> second;
  start(life_.put("a", 1), &first);
  start(life_.put("b", 2), &second);
  loop_.settle();
  EXPECT_TRUE(first->ok() && second->ok());
  EXPECT_EQ(life_.store().write_count(), 1);
}

TEST_F(JournalTest, LaterChange_SeesTheEarlierOnesOfItsBatch) {
  const auto increment = [this](Txn& txn) -> Result<> {
    const Counter* now = txn.find(life_.counters(), "a");
    txn.put(life_.counters(), "a", Counter{now == nullptr ? 1 : now->value + 1});
    return {};
  };
  std::array<std::optional<Result<>>, 3> slots;
  for (auto& slot : slots) start(increment, &slot);
  loop_.settle();
  EXPECT_EQ(life_.value("a"), 3);
  EXPECT_EQ(life_.store().write_count(), 1);
}

TEST_F(JournalTest, RefusedChange_FailsAloneAndLeavesNothing) {
  std::optional<Result<>> good;
  std::optional<Result<>> refused;
  start(life_.put("a", 1), &good);
  start(
      [this](Txn& txn) -> Result<> {
        txn.put(life_.counters(), "a", Counter{99});
        txn.put(life_.counters(), "b", Counter{99});
        txn.event({.subject = "b", .kind = "put", .text = "never"});
        return make_error(ErrorCode::kConflict, "expected UP, found STOPPED");
      },
      &refused);
  loop_.settle();
  EXPECT_TRUE(good->ok());
  ASSERT_FALSE(refused->ok());
  EXPECT_EQ(refused->error().message, "expected UP, found STOPPED");
  EXPECT_EQ(life_.value("a"), 1);
  EXPECT_EQ(life_.value("b"), std::nullopt);
  EXPECT_TRUE(disk_->events.empty());
}

TEST_F(JournalTest, OnlyRefusals_WriteNothing) {
  EXPECT_FALSE(life_.commit(refusal()).ok());
  EXPECT_EQ(life_.store().write_count(), 0);
  EXPECT_EQ(life_.journal().sequence(), 0U);
}

TEST_F(JournalTest, Memory_StaysOldUntilDurable) {
  std::vector<std::optional<std::int64_t>> seen;
  std::optional<Result<>> slot;
  start(
      [&](Txn& txn) -> Result<> {
        txn.put(life_.counters(), "a", Counter{1});
        seen.push_back(life_.value("a"));
        return {};
      },
      &slot);
  life_.counters().on_change([&](const std::string& key, const Counter* before, const Counter* after) {
    EXPECT_EQ(key, "a");
    EXPECT_EQ(before, nullptr);
    EXPECT_EQ(after->value, 1);
    EXPECT_EQ(disk_->tables["counters"]["a"], "1");
    EXPECT_FALSE(slot.has_value());
    seen.push_back(life_.value("a"));
  });
  loop_.settle();
  EXPECT_TRUE(slot->ok());
  EXPECT_EQ(seen, (std::vector<std::optional<std::int64_t>>{std::nullopt, 1}));
}

TEST_F(JournalTest, Erase_RemovesTheRow) {
  ASSERT_TRUE(life_.commit(life_.put("a", 1)).ok());
  int removals = 0;
  life_.counters().on_change([&](const std::string&, const Counter* before, const Counter* after) {
    EXPECT_EQ(before->value, 1);
    removals += after == nullptr;
  });
  const auto erase = [this](Txn& txn) -> Result<> {
    txn.erase(life_.counters(), "a");
    EXPECT_EQ(txn.find(life_.counters(), "a"), nullptr);
    return {};
  };
  ASSERT_TRUE(life_.commit(erase).ok());
  EXPECT_EQ(life_.counters().size(), 0U);
  EXPECT_TRUE(disk_->tables["counters"].empty());
  ASSERT_TRUE(life_.commit(erase).ok());  // absent: nothing to write
  EXPECT_EQ(removals, 1);
  EXPECT_EQ(life_.store().write_count(), 2);
}

TEST_F(JournalTest, Events_CarryTheTimeOfTheBatch) {
  const WallTime now = loop_.wall_now();
  ASSERT_TRUE(life_
                  .commit([](Txn& txn) -> Result<> {
                    txn.event({.subject = "cluster/dev", .kind = "launch", .text = "attempt 1"});
                    return {};
                  })
                  .ok());
  const auto events = loop_.run(life_.journal().events({.subject = "cluster/dev"}));
  ASSERT_TRUE(events.ok());
  ASSERT_EQ(events->size(), 1U);
  EXPECT_EQ(events->front().at, now);
  EXPECT_EQ(events->front().text, "attempt 1");
}

TEST_F(JournalTest, CancelledWhileQueued_NeverRuns) {
  bool ran = false;
  std::optional<Result<>> slot;
  TaskGroup cancelled(loop_);
  cancelled.cancel();
  cancelled.spawn("commit", commit_into(
                                &life_.journal(),
                                [&](Txn&) -> Result<> {
                                  ran = true;
                                  return {};
                                },
                                &slot));
  loop_.settle();
  ASSERT_TRUE(slot.has_value());
  EXPECT_EQ(slot->error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(ran);
}

TEST_F(JournalTest, CancelledInsideABatch_GetsTheTrueOutcome) {
  std::optional<Result<>> first;
  std::optional<Result<>> second;
  TaskGroup cancelled(loop_);
  cancelled.spawn("commit", commit_into(
                                &life_.journal(),
                                [&](Txn& txn) -> Result<> {
                                  cancelled.cancel();
                                  txn.put(life_.counters(), "a", Counter{1});
                                  return {};
                                },
                                &first));
  start(life_.put("b", 2), &second);
  loop_.settle();
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(first->ok());
  EXPECT_TRUE(second->ok());
  EXPECT_EQ(life_.value("a"), 1);
}

TEST_F(JournalTest, Stop_WritesWhatIsQueuedAndRefusesTheRest) {
  std::optional<Result<>> slot;
  start(life_.put("a", 1), &slot);
  group_.spawn("stop", life_.journal().stop());
  loop_.settle();
  EXPECT_TRUE(slot->ok());
  const Result<> late = life_.commit(life_.put("b", 1));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(disk_->tables["counters"].size(), 1U);
}

TEST(JournalOpen, Restart_ReadsEverythingBack) {
  SimLoop loop;
  const auto disk = std::make_shared<MemoryDisk>();
  {
    Life life(loop, disk);
    ASSERT_TRUE(life.open().ok());
    ASSERT_TRUE(life.commit(life.put("b", 2)).ok());
    ASSERT_TRUE(life.commit(life.put("a", 1)).ok());
  }
  Life life(loop, disk);
  ASSERT_TRUE(life.open().ok());
  EXPECT_EQ(life.journal().sequence(), 2U);
  EXPECT_EQ(life.journal().generation(), 2U);
  std::string keys;
  for (const auto& [key, counter] : life.counters()) keys += key;
  EXPECT_EQ(keys, "ab");
}

TEST(JournalOpen, UnreadableRecord_IsNamed) {
  SimLoop loop;
  const auto disk = std::make_shared<MemoryDisk>();
  disk->tables["counters"]["a"] = "seven";
  Life life(loop, disk);
  const Result<> opened = life.open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kDataCorrupt);
  EXPECT_EQ(opened.error().message, "table \"counters\", key \"a\": expected a number, found \"seven\"");
}

TEST(JournalLimits, FullQueue_TurnsCallersAway) {
  SimLoop loop;
  Life life(loop, std::make_shared<MemoryDisk>(), {}, {.queued_changes_max = 2});
  ASSERT_TRUE(life.open().ok());
  std::array<std::optional<Result<>>, 3> slots;
  TaskGroup group(loop);
  for (auto& slot : slots) group.spawn("commit", commit_into(&life.journal(), life.put("a", 1), &slot));
  loop.settle();
  EXPECT_TRUE(slots[0]->ok() && slots[1]->ok());
  EXPECT_EQ(slots[2]->error().code, ErrorCode::kUnavailable);
}

TEST(JournalLimits, LongQueue_IsWrittenInSeveralBatches) {
  SimLoop loop;
  Life life(loop, std::make_shared<MemoryDisk>(), {}, {.batch_rows_max = 2});
  ASSERT_TRUE(life.open().ok());
  std::array<std::optional<Result<>>, 5> slots;
  TaskGroup group(loop);
  for (size_t i = 0; i < slots.size(); ++i) {
    group.spawn("commit", commit_into(&life.journal(), life.put(std::to_string(i), 1), &slots[i]));
  }
  loop.settle();
  for (const auto& slot : slots) EXPECT_TRUE(slot->ok());
  EXPECT_EQ(life.store().write_count(), 3);
  EXPECT_EQ(life.counters().size(), 5U);
}

}  // namespace
}  // namespace sky::journal
