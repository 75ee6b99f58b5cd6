#include "requests/manager.h"

#include <set>

#include <gtest/gtest.h>

#include "async/sim_loop.h"
#include "async/sync.h"
#include "journal/testing/memory_store.h"
#include "os/temp_dir.h"
#include "requests/tables.h"

namespace sky::requests {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

// One life of a server over a store and directories that survive it.
class Server {
 public:
  Server(async::SimLoop& loop, std::shared_ptr<journal::MemoryDisk> disk, const seal::Sealer& sealer,
         const std::string& dir, journal::MemoryStore::FaultPlan faults = {})
      : loop_(loop),
        table_("requests", request_codec(sealer)),
        journal_(loop, std::make_unique<journal::MemoryStore>(std::move(disk), std::move(faults)), {}),
        manager_(loop, journal_, table_, dir) {
    journal_.add(table_);
  }
  void start() {
    ASSERT_TRUE(loop_.run(journal_.open()).ok());
    manager_.start();
  }
  void stop() {
    loop_.run(manager_.stop());
    loop_.run(journal_.stop());
  }
  auto manager() -> RequestManager& { return manager_; }

 private:
  async::SimLoop& loop_;
  journal::Table<RequestRecord> table_;
  journal::Journal journal_;
  RequestManager manager_;
};

struct World {
  async::SimLoop loop;
  std::shared_ptr<journal::MemoryDisk> disk = std::make_shared<journal::MemoryDisk>();
  os::TempDir dir = os::TempDir::make().value();
  seal::Sealer sealer = seal::Sealer::open(dir.file("key")).value();
  int runs = 0;
};

auto slow_work(World* world, std::shared_ptr<Context> context) -> async::Task<Result<Json>> {
  ++world->runs;
  context->output().print("one\n");
  SKY_CO_CHECK(co_await async::sleep_for(seconds(10)));
  context->output().print("two\n");
  co_return Json(JsonObject{{"answer", 42}});
}

auto read_all(std::unique_ptr<logs::Follower> follower) -> async::Task<Result<std::string>> {
  std::string text;
  for (;;) {
    SKY_CO_TRY(std::optional<std::string> chunk, co_await follower->read(1000));
    if (!chunk) co_return text;
    text += *chunk;
  }
}

class RequestManagerTest : public ::testing::Test {
 protected:
  auto boot(journal::MemoryStore::FaultPlan faults = {}) -> std::unique_ptr<Server> {
    auto server =
        std::make_unique<Server>(world_.loop, world_.disk, world_.sealer, world_.dir.path(), std::move(faults));
    server->manager().handle("sky.slow", [this](auto context) { return slow_work(&world_, std::move(context)); });
    server->start();
    return server;
  }
  auto accept(Server& server, const std::string& body = "{}") -> RequestId {
    return world_.loop.run(server.manager().accept({.name = "sky.slow", .body = body, .user_id = "u"})).value();
  }
  World world_;
};

TEST_F(RequestManagerTest, Accepted_RunsToItsOutcomeAndKeepsOutput) {
  const auto server = boot();
  const RequestId id = accept(*server);
  const auto record = world_.loop.run(server->manager().wait(id));
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->status, RequestStatus::kSucceeded);
  EXPECT_EQ(record->return_value, R"({"answer":42})");
  EXPECT_EQ(world_.loop.run(read_all(server->manager().follow_output(id, 0))).value(), "one\ntwo\n");
  EXPECT_EQ(world_.loop.run(read_all(server->manager().follow_output(id, 4))).value(), "two\n");
  server->stop();
}

TEST_F(RequestManagerTest, ServerGoneHalfWay_NextOneFinishesWithTheSameOutput) {
  auto server = boot();
  const RequestId id = accept(*server);
  world_.loop.advance(seconds(5));
  server->stop();
  server = boot();
  const auto record = world_.loop.run(server->manager().wait(id));
  EXPECT_EQ(record->status, RequestStatus::kSucceeded);
  EXPECT_EQ(world_.runs, 2);
  EXPECT_EQ(world_.loop.run(read_all(server->manager().follow_output(id, 0))).value(), "one\ntwo\n");
  server->stop();
}

TEST_F(RequestManagerTest, OutcomeThatWasNotWritten_IsWrittenLater) {
  int writes = 0;
  const auto server = boot([&](const journal::Batch&) {
    return ++writes == 2 ? journal::WriteFault::kUnknownNotApplied : journal::WriteFault::kNone;
  });
  const RequestId id = accept(*server);
  world_.loop.advance(seconds(60));
  EXPECT_EQ(server->manager().find(id)->status, RequestStatus::kSucceeded);
  EXPECT_EQ(world_.runs, 1);
  server->stop();
}

TEST_F(RequestManagerTest, Cancel_EndsTheHandlerAndStaysCancelled) {
  auto server = boot();
  const RequestId id = accept(*server);
  world_.loop.advance(seconds(1));
  EXPECT_EQ(world_.loop.run(server->manager().cancel({id}))->size(), 1U);
  const auto record = world_.loop.run(server->manager().wait(id));
  EXPECT_EQ(record->status, RequestStatus::kCancelled);
  EXPECT_TRUE(world_.loop.run(server->manager().cancel({id}))->empty());
  server->stop();
  server = boot();
  EXPECT_EQ(server->manager().find(id)->status, RequestStatus::kCancelled);
  EXPECT_EQ(world_.runs, 1);
  server->stop();
}

