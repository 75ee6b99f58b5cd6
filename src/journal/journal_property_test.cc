// Whatever the faults and whenever the crash: acknowledged changes are there after a restart, refused ones are not, and
// an unacknowledged one is there as a whole or not at all.
#include <gtest/gtest.h>

#include "journal/testing/fixture.h"

namespace sky::journal {
namespace {

using async::SimLoop;
using async::TaskGroup;

struct Attempt {
  std::string key;
  bool wants_refusal;
  std::optional<Result<>> outcome;
};

auto random_fault(SimLoop& loop) -> WriteFault {
  switch (loop.random_u64() % 16) {
    case 0:
      return WriteFault::kStorageFull;
    case 1:
      return WriteFault::kUnknownApplied;
    case 2:
      return WriteFault::kUnknownNotApplied;
    case 3:
      return WriteFault::kCrashBefore;
    case 4:
      return WriteFault::kCrashAfter;
    default:
      return WriteFault::kNone;
  }
}

// Each change writes two rows, so that a torn one can be told.
auto pair_change(Life& life, const Attempt& attempt) -> Change {
  return [&life, key = attempt.key, refuse = attempt.wants_refusal](Txn& txn) -> Result<> {
    txn.put(life.counters(), key + ".x", Counter{1});
    txn.put(life.counters(), key + ".y", Counter{1});
    if (refuse) return make_error(ErrorCode::kConflict, "refused");
    return {};
  };
}

void run_life(SimLoop& loop, Life& life, std::deque<Attempt>& attempts, int life_number) {
  TaskGroup group(loop);
  for (int i = 0; i < 30; ++i) {
    Attempt& attempt =
        attempts.emplace_back(fmt::format("{}-{}", life_number, i), loop.random_u64() % 4 == 0, std::nullopt);
    const Urgency urgency = loop.random_u64() % 2 == 0 ? Urgency::kUrgent : Urgency::kNormal;
    group.spawn("commit", commit_into(&life.journal(), pair_change(life, attempt), &attempt.outcome, urgency));
    if (loop.random_u64() % 3 == 0) loop.advance(std::chrono::seconds(loop.random_u64() % 7));
    if (loop.random_u64() % 20 == 0) group.cancel();
  }
  loop.run(group.join());
}

void check(const MemoryDisk& disk, const std::deque<Attempt>& attempts) {
  const auto& rows = disk.tables.at("counters");
  for (const Attempt& attempt : attempts) {
    ASSERT_TRUE(attempt.outcome.has_value());
    const bool there = rows.contains(attempt.key + ".x");
    ASSERT_EQ(there, rows.contains(attempt.key + ".y")) << attempt.key << " is torn";
    if (attempt.outcome->ok()) ASSERT_TRUE(there) << attempt.key << " was acknowledged";
    if (attempt.wants_refusal) {
      ASSERT_FALSE(there || attempt.outcome->ok()) << attempt.key << " was refused";
    } else if (!attempt.outcome->ok() && attempt.outcome->error().code != ErrorCode::kUnavailable) {
      ASSERT_FALSE(there) << attempt.key << ": " << attempt.outcome->error().message;
    }
  }
}

TEST(JournalProperty, AnyFaultsAndCrashes_KeepWhatWasAcknowledged) {
  int acknowledged = 0;
  int lost = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    SimLoop loop(seed);
    const auto disk = std::make_shared<MemoryDisk>();
    std::deque<Attempt> attempts;
    for (int life_number = 0; life_number < 5; ++life_number) {
      Life life(loop, disk, [&](const Batch&) { return random_fault(loop); }, {.batch_rows_max = 8});
      ASSERT_TRUE(life.open().ok());
      run_life(loop, life, attempts, life_number);
      lost += life.journal().lost();
      if (!life.journal().lost()) ASSERT_EQ(life.counters().size(), disk->tables.at("counters").size());
    }
    check(*disk, attempts);
    for (const Attempt& attempt : attempts) acknowledged += attempt.outcome->ok();
  }
  EXPECT_GT(acknowledged, 400);
  EXPECT_GT(lost, 20);
}

}  // namespace
}  // namespace sky::journal
