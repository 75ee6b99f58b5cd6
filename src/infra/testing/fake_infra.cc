#include "infra/testing/fake_infra.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "async/sync.h"
#include "testing/pipe_stream.h"

namespace sky::infra {

using async::Task;

struct FakeInfra::Node {
  NodeRecord record;
  NodeState state = NodeState::kRunning;
  std::string boot_id;
  std::string detail;
};

struct FakeInfra::Cluster {
  LaunchRequest request;
  std::vector<Node> nodes;
};

struct FakeInfra::Process {
  explicit Process(async::Loop& loop) : scope(loop) {}
  std::string node_id;
  async::CancelScope scope;
  std::unique_ptr<async::ByteStream> near;
  std::unique_ptr<async::ByteStream> far;
  Result<int> exit = make_error(ErrorCode::kUnavailable, "the way to the node broke");
  async::Event done;
};

class FakeInfra::FakeProcess final : public RemoteProcess {
 public:
  explicit FakeProcess(std::shared_ptr<Process> process) : process_(std::move(process)) {}
  ~FakeProcess() override {
    process_->near->close();
    process_->scope.cancel();
  }
  auto stream() -> async::ByteStream& override { return *process_->near; }
  auto wait() -> Task<Result<int>> override { return wait_for(process_); }
  auto error_tail() const -> std::string override { return {}; }

 private:
  static auto wait_for(std::shared_ptr<Process> process) -> Task<Result<int>> {
    SKY_CO_CHECK(co_await process->done.wait());
    co_return process->exit;
  }
  std::shared_ptr<Process> process_;
};

// Marks a cluster as being changed for as long as it lives.
class FakeInfra::Turn {
 public:
  Turn(std::set<Key>& changing, const Key& key, Deadline deadline) : changing_(changing), key_(key) {
    if (!changing_.insert(key_).second) ADD_FAILURE() << "two changing calls at once on cluster " << key_.second.str();
    if (deadline.is_never()) ADD_FAILURE() << "a changing call without a deadline on cluster " << key_.second.str();
  }
  Turn(const Turn&) = delete;
  auto operator=(const Turn&) -> Turn& = delete;
  ~Turn() { changing_.erase(key_); }

