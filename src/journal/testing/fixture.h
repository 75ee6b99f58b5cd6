// A journal over a MemoryStore with one table of counters, for the journal's own tests.
#pragma once

#include <gtest/gtest.h>

#include "async/sim_loop.h"
#include "base/strings.h"
#include "journal/journal.h"
#include "journal/testing/memory_store.h"

namespace sky::journal {

struct Counter {
  std::int64_t value = 0;
};

inline auto counter_codec() -> Codec<Counter> {
  return {.encode = [](const Counter& counter) { return std::to_string(counter.value); },
          .decode = [](std::string_view text) -> Result<Counter> {
            const auto value = parse_int(text);
            if (!value)
              return make_error(ErrorCode::kDataCorrupt, fmt::format("expected a number, found \"{}\"", text));
            return Counter{*value};
          }};
}

// One life of a server: everything but the disk is gone when it ends.
class Life {
 public:
  Life(async::SimLoop& loop, std::shared_ptr<MemoryDisk> disk, MemoryStore::FaultPlan faults = {},
       JournalOptions options = {})
      : loop_(loop), counters_("counters", counter_codec()) {
    auto owned = std::make_unique<MemoryStore>(std::move(disk), std::move(faults));
    store_ = owned.get();
    options.on_lost = [this](const Error& error) { lost_.push_back(error); };
    journal_ = std::make_unique<Journal>(loop_, std::move(owned), std::move(options));
    journal_->add(counters_);
  }
  ~Life() { loop_.run(journal_->stop()); }

  auto open() -> Result<> { return loop_.run(journal_->open()); }
  auto commit(Change change, Urgency urgency = Urgency::kNormal) -> Result<> {
    return loop_.run(journal_->commit(std::move(change), urgency));
  }
  auto put(std::string key, std::int64_t value) -> Change {
    return [this, key = std::move(key), value](Txn& txn) -> Result<> {
      txn.put(counters_, key, Counter{value});
      return {};
    };
  }
  auto value(std::string_view key) const -> std::optional<std::int64_t> {
    const Counter* counter = counters_.find(key);
    return counter == nullptr ? std::nullopt : std::optional(counter->value);
  }

  auto journal() -> Journal& { return *journal_; }
  auto store() -> MemoryStore& { return *store_; }
  auto counters() -> Table<Counter>& { return counters_; }
  auto lost() const -> const std::vector<Error>& { return lost_; }

 private:
  async::SimLoop& loop_;
  Table<Counter> counters_;
  std::vector<Error> lost_;
  MemoryStore* store_ = nullptr;
  std::unique_ptr<Journal> journal_;
};

// Commits and puts the outcome into `slot`.
inline auto commit_into(Journal* journal, Change change, std::optional<Result<>>* slot,
                        Urgency urgency = Urgency::kNormal) -> async::Task<> {
  slot->emplace(co_await journal->commit(std::move(change), urgency));
}

inline auto refusal() -> Change {
  return [](Txn&) -> Result<> { return make_error(ErrorCode::kConflict, "expected UP, found STOPPED"); };
}

}  // namespace sky::journal
