// JobLogs: the merged output of every job on the head. Ranks are read from their nodes, merged once (merger.h) into
// `~/sky_logs/<job>/run.log`, and followed from there however often.
//
// Loop thread only. stop() before destruction; a stream that is not complete then goes on after the next start.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "agent/node/merger.h"
#include "agent/node/node.h"
#include "agent/queue/state.h"
#include "async/group.h"
#include "async/sync.h"

namespace sky::agent {

class JobLogs {
 public:
  using NodeOf = std::function<Node&(int node)>;

  // `merging_dir` holds the merge records of streams that are not complete; it exists. A few records that are done with
  // are kept there for jobs to come (`spare-<n>`): file systems are slow at making and removing files all the time.
  JobLogs(async::Loop& loop, std::string home, std::string merging_dir, NodeOf node_of);

  // Jobs whose streams an earlier agent did not complete.
  auto unfinished() -> Result<std::vector<JobId>>;
  // To be called for each of them, and for every dispatched job, with all ranks that it has had.
  void resume(std::shared_ptr<const Job> job);
  // The rank runs, or has run: its output is merged from now on.
  void start_rank(std::shared_ptr<const Job> job, RankKey key, int pid);
  // The job has ended: once its ranks are merged, its closing lines follow and the stream is complete.
  void finish(std::shared_ptr<const Job> job);

  // A cursor on the job's stream. A pending job has one too: it begins with the line that says what it waits for.
  auto follow(std::shared_ptr<const Job> job, std::uint64_t offset) -> Result<std::unique_ptr<logs::Follower>>;
  // Where the last lines begin, and where the stream ends now.
  auto offset_of_last_lines(const Job& job, int lines) const -> Result<std::uint64_t>;
  auto size_bytes(const Job& job) const -> Result<std::uint64_t>;

  auto stop() -> async::Task<> { return tasks_.stop(); }

 private:
  struct Log {
    std::shared_ptr<const Job> job;
    std::unique_ptr<logs::Hub> hub;
    std::unique_ptr<Merger> merger;
    std::set<SourceId> sources;  // read or being read
    size_t pump_count = 0;
    bool finishing = false;
    async::Event ready;  // what an earlier agent began is carried out
    async::WaitList pumps_changed;
  };
  using LogPtr = std::shared_ptr<Log>;

  auto base_of(const Job& job) const -> std::string;
  auto record_path(JobId id) const -> std::string;
  auto open_hub(const Job& job) -> Result<LogPtr>;
  auto open_merger(Log& log) -> Result<>;
  auto reuse_record(JobId id) -> Result<>;
  auto retire_record(JobId id) -> Result<>;
  auto ensure(std::shared_ptr<const Job> job) -> LogPtr;
  void spawn_pump(LogPtr log, RankKey key, int pid);
  auto redo(LogPtr log) -> async::Task<Result<>>;
  auto read_range(LogPtr log, MergeEntry entry) -> async::Task<Result<std::string>>;
  auto pump(LogPtr log, RankKey key, int pid) -> async::Task<>;
  auto pump_once(LogPtr log, RankKey key, int pid) -> async::Task<Result<>>;
  auto complete(LogPtr log) -> async::Task<Result<>>;

  std::string home_;
  std::string merging_dir_;
  NodeOf node_of_;
  std::map<JobId, LogPtr> logs_;     // streams that are not complete
  std::vector<std::string> spares_;  // paths of records that are done with
  async::TaskGroup tasks_;
};

}  // namespace sky::agent
