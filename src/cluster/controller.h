// Controller: the loop of one cluster. It serialises everything that changes the cluster's nodes: launch, stop, down
// and autostop. It decides nothing (decide.h) and owns no state that would be missed after a crash: it starts from the
// record, commits intent before each act and the outcome after it. What it keeps in memory is the connection to the
// head's agent and the error of the last failed goal, for those who wait for it.
//
// When the goal changes while a step is under way, the step's scope is cancelled and the next step is decided afresh: a
// down supersedes a running launch.
//
// Concurrency: loop thread; run() is one background task, owned by the ClusterManager's group.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "agent/client/log_store.h"
#include "agent/client/session.h"
#include "async/group.h"
#include "async/sync.h"
#include "cluster/decide.h"
#include "cluster/tables.h"
#include "cluster/update.h"
#include "journal/journal.h"
#include "planner/planner.h"

namespace sky::cluster {

// What all controllers of a server share. All references outlive the controllers.
struct Services {
  async::Loop& loop;
  journal::Journal& journal;
  Tables& tables;
  planner::Planner& planner;
  agent::LogStore& logs;
  ServerId server;
  std::string state_dir;
};

// Time limits of one step, each with its retries.
inline constexpr Duration kLaunchLimit = std::chrono::minutes(15);
inline constexpr Duration kConnectLimit = std::chrono::minutes(2);
inline constexpr Duration kStopLimit = std::chrono::minutes(10);
inline constexpr Duration kObserveLimit = std::chrono::seconds(20);
// A cluster whose head is silent is looked at this often.
inline constexpr Duration kObserveInterval = std::chrono::seconds(10);
inline constexpr int kStepAttemptsMax = 3;

class Controller {
 public:
  Controller(Services& services, ClusterName name, std::string hash);

  // Ends when the cluster's record is gone, or when cancelled.
  auto run() -> async::Task<Result<>>;
  // The record changed: decide again, and end a pause after a failure.
  void wake();
  // Has the loop look at nodes and agents afresh, and waits until it has; a cluster at rest whose agents answer becomes
  // UP. What was seen is in the record afterwards.
  auto refresh() -> async::Task<Result<>>;
  // Base path of the provision log, for logs/stream_reader.h.
  auto provision_log() const -> std::string;

  auto name() const -> const ClusterName& { return name_; }
  auto hash() const -> const std::string& { return hash_; }
  auto session_up() const -> bool { return session_ != nullptr && session_->up(); }
  // kUnavailable while the head does not answer. Shared: whoever waits on a call keeps a detached session alive.
  auto session() -> Result<std::shared_ptr<agent::AgentSession>>;
  // Why the goal with this sequence number was given up, or cannot be reached yet.
  auto failure_of(std::int64_t goal_sequence) const -> std::optional<Error>;
  // A new wish for the same goal starts with a clean slate.
  void forget_failure() { failure_.reset(); }
  // Notified after each change of record, connection or failure.
  auto changed() -> async::WaitList& { return changed_; }

 private:
  auto record() const -> std::shared_ptr<const ClusterRecord>;
  auto commit(Update update, journal::Urgency urgency = journal::Urgency::kNormal) -> async::Task<Result<>>;
  auto deadline(Duration limit) const -> Deadline;
  auto now() const -> double { return to_epoch_seconds(services_.loop.wall_now()); }
  auto infra_of(const ClusterRecord& current) const -> Result<infra::Infra*>;

  auto rest(ClusterRecord current) -> async::Task<Result<>>;
  auto wait_wake() -> async::Task<Result<>>;
  void on_session_change();
  auto wait_refreshed(std::int64_t count) -> async::Task<Result<>>;
  auto perform(Step step, std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>>;
  auto act(Step step, std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>>;
  auto plan(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>>;
  auto launch(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>>;
  auto start_nodes(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>>;
  auto connect_agents(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>>;
  auto look_again(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>>;
  auto check_workers(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>>;
  auto observe_nodes(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>>;
  auto stop_nodes(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>>;
  auto terminate(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>>;
  auto ask_autostop() -> async::Task<Result<>>;
  auto send_autostop(std::shared_ptr<const ClusterRecord> current) -> async::Task<Result<>>;
  auto mark_lost(std::string reason) -> async::Task<Result<>>;

  auto on_step_failed(Step step, std::shared_ptr<const ClusterRecord> current, Error error) -> async::Task<Result<>>;
  auto abandon_launch(std::shared_ptr<const ClusterRecord> current, Error error) -> async::Task<Result<>>;
  // Ends the jobs that had not ended, and the copies of all jobs' output.
  auto end_jobs(JobStatus status) -> async::Task<Result<>>;
  // Waits until `flag` is set, at most for `span`; resets the flag.
  auto pause(Duration span, bool* flag) -> async::Task<Result<>>;

  auto key_path() const -> std::string;
  auto key() -> Result<Secret>;
  void attach(const ClusterRecord& current);
  auto detach() -> async::Task<>;
  auto on_event(agent::Event event) -> async::Task<Result<>>;
  auto on_autostop(agent::Event event) -> async::Task<Result<>>;
  void note(std::string_view line);  // into the provision log

  Services& services_;
  ClusterName name_;
  std::string hash_;
  Observation seen_;
  planner::Blocklist blocked_;
  int step_attempts_ = 0;
  std::optional<std::pair<std::int64_t, Error>> failure_;
  std::shared_ptr<agent::AgentSession> session_;
  async::CancelScope* acting_ = nullptr;
  std::int64_t acting_sequence_ = 0;
  bool woken_ = false;           // the record or the connection changed
  bool record_changed_ = false;  // only the record
  bool ended_ = false;
  std::int64_t refresh_count_ = 0;
  std::set<int> silent_workers_;
  async::WaitList wake_;
  async::WaitList changed_;
};

}  // namespace sky::cluster
