// The shipping controllers over a fake infra, a fake head and a journal in memory, all in virtual time. A Life is what
// one server process holds; the world outlives it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/client/fake_head_test.h"
#include "async/sim_loop.h"
#include "cluster/manager.h"
#include "infra/testing/fake_infra.h"
#include "journal/testing/memory_store.h"
#include "os/temp_dir.h"

namespace sky::cluster {

class World;

class Life {
 public:
  explicit Life(World& world, journal::MemoryStore::FaultPlan faults = {});
  ~Life();
  Life(const Life&) = delete;
  auto operator=(const Life&) -> Life& = delete;

  // False when the journal could not be opened: the store crashed at once.
  auto start() -> bool;
  auto manager() -> ClusterManager& { return manager_; }
  auto lost() const -> bool { return lost_; }
  auto tables() -> Tables& { return tables_; }

 private:
  World& world_;
  bool lost_ = false;
  bool started_ = false;
  planner::Planner planner_;
  Tables tables_;
  journal::Journal journal_;
  agent::LogStore logs_;
  ClusterManager manager_;
};

class World {
 public:
  explicit World(std::uint64_t seed = 1) : loop(seed), dir(os::TempDir::make().value()), infra(loop), head(loop) {
    infra.set_program(std::string(infra::kAgentProgram), head.program());
  }
  ~World() { loop.run(infra.shut_down()); }

  auto want(const std::string& request, int nodes = 1) -> WantUp {
    return {.request = request,
            .name = ClusterName("c"),
            .hash = request + "-hash",
            .spec = {.node_count = nodes, .shape = {.cpus = 1}, .ports = {}, .cpus_text = {}},
            .actor = {.user_id = "u", .user_name = "me", .command = "sky launch"},
            .creation_yaml = {},
            .config_hash = {},
            .now = to_epoch_seconds(loop.wall_now())};
  }

  async::SimLoop loop;
  os::TempDir dir;
  std::shared_ptr<journal::MemoryDisk> disk = std::make_shared<journal::MemoryDisk>();
  infra::FakeInfra infra;
  agent::FakeHead head;
};

inline Life::Life(World& world, journal::MemoryStore::FaultPlan faults)
    : world_(world),
      planner_({&world.infra}),
      journal_(world.loop, std::make_unique<journal::MemoryStore>(world.disk, std::move(faults)),
               {.on_lost = [this](const Error&) { lost_ = true; }}),
      logs_(world.loop, world.dir.file("clusters")),
      manager_({.loop = world.loop,
                .journal = journal_,
                .tables = tables_,
                .planner = planner_,
                .logs = logs_,
                .server = ServerId("5e4e4e4e"),
                .state_dir = world.dir.path()}) {
  for (const char* folder : {"clusters", "keys"}) SKY_ASSERT(os::make_dirs(world.dir.file(folder)).ok());
  journal_.add(tables_.clusters);
  journal_.add(tables_.history);
  journal_.add(tables_.jobs);
}

inline auto Life::start() -> bool {
  started_ = world_.loop.run(journal_.open()).ok();
  if (started_) manager_.start();
  return started_;
}

inline Life::~Life() {
  world_.loop.run(manager_.stop());
  world_.loop.run(logs_.stop());
  world_.loop.run(journal_.stop());
}

}  // namespace sky::cluster
