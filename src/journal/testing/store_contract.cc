#include "journal/testing/store_contract.h"

namespace sky::journal {
namespace {

using Rows = std::vector<std::tuple<std::string, std::string, std::string>>;

struct Loaded {
  Position position;
  Rows rows;
};

auto load(Store& store, const std::vector<std::string>& tables) -> Loaded {
  Loaded loaded;
  const Result<Position> position =
      store.load(tables, [&](size_t table, std::string_view key, std::string_view value) -> Result<> {
        loaded.rows.emplace_back(tables.at(table), key, value);
        return {};
      });
  EXPECT_TRUE(position.ok()) << (position.ok() ? "" : position.error().message);
  if (position.ok()) loaded.position = *position;
  return loaded;
}

auto at(int seconds) -> WallTime {
  return WallTime(std::chrono::seconds(1'700'000'000 + seconds));
}

TEST_P(StoreContract, NewStore_IsEmptyAndTakenOverOnce) {
  const StoreOpener open = GetParam()();
  const auto store = open();
  const Loaded loaded = load(*store, {"jobs"});
  EXPECT_EQ(loaded.position.generation, 1U);
  EXPECT_EQ(loaded.position.sequence, 0U);
  EXPECT_TRUE(loaded.rows.empty());
}

TEST_P(StoreContract, WrittenRows_AreThereAfterReopening) {
  const StoreOpener open = GetParam()();
  const std::string bytes("a\0b'\"\xff\n", 7);
  {
    const auto store = open();
    load(*store, {"clusters", "jobs"});
    ASSERT_TRUE(
        store->write({1, 1, {{"jobs", "1", "one"}, {"clusters", "dev", bytes}, {"jobs", "2", "two"}}, {}}).ok());
    ASSERT_TRUE(store->write({1, 2, {{"jobs", "1", std::nullopt}, {"jobs", "2", "zwei"}}, {}}).ok());
  }
  const auto store = open();
  const Loaded loaded = load(*store, {"jobs", "clusters"});
  EXPECT_EQ(loaded.position.sequence, 2U);
  EXPECT_EQ(loaded.position.generation, 2U);
  EXPECT_EQ(loaded.rows, (Rows{{"jobs", "2", "zwei"}, {"clusters", "dev", bytes}}));
}

TEST_P(StoreContract, PositionAfterAWrite_IsTheBatchs) {
  const auto store = GetParam()()();
  load(*store, {"jobs"});
  ASSERT_TRUE(store->write({1, 1, {{"jobs", "1", "one"}}, {}}).ok());
  const Result<Position> position = store->read_position();
  ASSERT_TRUE(position.ok());
  EXPECT_EQ(position->sequence, 1U);
  EXPECT_EQ(position->generation, 1U);
  ASSERT_TRUE(store->write({1, 2, {{"jobs", "1", "uno"}}, {}}).ok());
}

TEST_P(StoreContract, SecondWriter_FencesTheFirst) {
  const StoreOpener open = GetParam()();
  const auto first = open();
  load(*first, {"jobs"});
  ASSERT_TRUE(first->write({1, 1, {{"jobs", "1", "one"}}, {}}).ok());
  const auto second = open();
  EXPECT_EQ(load(*second, {"jobs"}).position.generation, 2U);
  const Result<> late = first->write({1, 2, {{"jobs", "1", "late"}}, {}});
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, ErrorCode::kConflict);
  ASSERT_TRUE(second->write({2, 2, {{"jobs", "2", "two"}}, {}}).ok());
  EXPECT_EQ(load(*open(), {"jobs"}).rows, (Rows{{"jobs", "1", "one"}, {"jobs", "2", "two"}}));
}

TEST_P(StoreContract, ErrorOfTheSink_EndsTheLoad) {
  const StoreOpener open = GetParam()();
  {
    const auto store = open();
    load(*store, {"jobs"});
    ASSERT_TRUE(store->write({1, 1, {{"jobs", "1", "one"}, {"jobs", "2", "two"}}, {}}).ok());
  }
  const auto store = open();
  int calls = 0;
  const Result<Position> position = store->load({"jobs"}, [&](size_t, std::string_view, std::string_view) -> Result<> {
    ++calls;
    return make_error(ErrorCode::kDataCorrupt, "not a job");
  });
  ASSERT_FALSE(position.ok());
  EXPECT_EQ(position.error().message, "not a job");
  EXPECT_EQ(calls, 1);
}

TEST_P(StoreContract, Events_AreFoundNewestFirst) {
  const auto store = GetParam()()();
  load(*store, {});
  ASSERT_TRUE(
      store->write({1, 1, {}, {{"cluster/a", "launch", "one", at(1)}, {"cluster/b", "launch", "two", at(2)}}}).ok());
  ASSERT_TRUE(store->write({1, 2, {}, {{"cluster/a", "stop", "three", at(3)}}}).ok());
  const auto texts = [&](const EventQuery& query) {
    std::string joined;
    const auto found = store->query_events(query);
    EXPECT_TRUE(found.ok());
    for (const EventRow& event : *found) joined += event.text + " ";
    return joined;
  };
  EXPECT_EQ(texts({}), "three two one ");
  EXPECT_EQ(texts({.subject = "cluster/a"}), "three one ");
  EXPECT_EQ(texts({.kind = "launch"}), "two one ");
  EXPECT_EQ(texts({.since = at(2)}), "three two ");
  EXPECT_EQ(texts({.subject = "cluster/a", .count_max = 1}), "three ");
  const auto all = store->query_events({});
  EXPECT_EQ(all->front().at, at(3));
  EXPECT_EQ(all->front().subject, "cluster/a");
  EXPECT_EQ(all->front().kind, "stop");
}

TEST_P(StoreContract, Reserve_IsMadeAndFreedRepeatedly) {
  const auto store = GetParam()()();
  load(*store, {"jobs"});
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(store->make_reserve(64 << 10).ok());
    EXPECT_TRUE(store->make_reserve(64 << 10).ok());
    EXPECT_TRUE(store->free_reserve().ok());
    EXPECT_TRUE(store->free_reserve().ok());
  }
}

}  // namespace
}  // namespace sky::journal
