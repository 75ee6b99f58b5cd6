// Head: runs the jobs of a cluster. It decides nothing (agent/queue) and owns no state that would be missed after a
// crash: it starts from its store, asks every node about the ranks that are to run, and goes on.
//
// Loop thread only. stop() before destruction leaves jobs running. Tests give it FakeNodes and a MemoryStore.
#pragma once

#include <map>

#include "agent/node/event_bus.h"
#include "agent/node/job_logs.h"
#include "agent/node/queue_store.h"
#include "agent/queue/rank_plan.h"
#include "seal/sealer.h"

namespace sky::agent {

inline constexpr size_t kJobsReplyMax = 20'000;

struct HeadOptions {
  ClusterId cluster;
  std::string home;
  std::string boot_id;       // of this machine
  std::string merging_dir;   // exists
  std::vector<Node*> nodes;  // by number; they outlive the head
  const seal::Sealer* sealer = nullptr;
  std::function<void(const Error&)> on_lost;  // the store is of no further use: end the program
};

class Head {
 public:
  Head(async::Loop& loop, HeadOptions options, std::unique_ptr<journal::Store> store);

  // Replays the store and goes on with every job. No node is ready yet. After a stop of the node, or a boot of its
  // machine, what an autostop had begun is over.
  enum class Start { kAfterStop, kAgain };
  auto open(Start start) -> async::Task<Result<>>;
  auto stop() -> async::Task<>;

  // What is known about nodes. Each change is told to the watchers.
  void set_ready(int node, const NodeFacts& facts);
  void set_silent(int node, std::string why);
  auto node_count() const -> int { return static_cast<int>(nodes_.size()); }

  auto submit(SubmitRequest request) -> async::Task<Result<JobId>>;
  // Unknown ids are left out; of all jobs the newest kJobsReplyMax.
  auto jobs(const JobsRequest& request) const -> std::vector<JobView>;
  // The ids that were unfinished. Returns when the cancel is durable, not when the jobs have ended.
  auto cancel(JobsRequest request) -> async::Task<Result<std::vector<JobId>>>;
  // The infra has confirmed that the node is gone.
  auto node_lost(int node) -> async::Task<Result<>>;
  // kJobNotFound.
  auto find(JobId id) const -> Result<std::shared_ptr<const Job>>;
  auto wait_ended(JobId id) -> async::Task<Result<JobStatus>>;

  auto store() -> QueueStore& { return store_; }
  auto logs() -> JobLogs& { return logs_; }
  auto events() -> EventBus& { return events_; }
  // When something last happened that autostop counts as activity.
  auto active_last() const -> MonoTime { return active_last_; }
  void touch() { active_last_ = loop_.now(); }
  // What holds now and a new watcher has to know.
  auto standing_events() const -> std::vector<Event>;

 private:
  enum class Kill { kNone, kAsking, kTaken };
  struct Rank {
    Kill kill = Kill::kNone;
  };
  auto cancel_one(JobId id) -> async::Task<Result<bool>>;
  void on_job_change(const Job& job);
  auto drive_loop() -> async::Task<Result<>>;
  void drive();
  auto run_rank(RankKey key, int node) -> async::Task<Result<>>;
  auto run_rank_once(std::shared_ptr<const Job> job, RankKey key, int node) -> async::Task<Result<RankExit>>;
  auto record_exit(RankKey key, RankExit exit) -> async::Task<Result<>>;
  auto wait_for_node(RankKey key, int node) -> async::Task<Result<bool>>;
  auto kill_rank(RankKey key, int node) -> async::Task<Result<>>;
  auto end_left_running(RankKey key, int node) -> async::Task<Result<>>;
  auto wait_until_ready(int node) -> async::Task<Result<>>;
  auto schedule_now() -> async::Task<Result<>>;
  void end_leftovers(const Job& job);
  auto unseal(const Job& job) const -> Result<std::map<std::string, Secret>>;

  async::Loop& loop_;
  HeadOptions options_;
  std::vector<ClusterNode> nodes_;
  std::vector<std::string> silent_why_;
  QueueStore store_;
  JobLogs logs_;
  EventBus events_;
  std::map<RankKey, Rank> ranks_;  // that a task takes care of
  bool scheduling_ = false;
  MonoTime active_last_{};
  async::Event dirty_;
  async::WaitList changed_;  // a job or a node
  async::TaskGroup tasks_;
};

}  // namespace sky::agent