 private:
  std::set<Key>& changing_;
  Key key_;
};

namespace {

auto succeed(FakeInfra::ProgramContext) -> Task<Result<int>> {
  co_return 0;
}

auto fail(FakeInfra::ProgramContext) -> Task<Result<int>> {
  co_return 1;
}

auto copy_through(FakeInfra::ProgramContext context) -> Task<Result<int>> {
  std::string buffer(4096, '\0');
  for (;;) {
    SKY_CO_TRY(const size_t count, co_await context.stream->read_some(buffer));
    if (count == 0) co_return 0;
    SKY_CO_CHECK(co_await context.stream->write_all(std::string_view(buffer).substr(0, count)));
  }
}

auto print_home(FakeInfra::ProgramContext context) -> Task<Result<int>> {
  const std::string line = context.home + "\n";
  SKY_CO_CHECK(co_await context.stream->write_all(line));
  co_return 0;
}

auto wait_for_ever() -> Task<Result<>> {
  async::Event never;
  co_return co_await never.wait();
}

}  // namespace

FakeInfra::FakeInfra(async::Loop& loop, std::string name) : loop_(loop), name_(std::move(name)), tasks_(loop) {
  offers_ = {OfferRow{.placement = {.infra = name_, .region = {}, .zone = {}, .instance_type = "4CPU--16GB"},
                      .shape = {.cpus = 4, .memory_gib = 16}}};
  programs_ = {{"true", succeed}, {"false", fail}, {"cat", copy_through}, {"printenv", print_home}};
}

FakeInfra::~FakeInfra() = default;

template <class T>
auto FakeInfra::call_within(Call kind, std::function<Result<T>()> effect) -> Task<Result<T>> {
  std::optional<Fault> fault;
  if (auto& queue = faults_[kind]; !queue.empty()) {
    fault = std::move(queue.front());
    queue.pop_front();
  }
  const bool slow = fault && fault->kind == FaultKind::kSlow;
  const Duration delay = slow ? fault->delay : durations_[kind];
  if (delay > Duration::zero()) SKY_CO_CHECK(co_await async::sleep_for(delay));
  if (!fault || slow) co_return effect();
  if (fault->kind == FaultKind::kFailBefore) co_return fault->error;
  if (fault->kind != FaultKind::kHang) {
    const Result<T> unheard = effect();
    if (fault->kind == FaultKind::kFailAfter) co_return fault->error;
  }
  SKY_CO_CHECK(co_await wait_for_ever());
  co_return fault->error;
}

template <class T>
auto FakeInfra::call(Call kind, Deadline deadline, std::function<Result<T>()> effect) -> Task<Result<T>> {
  ++counts_[kind];
  return async::with_deadline(deadline, "the call to " + name_, call_within<T>(kind, std::move(effect)));
}

auto FakeInfra::call_count(Call call) const -> int {
  const auto found = counts_.find(call);
  return found == counts_.end() ? 0 : found->second;
}

auto FakeInfra::running_programs() const -> size_t {
  return static_cast<size_t>(std::ranges::count_if(processes_, [](const auto& weak) {
    const auto process = weak.lock();
    return process && !process->done.is_set();
  }));
}

auto FakeInfra::check(Deadline deadline) -> Task<Result<CheckResult>> {
  co_return co_await call<CheckResult>(Call::kCheck, deadline, [this] { return check_; });
}

auto FakeInfra::validate(const NodeShape& shape, int) const -> Result<> {
  const bool fits = std::ranges::any_of(offers_, [&](const OfferRow& row) {
    return row.shape.cpus >= shape.cpus && row.shape.memory_gib >= shape.memory_gib;
  });
  if (fits) return {};
  return make_error(ErrorCode::kResourcesUnavailable, "no offer has what was asked");
}

auto FakeInfra::rows(NodeShape shape, Deadline deadline) -> Task<Result<std::vector<OfferRow>>> {
  co_return co_await call<std::vector<OfferRow>>(Call::kRows, deadline, [this, shape] {
    std::vector<OfferRow> fitting;
    std::ranges::copy_if(offers_, std::back_inserter(fitting), [&](const OfferRow& row) {
      return row.shape.cpus >= shape.cpus && row.shape.memory_gib >= shape.memory_gib &&
             row.shape.accelerator == shape.accelerator && row.shape.use_spot == shape.use_spot;
    });
    return fitting;
  });
}

auto FakeInfra::find(const ClusterRef& cluster) const -> Cluster* {
  const auto found = clusters_.find({cluster.server, cluster.cluster});
  if (found == clusters_.end() || found->second->request.cluster_hash != cluster.cluster_hash) return nullptr;
  return found->second.get();
}

auto FakeInfra::find_node(const ClusterName& cluster, int index) -> Node& {
  for (auto& [key, entry] : clusters_) {
    if (key.second == cluster) return entry->nodes.at(static_cast<size_t>(index));
  }
  ADD_FAILURE() << "no nodes of cluster " << cluster.str();
  std::abort();
}

auto FakeInfra::make_nodes(const LaunchRequest& request) -> Result<std::vector<NodeRecord>> {
  std::unique_ptr<Cluster>& slot = clusters_[{request.server, request.cluster}];
  if (slot == nullptr) {
    if (sold_out_.contains(request.placement.zone)) {
      clusters_.erase({request.server, request.cluster});
      Error error = make_error(ErrorCode::kResourcesUnavailable,
                               fmt::format("no nodes are left in zone '{}' of {}", request.placement.zone, name_));
      error.details["scope"] = "zone";
      return error;
    }
    slot = std::make_unique<Cluster>();
    slot->request = request;
    for (int i = 0; i < request.node_count; ++i) {
      const int number = ++address_count_;
      Node node;
      node.record = {.index = i,
                     .id = fmt::format("{}-{}-{}-{}", request.cluster, request.cluster_hash, request.attempt, i),
                     .address = fmt::format("10.0.{}.{}", number / 250, 1 + number % 250),
                     .external_address = {},
                     .home = "/home/fake",
                     .gpus = {},
                     .cpus = request.shape.cpus,
                     .memory_gib = request.shape.memory_gib};
      node.boot_id = fmt::format("boot-{}", ++boot_count_);
      nodes_ever_.insert(node.record.id);
      slot->nodes.push_back(std::move(node));
    }
  }
  const LaunchRequest& first = slot->request;
  if (first.cluster_hash != request.cluster_hash || first.attempt != request.attempt) {
    ADD_FAILURE() << "launch of " << request.cluster.str() << " while nodes of another attempt exist";
    return make_error(ErrorCode::kConflict, "nodes of another attempt exist");
  }
  if (first.node_count != request.node_count || first.shape != request.shape || first.placement != request.placement) {
    ADD_FAILURE() << "launch of " << request.cluster.str() << " repeated with another request";
    return make_error(ErrorCode::kConflict, "the same attempt asks for something else");
  }
  std::vector<NodeRecord> records;
  for (const Node& node : slot->nodes) records.push_back(node.record);
  return records;
}

auto FakeInfra::launch(LaunchRequest request, Deadline deadline) -> Task<Result<std::vector<NodeRecord>>> {
  if (request.cluster_hash.empty() || request.attempt < 1 || request.node_count < 1 || request.server.empty()) {
    ADD_FAILURE() << "launch without server, cluster hash, attempt or nodes";
  }
  if (request.placement.infra != name_) ADD_FAILURE() << "launch of a placement of '" << request.placement.infra << "'";
  const Turn turn(changing_, {request.server, request.cluster}, deadline);
  co_return co_await call<std::vector<NodeRecord>>(Call::kLaunch, deadline,
                                                   [this, &request] { return make_nodes(request); });
}

auto FakeInfra::observe_now(const ClusterRef& cluster) const -> std::vector<NodeObservation> {
  const Cluster* known = find(cluster);
  std::vector<NodeObservation> seen;
  for (const NodeRecord& record : cluster.nodes) {
    if (!nodes_ever_.contains(record.id)) ADD_FAILURE() << "observe of a node that never was: " << record.id;
    NodeObservation one{.index = record.index, .state = NodeState::kGone, .boot_id = {}, .detail = {}};
    if (known != nullptr) {
      const auto node = std::ranges::find(known->nodes, record.id, [](const Node& n) { return n.record.id; });
      if (node != known->nodes.end()) {
        one.state = node->state;
        one.detail = node->detail;
        if (one.state == NodeState::kRunning) one.boot_id = node->boot_id;
      }
    }
    seen.push_back(std::move(one));
  }
  return seen;
}

auto FakeInfra::observe(ClusterRef cluster, Deadline deadline) -> Task<Result<std::vector<NodeObservation>>> {
  co_return co_await call<std::vector<NodeObservation>>(Call::kObserve, deadline,
                                                        [this, &cluster] { return observe_now(cluster); });
}

auto FakeInfra::terminate(ClusterRef cluster, Deadline deadline) -> Task<Result<>> {
  const Turn turn(changing_, {cluster.server, cluster.cluster}, deadline);
  co_return co_await call<void>(Call::kTerminate, deadline, [this, &cluster]() -> Result<> {
    const Cluster* known = find(cluster);
    if (known == nullptr) return {};
    for (const Node& node : known->nodes) end_programs(node.record.id);
    clusters_.erase({cluster.server, cluster.cluster});
    return {};
  });
}

auto FakeInfra::list(ServerId server, Deadline deadline) -> Task<Result<std::vector<ClusterRef>>> {
  co_return co_await call<std::vector<ClusterRef>>(Call::kList, deadline, [this, server] {
    std::vector<ClusterRef> refs;
    for (const auto& [key, cluster] : clusters_) {
      if (key.first != server) continue;
      ClusterRef ref{.server = key.first,
                     .cluster = key.second,
                     .cluster_hash = cluster->request.cluster_hash,
                     .placement = cluster->request.placement,
                     .nodes = {}};
      for (const Node& node : cluster->nodes) ref.nodes.push_back(node.record);
      refs.push_back(std::move(ref));
    }
    return refs;
  });
}

auto FakeInfra::stop(ClusterRef cluster, Deadline deadline) -> Task<Result<>> {
  const Turn turn(changing_, {cluster.server, cluster.cluster}, deadline);
  co_return co_await call<void>(Call::kStop, deadline, [this, &cluster]() -> Result<> {
    Cluster* known = find(cluster);
    if (known == nullptr) return make_error(ErrorCode::kNotFound, fmt::format("no nodes of '{}'", cluster.cluster));
    for (Node& node : known->nodes) {
      end_programs(node.record.id);
      node.state = NodeState::kStopped;
      node.detail.clear();
    }
    return {};
  });
}

auto FakeInfra::start(ClusterRef cluster, Deadline deadline) -> Task<Result<std::vector<NodeRecord>>> {
  const Turn turn(changing_, {cluster.server, cluster.cluster}, deadline);
  co_return co_await call<std::vector<NodeRecord>>(
      Call::kStart, deadline, [this, &cluster]() -> Result<std::vector<NodeRecord>> {
        Cluster* known = find(cluster);
        if (known == nullptr) return make_error(ErrorCode::kNotFound, fmt::format("no nodes of '{}'", cluster.cluster));
        std::vector<NodeRecord> records;
        for (Node& node : known->nodes) {
          if (node.state != NodeState::kRunning) node.boot_id = fmt::format("boot-{}", ++boot_count_);
          node.state = NodeState::kRunning;
          node.detail.clear();
          records.push_back(node.record);
        }
        return records;
      });
}

auto FakeInfra::endpoint(const ClusterRef& cluster, int port) const -> Result<std::string> {
  if (cluster.nodes.empty()) return make_error(ErrorCode::kNotFound, "the cluster has no nodes");
  return fmt::format("{}:{}", cluster.nodes.front().address, port);
}

void FakeInfra::end_programs(const std::string& node_id) {
  for (const auto& weak : processes_) {
    const auto process = weak.lock();
    if (process && process->node_id == node_id) process->scope.cancel();
  }
}

void FakeInfra::end_node(const ClusterName& cluster, int index, NodeState state, std::string detail) {
  Node& node = find_node(cluster, index);
  end_programs(node.record.id);
  node.state = state;
  node.detail = std::move(detail);
  if (state == NodeState::kRunning) node.boot_id = fmt::format("boot-{}", ++boot_count_);
}

auto FakeInfra::run_program(std::shared_ptr<Process> process, Program program, ProgramContext context) -> Task<> {
  Result<int> exit = co_await program(std::move(context)).in(process->scope);
  // An ended node takes the exit code with it.
  if (!process->scope.cancelled() && exit.ok()) process->exit = std::move(exit);
  process->far->close();
  process->done.set();
}

auto FakeInfra::start_program(const ClusterRef& cluster, int index, std::vector<std::string> argv)
    -> Result<std::unique_ptr<RemoteProcess>> {
  const auto record = std::ranges::find(cluster.nodes, index, &NodeRecord::index);
  if (record == cluster.nodes.end() || !nodes_ever_.contains(record->id)) {
    ADD_FAILURE() << "run on node " << index << " of " << cluster.cluster.str() << ", which never was";
    return make_error(ErrorCode::kNotFound, "no such node");
  }
  const Cluster* known = find(cluster);
  const auto is_it = [&](const Node& node) { return node.record.id == record->id; };
  if (known == nullptr || std::ranges::none_of(known->nodes, is_it)) {
    return make_error(ErrorCode::kNotFound, fmt::format("the node '{}' is gone", record->id));
  }
  if (std::ranges::find_if(known->nodes, is_it)->state != NodeState::kRunning) {
    return make_error(ErrorCode::kUnavailable, fmt::format("the node '{}' does not run", record->id));
  }
  const auto program = argv.empty() ? programs_.end() : programs_.find(argv.front());
  if (program == programs_.end()) {
    ADD_FAILURE() << "run of a program that the fake does not have: " << (argv.empty() ? "" : argv.front());
    return make_error(ErrorCode::kNotFound, "no such program");
  }
  auto process = std::make_shared<Process>(loop_);
  process->node_id = record->id;
  std::tie(process->near, process->far) = async::make_pipe();
  std::erase_if(processes_, [](const auto& weak) { return weak.expired(); });
  processes_.push_back(process);
  ProgramContext context{.cluster = cluster,
                         .node_index = index,
                         .home = record->home,
                         .argv = std::move(argv),
                         .stream = process->far.get()};
  tasks_.spawn(program->first, run_program(process, program->second, std::move(context)));
  return std::make_unique<FakeProcess>(std::move(process));
}

auto FakeInfra::run(ClusterRef cluster, int node_index, std::vector<std::string> argv, Deadline deadline)
    -> Task<Result<std::unique_ptr<RemoteProcess>>> {
  co_return co_await call<std::unique_ptr<RemoteProcess>>(
      Call::kRun, deadline, [this, &cluster, node_index, &argv] { return start_program(cluster, node_index, argv); });
}

auto FakeInfra::shut_down() -> Task<> {
  for (const auto& weak : processes_) {
    if (const auto process = weak.lock()) process->scope.cancel();
  }
  co_await tasks_.stop();
}

}  // namespace sky::infra
