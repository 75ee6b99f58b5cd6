// QueueStore: the durable state of a head, and every way in which it changes. Each call is one change of the journal
// and returns when it is durable; whatever it makes possible to dispatch is dispatched in the same transaction, so that
// a free slot costs no second write.
//
// Loop thread only. Tests give it a MemoryStore.
#pragma once

#include <set>

#include "agent/queue/decide.h"
#include "agent/queue/update.h"
#include "journal/journal.h"

namespace sky::agent {

struct ClusterNode {
  NodeCapacity capacity;
  JobNode identity;
  bool known = false;  // its facts have been heard since the agent started
};

// Pending jobs that one look of the scheduler considers. When more could go, the next look follows at once.
inline constexpr size_t kLookaheadMax = 64;

class QueueStore {
 public:
  using JobListener = std::function<void(const Job& job)>;

  // `nodes` is read when something is to be dispatched; it outlives the store.
  QueueStore(async::Loop& loop, std::unique_ptr<journal::Store> store, const std::vector<ClusterNode>& nodes,
             std::function<void(const Error&)> on_lost);

  auto open() -> async::Task<Result<>>;
  auto stop() -> async::Task<> { return journal_.stop(); }
  // Called in the turn in which a job changed. One listener; set before open().
  void on_job_change(JobListener listener) { listener_ = std::move(listener); }

  auto find(JobId id) const -> std::shared_ptr<const Job>;
  auto all() const -> std::vector<std::shared_ptr<const Job>>;  // by id
  // Jobs that have not ended, by id.
  auto active() const -> std::vector<const Job*>;
  // The same with the first kLookaheadMax pending ones alone: what may be acted on now.
  auto next() const -> std::vector<const Job*>;
  auto autostop() const -> Autostop;

  // kConflict... as the queue refuses; kResourcesMismatch when no empty cluster could run it; kClusterNotUp once
  // autostop has fired. The same key again gives the same id.
  auto submit(std::string key, JobSpec spec, std::string sealed_secrets) -> async::Task<Result<JobId>>;
  auto change(JobId id, JobChange change) -> async::Task<Result<>>;
  // Dispatches what has become possible, e.g. because a node is ready now.
  auto schedule() -> async::Task<Result<>>;
  // A new setting starts the idle timer again; kConflict once fired.
  auto set_autostop(AutostopSpec spec) -> async::Task<Result<>>;
  auto fire_autostop() -> async::Task<Result<>>;
  // The nodes were started again: a fired autostop is over, a pending one stays.
  auto rearm_autostop() -> async::Task<Result<>>;

 private:
  // What next() gives, as `look_up` sees the jobs.
  auto collect(const std::function<const Job*(std::int64_t)>& look_up) const -> std::vector<const Job*>;
  void schedule_in(journal::Txn& txn);
  auto submit_in(journal::Txn& txn, const std::string& key, const JobSpec& spec, const std::string& sealed)
      -> Result<JobId>;
  void on_change(const Job* after);
  void index(const Job& job);

  const std::vector<ClusterNode>& nodes_;
  journal::Table<Job> jobs_;
  journal::Table<std::int64_t> submissions_;  // key -> job id
  journal::Table<std::int64_t> counters_;     // "job_id": the last one given out
  journal::Table<Autostop> autostop_;         // one row
  journal::Journal journal_;
  JobListener listener_;
  // Supersets: a job of a change that did not become durable is in one of them, too.
  std::set<std::int64_t> dispatched_;
  std::set<std::int64_t> pending_;
};

}  // namespace sky::agent