TEST_F(RequestManagerTest, UnknownName_IsRefusedBeforeItIsStored) {
  const auto server = boot();
  const auto refused = world_.loop.run(server->manager().accept({.name = "sky.nope"}));
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(server->manager().list(false).empty());
  server->stop();
}

TEST_F(RequestManagerTest, Prefix_ResolvesOneAndRefusesMany) {
  const auto server = boot();
  const RequestId a = accept(*server);
  EXPECT_EQ(server->manager().resolve(a.str().substr(0, 8)).value(), a);
  EXPECT_EQ(server->manager().resolve("zz").error().code, ErrorCode::kRequestNotFound);
  for (int i = 0; i < 40; ++i) accept(*server);
  int ambiguous = 0;
  for (const char c : std::string_view("0123456789abcdef")) {
    const auto result = server->manager().resolve(std::string(1, c));
    if (!result.ok() && result.error().code == ErrorCode::kInvalidArgument) ++ambiguous;
  }
  EXPECT_GT(ambiguous, 0);
  server->stop();
}

TEST_F(RequestManagerTest, BodyWithSecrets_IsNotInTheStoreInClear) {
  const auto server = boot();
  accept(*server, R"({"task":"secrets: {A: hunter2}"})");
  bool found = false;
  for (const auto& [key, value] : world_.disk->tables["requests"]) {
    found = true;
    EXPECT_EQ(value.find("hunter2"), std::string::npos);
  }
  EXPECT_TRUE(found);
  server->stop();
}

// What requests hold, as a list of words.
class HoldingsTest : public RequestManagerTest {
 protected:
  auto boot_holding() -> std::unique_ptr<Server> {
    auto server = boot();
    server->manager().hold({.take = [this](const RequestRecord& record) { return take(this, record.id); },
                            .release = [this](const RequestId& id) { return release(this, id); }});
    return server;
  }
  static auto take(HoldingsTest* test, RequestId id) -> async::Task<Result<>> {
    ++test->takes_;
    SKY_CO_CHECK(co_await async::sleep_for(seconds(1)));
    if (test->refuse_) co_return make_error(ErrorCode::kStorageFull, "no room");
    test->held_.insert(id.str());
    co_return Result<>();
  }
  static auto release(HoldingsTest* test, RequestId id) -> async::Task<Result<>> {
    test->held_.erase(id.str());
    co_return Result<>();
  }
  static auto accept_into(RequestManager* manager, RequestId id, int* accepted) -> async::Task<> {
    const auto result = co_await manager->accept({.id = id, .name = "sky.slow", .body = "{}"});
    *accepted += result.ok() ? 1 : 0;
  }

  int takes_ = 0;
  bool refuse_ = false;
  std::set<std::string> held_;
};

TEST_F(HoldingsTest, Accepted_HoldsUntilTheOutcome) {
  const auto server = boot_holding();
  const RequestId id = accept(*server);
  EXPECT_TRUE(held_.contains(id.str()));
  EXPECT_TRUE(server->manager().is_live(id.str()));
  EXPECT_TRUE(world_.loop.run(server->manager().wait(id)).ok());
  EXPECT_TRUE(held_.empty());
  EXPECT_FALSE(server->manager().is_live(id.str()));
  server->stop();
}

TEST_F(HoldingsTest, NothingToHold_RefusesTheRequest) {
  const auto server = boot_holding();
  refuse_ = true;
  const auto refused = world_.loop.run(server->manager().accept({.name = "sky.slow", .body = "{}"}));
  EXPECT_EQ(refused.error().code, ErrorCode::kStorageFull);
  EXPECT_TRUE(server->manager().list(false).empty());
  server->stop();
}

TEST_F(HoldingsTest, CallRepeatedMeanwhile_TakesOnce) {
  const auto server = boot_holding();
  const RequestId id("00000000-0000-4000-8000-000000000001");
  int accepted = 0;
  async::TaskGroup group(world_.loop);
  for (int i = 0; i < 2; ++i) group.spawn("accept", accept_into(&server->manager(), id, &accepted));
  world_.loop.run(group.join());
  EXPECT_EQ(accepted, 2);
  EXPECT_EQ(takes_, 1);
  EXPECT_TRUE(held_.contains(id.str()));
  server->stop();
}

TEST_F(HoldingsTest, ServerThatStops_LeavesWhatIsHeldToTheNext) {
  auto server = boot_holding();
  const RequestId id = accept(*server);
  server->stop();
  EXPECT_TRUE(held_.contains(id.str()));
  server = boot_holding();
  EXPECT_TRUE(world_.loop.run(server->manager().wait(id)).ok());
  EXPECT_TRUE(held_.empty());
  EXPECT_EQ(takes_, 1);
  server->stop();
}

TEST_F(RequestManagerTest, OldRequests_AreSweptWithTheirOutput) {
  const auto server = boot();
  const RequestId id = accept(*server);
  EXPECT_TRUE(world_.loop.run(server->manager().wait(id)).ok());
  world_.loop.advance(hours(26));
  EXPECT_EQ(server->manager().find(id), nullptr);
  EXPECT_FALSE(os::file_exists(world_.dir.file(id.str() + ".log")));
  server->stop();
}

}  // namespace
}  // namespace sky::requests
