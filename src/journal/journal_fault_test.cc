// What the journal does when the store fails.
#include <gtest/gtest.h>

#include "journal/testing/fixture.h"

namespace sky::journal {
namespace {

using async::SimLoop;
using async::TaskGroup;

// The first write meets `fault`, later ones none.
auto once(WriteFault fault) -> MemoryStore::FaultPlan {
  return [fault, used = false](const Batch&) mutable { return std::exchange(used, true) ? WriteFault::kNone : fault; };
}

TEST(JournalFault, UnknownButApplied_IsFoundOutAndAcknowledged) {
  SimLoop loop;
  Life life(loop, std::make_shared<MemoryDisk>(), once(WriteFault::kUnknownApplied));
  ASSERT_TRUE(life.open().ok());
  EXPECT_TRUE(life.commit(life.put("a", 1)).ok());
  EXPECT_EQ(life.value("a"), 1);
  EXPECT_TRUE(life.commit(life.put("a", 2)).ok());
  EXPECT_TRUE(life.lost().empty());
}

TEST(JournalFault, UnknownNotApplied_FailsTheBatchOnly) {
  SimLoop loop;
  Life life(loop, std::make_shared<MemoryDisk>(), once(WriteFault::kUnknownNotApplied));
  ASSERT_TRUE(life.open().ok());
  const Result<> failed = life.commit(life.put("a", 1));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(failed.error().message, "the change was not written: the connection broke");
  EXPECT_EQ(life.value("a"), std::nullopt);
  EXPECT_TRUE(life.commit(life.put("a", 2)).ok());
}

TEST(JournalFault, StoreThatAnswersNothing_IsLostOnce) {
  SimLoop loop;
  const auto disk = std::make_shared<MemoryDisk>();
  Life life(loop, disk, once(WriteFault::kCrashAfter), {.batch_rows_max = 1});
  ASSERT_TRUE(life.open().ok());
  std::array<std::optional<Result<>>, 3> slots;
  TaskGroup group(loop);
  for (auto& slot : slots) group.spawn("commit", commit_into(&life.journal(), life.put("a", 1), &slot));
  loop.settle();
  for (const auto& slot : slots) {
    ASSERT_TRUE(slot.has_value());
    EXPECT_EQ(slot->error().code, ErrorCode::kUnavailable);
  }
  EXPECT_EQ(life.lost().size(), 1U);
  EXPECT_TRUE(life.journal().lost());
  EXPECT_EQ(life.value("a"), std::nullopt);
  EXPECT_EQ(life.commit(life.put("b", 1)).error().code, ErrorCode::kUnavailable);
}

TEST(JournalFault, AnotherWriter_LosesTheJournal) {
  SimLoop loop;
  const auto disk = std::make_shared<MemoryDisk>();
  Life old_life(loop, disk);
  ASSERT_TRUE(old_life.open().ok());
  Life new_life(loop, disk);
  ASSERT_TRUE(new_life.open().ok());
  EXPECT_FALSE(old_life.commit(old_life.put("a", 1)).ok());
  ASSERT_EQ(old_life.lost().size(), 1U);
  EXPECT_EQ(old_life.lost()[0].code, ErrorCode::kConflict);
  EXPECT_TRUE(new_life.commit(new_life.put("a", 2)).ok());
  EXPECT_EQ(disk->tables["counters"]["a"], "2");
}

TEST(JournalFault, UnknownOutcomeAndAnotherWriter_LosesTheJournal) {
  SimLoop loop;
  const auto disk = std::make_shared<MemoryDisk>();
  Life life(loop, disk, [&](const Batch&) {
    ++disk->position.generation;
    return WriteFault::kUnknownNotApplied;
  });
  ASSERT_TRUE(life.open().ok());
  EXPECT_FALSE(life.commit(life.put("a", 1)).ok());
  ASSERT_EQ(life.lost().size(), 1U);
  EXPECT_NE(life.lost()[0].message.find("expected generation 1, found 2"), std::string::npos);
}

class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(life_.open().ok());
    ASSERT_TRUE(life_.store().has_reserve());
    life_.store().set_full(true);
  }
  ~FullDisk() override { loop_.run(group_.stop()); }

  SimLoop loop_;
  Life life_{loop_, std::make_shared<MemoryDisk>(), {}, {.reserve_retry = std::chrono::seconds(5)}};
  TaskGroup group_{loop_};
};

TEST_F(FullDisk, Batch_IsRolledBackForAllNormalCallers) {
  std::optional<Result<>> a;
  std::optional<Result<>> b;
  group_.spawn("a", commit_into(&life_.journal(), life_.put("a", 1), &a));
  group_.spawn("b", commit_into(&life_.journal(), life_.put("b", 1), &b));
  loop_.settle();
  EXPECT_EQ(a->error().code, ErrorCode::kStorageFull);
  EXPECT_EQ(b->error().code, ErrorCode::kStorageFull);
  EXPECT_EQ(life_.counters().size(), 0U);
  EXPECT_TRUE(life_.journal().storage_full());
}

TEST_F(FullDisk, UrgentChange_CommitsFromTheReserve) {
  std::optional<Result<>> normal;
  std::optional<Result<>> urgent;
  group_.spawn("normal", commit_into(&life_.journal(), life_.put("a", 1), &normal));
  group_.spawn("urgent", commit_into(&life_.journal(), life_.put("b", 1), &urgent, Urgency::kUrgent));
  loop_.settle();
  EXPECT_EQ(normal->error().code, ErrorCode::kStorageFull);
  EXPECT_TRUE(urgent->ok());
  EXPECT_EQ(life_.value("a"), std::nullopt);
  EXPECT_EQ(life_.value("b"), 1);
  EXPECT_TRUE(life_.commit(life_.put("b", 2), Urgency::kUrgent).ok());
}

TEST_F(FullDisk, NormalChanges_AreTurnedAwayUntilThereIsRoom) {
  EXPECT_FALSE(life_.commit(life_.put("a", 1)).ok());
  const int writes = life_.store().write_count();
  loop_.advance(std::chrono::seconds(5));
  EXPECT_EQ(life_.commit(life_.put("a", 1)).error().code, ErrorCode::kStorageFull);
  EXPECT_EQ(life_.store().write_count(), writes);  // not even tried
  life_.store().set_full(false);
  EXPECT_EQ(life_.commit(life_.put("a", 1)).error().code, ErrorCode::kStorageFull);  // asked a moment ago
  loop_.advance(std::chrono::seconds(5));
  EXPECT_TRUE(life_.commit(life_.put("a", 1)).ok());
  EXPECT_TRUE(life_.store().has_reserve());
  EXPECT_FALSE(life_.journal().storage_full());
}

TEST(FullDiskFault, ReserveThatDoesNotHelp_FailsUrgentChangesToo) {
  SimLoop loop;
  Life life(loop, std::make_shared<MemoryDisk>(), [](const Batch&) { return WriteFault::kStorageFull; });
  ASSERT_TRUE(life.open().ok());
  EXPECT_EQ(life.commit(life.put("a", 1), Urgency::kUrgent).error().code, ErrorCode::kStorageFull);
  EXPECT_EQ(life.store().write_count(), 2);
}

}  // namespace
}  // namespace sky::journal
