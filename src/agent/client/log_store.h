// LogStore: the server's own copy of the output of all jobs, which outlives nodes and clusters.
//
// One upstream subscription per job however many followers. It starts when the job has started, or is followed while it
// waits in the queue, goes on at the size of the copy after a lost connection or a restart of the server, and ends with
// the job: then the copy is complete and its exit status is the exit code of commands that follow the job
// (base/status.h: exit_code_of). A copy lies in `<dir>/<cluster hash>/job-<id>.log` (logs/stream_reader.h);
// other logs of the cluster may lie beside it and go with it.
//
// Positions are those of the head's merged stream and never change their meaning.
//
// Loop thread only; run stop() before it is destroyed. Followers may outlive it; their reads then end with
// kUnavailable.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/client/session.h"
#include "async/group.h"
#include "logs/follower.h"
#include "logs/hub.h"

namespace sky::agent {

struct LogRetention {
  Duration age_max = std::chrono::hours(720);               // after a job's or a cluster's end; negative: for ever
  std::uint64_t gone_bytes_max = std::uint64_t{10} << 30U;  // of all clusters that are gone
};

struct LogStoreOptions {
  // Subscriptions of one cluster at once; jobs above that wait for their turn, followed or not.
  size_t tails_max = 512;
  // Pauses after a failure, e.g. a full disk; their number is not limited.
  async::RetryPolicy pauses = {};
  LogRetention retention = {};
};

class LogStore {
 public:
  LogStore(async::Loop& loop, std::string dir, LogStoreOptions options = {});
  ~LogStore();
  auto stop() -> async::Task<>;

  // From now on output of the cluster's jobs comes from `session`, until detach(), which must have returned before the
  // session is destroyed. REQUIRES: no session is attached for this cluster.
  void attach(const std::string& cluster_hash, AgentSession& session);
  auto detach(std::string cluster_hash) -> async::Task<>;

  // To be called for every job seen in events. Cheap when nothing is to be done.
  void on_job(const std::string& cluster_hash, const JobView& job);
  // The job ended and nothing more will come: its node or its whole cluster is lost, or it never had one. Followers end
  // behind what the copy holds, whether or not a session is attached. Does nothing to a complete copy.
  void finish_job(const std::string& cluster_hash, JobId job, JobStatus status);
  // Removes what has been kept long enough: copies by the age of their end, everything of clusters that are gone by the
  // time when they went, and beyond gone_bytes_max the clusters that went first. `gone_at` is nullopt while there is
  // such a cluster. Whoever still follows a copy sees its end, or kUnavailable when it was not complete.
  using GoneAt = std::function<std::optional<WallTime>(const std::string& cluster_hash)>;
  auto collect(GoneAt gone_at) -> async::Task<Result<>>;

  // From `offset` on, waiting for more until the copy is complete. The job is known to exist.
  auto follow(const std::string& cluster_hash, JobId job, std::uint64_t offset)
      -> Result<std::unique_ptr<logs::Follower>>;
  // nullopt: the copy is not complete, or there is none.
  auto end_of(const std::string& cluster_hash, JobId job) const -> std::optional<logs::StreamEnd>;
  // Of the copy as it is now.
  auto size_bytes(const std::string& cluster_hash, JobId job) const -> Result<std::uint64_t>;
  auto offset_of_last_lines(std::string cluster_hash, JobId job, std::uint64_t count)
      -> async::Task<Result<std::uint64_t>>;
  // Waits until the copy has everything that the head has now; its size. Without a connection to the head at once.
  auto catch_up(std::string cluster_hash, JobId job, Deadline deadline) -> async::Task<Result<std::uint64_t>>;
  // Base path of the copy, for logs/stream_reader.h. Pure.
  auto base_path(const std::string& cluster_hash, JobId job) const -> std::string;

 private:
  struct Feed;
  struct Copy;
  using CopyKey = std::pair<std::string, JobId>;

  auto is_complete(const std::string& cluster_hash, JobId job) const -> bool;
  auto is_outdated(const JobView& job) const -> bool;
  auto dir_of(const std::string& cluster_hash) const -> std::string;
  auto open_copy(const std::string& cluster_hash, JobId job) -> Result<std::shared_ptr<Copy>>;
  auto finish(Copy& copy, const CopyKey& key, JobStatus status) -> Result<>;
  void subscribe(Feed& feed, JobId job);
  auto pull(Feed* feed, JobId job) -> async::Task<Result<>>;
  auto pull_once(Feed* feed, JobId job) -> async::Task<Result<>>;
  static auto head_size(AgentSession* session, JobId job, std::uint64_t known) -> async::Task<Result<std::uint64_t>>;
  static auto wait_for_size(std::shared_ptr<Copy> copy, std::uint64_t size) -> async::Task<Result<>>;

  async::Loop& loop_;
  std::string dir_;
  LogStoreOptions options_;
  std::map<CopyKey, std::shared_ptr<Copy>> copies_;  // incomplete ones that are written or followed
  std::map<std::string, std::unique_ptr<Feed>> feeds_;
};

}  // namespace sky::agent
