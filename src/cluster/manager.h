// ClusterManager: the clusters of this server. One Controller per record; handlers say what they want and wait.
//
// Every ensure_* commits the wish first, so it holds after a crash, and is safe to call again for the same request.
// Cancelling the caller only ends the waiting; give_up() takes a launch's wish back. Errors: kClusterNotFound;
// kCancelled when another wish superseded this one; what the infra or the agents said; kStorageFull.
//
// Concurrency: loop thread. stop() before the journal stops.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "cluster/controller.h"

namespace sky::cluster {

class ClusterManager {
 public:
  // Called for each state of the record on the way; prints progress.
  using Progress = std::function<void(const ClusterRecord&)>;

  explicit ClusterManager(Services services);

  // REQUIRES: the journal is open. Starts a controller for every record.
  void start();
  auto stop() -> async::Task<>;

  auto find(const ClusterName& name) const -> std::shared_ptr<const ClusterRecord>;
  // Clusters whose name matches the glob; an exact name matches itself only.
  auto match(std::string_view pattern) const -> std::vector<std::shared_ptr<const ClusterRecord>>;

  auto ensure_up(WantUp want, Progress progress) -> async::Task<Result<ClusterRecord>>;
  // `request` does not want the cluster up any more: unless somebody else does, what is under way stops where it is.
  auto give_up(ClusterName name, std::string request) -> async::Task<Result<>>;
  // `hash`: the incarnation that is meant, so that a repeated request never touches a later one.
  auto ensure_stopped(ClusterName name, std::string hash, WantStopped want) -> async::Task<Result<>>;
  // Success also when it went by itself.
  auto ensure_gone(ClusterName name, std::string hash, WantGone want) -> async::Task<Result<>>;
  // Forgets the cluster whatever is left of its nodes; the user was told. Only after ensure_gone failed.
  auto purge(ClusterName name, std::string hash) -> async::Task<Result<>>;
  // Durable at once; the head is told when it answers.
  auto set_autostop(ClusterName name, AutostopSetting setting) -> async::Task<Result<>>;
  // Looks at nodes and agents now, and waits for what follows from it.
  auto refresh(ClusterName name) -> async::Task<Result<>>;

  // The connection to the head of an UP cluster. kClusterNotFound, kClusterNotUp with the status, kUnavailable while
  // the head does not answer (waits for it up to the deadline).
  auto session(ClusterName name, Deadline deadline) -> async::Task<Result<std::shared_ptr<agent::AgentSession>>>;

  // The same without waiting.
  auto session_now(const ClusterName& name) const -> Result<std::shared_ptr<agent::AgentSession>>;
  // Waits while the cluster is AUTOSTOPPING.
  auto wait_autostop(ClusterName name) -> async::Task<Result<>>;
  // Is there still a cluster of that incarnation?
  auto exists(std::string_view hash) const -> bool { return controllers_.contains(std::string(hash)); }
  // The cluster of that incarnation is wanted up and is not yet.
  auto is_coming_up(std::string_view hash) const -> bool;
  // Restarts the agents of a cluster that is UP, and looks at its nodes; jobs go on. INIT until ensure_up() is done.
  auto restart_agents(ClusterName name) -> async::Task<Result<>>;
  // Returns after the next change of a known job or a cluster.
  auto wait_job_change() -> async::Task<Result<>>;

 private:
  auto controller_of(const ClusterRecord& record) -> Controller&;
  auto run_controller(std::shared_ptr<Controller> controller) -> async::Task<Result<>>;
  auto wait_up(ClusterName name, std::string hash, std::int64_t sequence, Progress progress)
      -> async::Task<Result<ClusterRecord>>;
  auto commit_want_up(WantUp want) -> async::Task<Result<>>;
  auto wait_ended(ClusterName name, std::string hash, Goal goal) -> async::Task<Result<>>;
  void forget_failure(const std::string& hash);
  static auto wait_session(std::shared_ptr<Controller> controller)
      -> async::Task<Result<std::shared_ptr<agent::AgentSession>>>;

  Services services_;
  std::map<std::string, std::shared_ptr<Controller>> controllers_;  // by hash
  async::WaitList changed_;                                         // a record came, changed or went
  async::WaitList job_changed_;                                     // the same, or a known job
  async::TaskGroup tasks_;
};

}  // namespace sky::cluster
