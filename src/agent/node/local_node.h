// LocalNode: the ranks on this machine. It starts supervisors, finds the ones that an earlier agent started, and knows
// of a rank's end as soon as its exit record is there. It keeps nothing: after a restart the files tell (rank_files.h).
// A supervisor that is done waits here for the next rank, for a second; it ends with the agent.
//
// Loop thread only. stop() leaves supervisors running.
#pragma once

#include <map>

#include "agent/node/config.h"
#include "agent/node/node.h"
#include "agent/node/rank_files.h"
#include "async/group.h"
#include "async/sync.h"
#include "os/process.h"

namespace sky::agent {

class LocalNode final : public Node {
 public:
  // `program`: the path of sky-agent, for its supervise face.
  LocalNode(async::IoLoop& loop, NodeId id, std::string program);

  auto run_rank(RankSpec spec, OnStarted on_started) -> async::Task<Result<RankExit>> override;
  auto kill_rank(RankKey key) -> async::Task<Result<>> override;
  auto follow_output(OutputRequest request) -> Result<std::unique_ptr<logs::Follower>> override;

  auto boot_id() const -> const std::string& { return boot_id_; }
  auto stop() -> async::Task<> { return tasks_.stop(); }

  // A rank that somebody waits for.
  struct Entry {
    RankSpec spec;
    std::optional<os::ProcessId> supervisor;
    std::optional<int> pid;  // of the script
    bool kill_requested = false;
    std::optional<RankExit> exit;
    size_t waiter_count = 0;
    async::WaitList changed;
  };
  using EntryPtr = std::shared_ptr<Entry>;

 private:
  static auto wait_for_exit(EntryPtr entry, OnStarted on_started) -> async::Task<Result<>>;
  auto watch(EntryPtr entry) -> async::Task<>;
  // One look at the files, and a wait for what follows from it; nullopt: look again.
  auto step(EntryPtr entry) -> async::Task<Result<std::optional<RankExit>>>;
  auto adopt(EntryPtr entry, StartRecord start) -> async::Task<Result<>>;
  auto start_supervisor(EntryPtr entry) -> async::Task<Result<>>;
  auto spawn_supervisor() -> Result<std::unique_ptr<os::Child>>;
  void keep(std::unique_ptr<os::Child> supervisor);
  auto end_idle() -> async::Task<Result<>>;
  auto lost(EntryPtr entry, std::string detail) -> async::Task<Result<std::optional<RankExit>>>;
  void on_supervisor(Entry& entry, os::ProcessId supervisor);

  async::IoLoop& loop_;
  NodeId id_;
  std::string program_;
  std::string boot_id_;
  std::map<RankKey, EntryPtr> entries_;
  struct Idle {
    std::unique_ptr<os::Child> supervisor;
    MonoTime since;
  };
  std::vector<Idle> idle_;  // by time: ranks take the last one
  bool ending_idle_ = false;
  async::TaskGroup tasks_;
};

}  // namespace sky::agent
