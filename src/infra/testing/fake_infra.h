// FakeInfra: an infrastructure in memory and in virtual time, stricter than any real one. A caller that breaks the
// port's contract fails the running test at once:
//   - a launch while nodes of another (cluster_hash, attempt) of that cluster exist, or the same key with another
//     request;
//   - two changing calls on one cluster at a time;
//   - a call about a node that never existed; a changing call without a deadline.
//
// Faults are queued per kind of call and used up in order. Whether an effect happened does not depend on whether the
// caller heard of it, as in life.
//
// Programs: `true`, `false`, `cat` and `printenv HOME` are built in; set_program() adds others, the agent among them.
//
// Ownership: run shut_down() before it is destroyed. The RemoteProcesses that it gave out may outlive it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "async/group.h"
#include "infra/infra.h"

namespace sky::infra {

class FakeInfra final : public Infra, private StopStart, private Ports {
 public:
  enum class Call { kCheck, kRows, kLaunch, kObserve, kTerminate, kList, kRun, kStop, kStart };
  enum class FaultKind {
    kFailBefore,  // nothing happens, the caller gets `error`
    kFailAfter,   // it happens, and the caller gets `error` all the same
    kLoseReply,   // it happens, and the caller waits until its deadline
    kHang,        // nothing happens, and the caller waits until its deadline
    kSlow,        // it happens after `delay` in place of the usual time
  };
  struct Fault {
    FaultKind kind = FaultKind::kFailBefore;
    Error error = make_error(ErrorCode::kUnavailable, "injected fault");
    Duration delay{};
  };

  // What a program on a node is given. It ends when it returns its exit code; it is cancelled when its node dies or
  // the RemoteProcess is destroyed.
  struct ProgramContext {
    ClusterRef cluster;
    int node_index = 0;
    std::string home;
    std::vector<std::string> argv;
    async::ByteStream* stream = nullptr;  // the program's stdin and stdout
  };
  using Program = std::function<async::Task<Result<int>>(ProgramContext)>;

  explicit FakeInfra(async::Loop& loop, std::string name = "fake");
  ~FakeInfra() override;
  auto shut_down() -> async::Task<>;

  // Virtual time that each call of this kind takes; zero until set.
  void set_duration(Call call, Duration duration) { durations_[call] = duration; }
  void inject(Call call, Fault fault) { faults_[call].push_back(std::move(fault)); }
  // Offers of rows(), filtered by the asked shape; until set one of 4 CPUs and 16 GiB, free of charge.
  void set_offers(std::vector<OfferRow> offers) { offers_ = std::move(offers); }
  void set_check(CheckResult result) { check_ = std::move(result); }
  // Launches there give kResourcesUnavailable with scope "zone"; "" is the infra without zones.
  void sell_out(std::string zone) { sold_out_.insert(std::move(zone)); }
  void restock(const std::string& zone) { sold_out_.erase(zone); }
  // Called by name argv[0].
  void set_program(std::string name, Program program) { programs_[std::move(name)] = std::move(program); }

  // From now on observed as kUnknown with `detail` (a crashed machine), kGone (a preempted one), or kRunning again
  // after a reboot with another boot id. Its programs end; whoever waits for them gets kUnavailable.
  void crash_node(const ClusterName& cluster, int index, std::string detail = "the node crashed") {
    end_node(cluster, index, NodeState::kUnknown, std::move(detail));
  }
  void lose_node(const ClusterName& cluster, int index) { end_node(cluster, index, NodeState::kGone, {}); }
  void reboot_node(const ClusterName& cluster, int index) { end_node(cluster, index, NodeState::kRunning, {}); }

  // How many calls of a kind were made, and how many clusters have nodes.
  auto call_count(Call call) const -> int;
  auto cluster_count() const -> size_t { return clusters_.size(); }
  auto running_programs() const -> size_t;

  auto name() const -> std::string_view override { return name_; }
  auto display_name() const -> std::string_view override { return "Fake"; }
  auto check(Deadline deadline) -> async::Task<Result<CheckResult>> override;
  auto validate(const NodeShape& shape, int node_count) const -> Result<> override;
  auto rows(NodeShape shape, Deadline deadline) -> async::Task<Result<std::vector<OfferRow>>> override;
  auto launch(LaunchRequest request, Deadline deadline) -> async::Task<Result<std::vector<NodeRecord>>> override;
  auto observe(ClusterRef cluster, Deadline deadline) -> async::Task<Result<std::vector<NodeObservation>>> override;
  auto terminate(ClusterRef cluster, Deadline deadline) -> async::Task<Result<>> override;
  auto list(ServerId server, Deadline deadline) -> async::Task<Result<std::vector<ClusterRef>>> override;
  auto run(ClusterRef cluster, int node_index, std::vector<std::string> argv, Deadline deadline)
      -> async::Task<Result<std::unique_ptr<RemoteProcess>>> override;
  auto stop_start() -> StopStart* override { return this; }
  auto ports() -> Ports* override { return this; }

 private:
  struct Node;
  struct Cluster;
  struct Process;
  class FakeProcess;
  class Turn;
  using Key = std::pair<ServerId, ClusterName>;

  auto stop(ClusterRef cluster, Deadline deadline) -> async::Task<Result<>> override;
  auto start(ClusterRef cluster, Deadline deadline) -> async::Task<Result<std::vector<NodeRecord>>> override;
  auto endpoint(const ClusterRef& cluster, int port) const -> Result<std::string> override;

  // The frame of every call: time, faults, deadline, around the effect.
  template <class T>
  auto call(Call kind, Deadline deadline, std::function<Result<T>()> effect) -> async::Task<Result<T>>;
  template <class T>
  auto call_within(Call kind, std::function<Result<T>()> effect) -> async::Task<Result<T>>;

  auto make_nodes(const LaunchRequest& request) -> Result<std::vector<NodeRecord>>;
  auto observe_now(const ClusterRef& cluster) const -> std::vector<NodeObservation>;
  auto start_program(const ClusterRef& cluster, int index, std::vector<std::string> argv)
      -> Result<std::unique_ptr<RemoteProcess>>;
  static auto run_program(std::shared_ptr<Process> process, Program program, ProgramContext context) -> async::Task<>;
  auto find(const ClusterRef& cluster) const -> Cluster*;
  auto find_node(const ClusterName& cluster, int index) -> Node&;
  void end_node(const ClusterName& cluster, int index, NodeState state, std::string detail);
  void end_programs(const std::string& node_id);

  async::Loop& loop_;
  std::string name_;
  CheckResult check_{.enabled = true, .reason = {}, .hint = {}, .capabilities = {"compute"}};
  std::vector<OfferRow> offers_;
  std::set<std::string> sold_out_;
  std::map<std::string, Program> programs_;
  std::map<Call, Duration> durations_;
  std::map<Call, std::deque<Fault>> faults_;
  std::map<Call, int> counts_;
  std::map<Key, std::unique_ptr<Cluster>> clusters_;
  std::set<std::string> nodes_ever_;
  std::set<Key> changing_;
  std::vector<std::weak_ptr<Process>> processes_;
  int address_count_ = 0;
  int boot_count_ = 0;
  async::TaskGroup tasks_;
};

}  // namespace sky::infra
