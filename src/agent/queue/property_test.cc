// Seeded random clusters, jobs and faults against the pure queue. Every failure prints its seed.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "agent/queue/decide.h"
#include "agent/queue/update.h"

namespace sky::agent {
namespace {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
  auto below(int bound) -> int {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return static_cast<int>(state_ % static_cast<std::uint64_t>(bound));
  }

 private:
  std::uint64_t state_;
};

class Cluster {
 public:
  explicit Cluster(std::uint64_t seed) : random_(seed) {
    const int count = 1 + random_.below(4);
    for (int node = 0; node < count; ++node) {
      std::vector<int> gpus;
      for (int gpu = random_.below(4); gpu > 0; --gpu) gpus.push_back(gpu);
      nodes_.push_back({1.0 + random_.below(4), std::move(gpus), true});
    }
  }

  void submit() {
    Job job;
    job.spec.num_nodes = 1 + random_.below(static_cast<int>(nodes_.size()));
    job.spec.cpus_per_node = 0.5 * (1 + random_.below(4));
    constexpr std::array<double, 5> kGpus{0, 0, 0.3, 0.5, 1};
    job.spec.gpus_per_node = kGpus[static_cast<size_t>(random_.below(5))];
    job.spec.setup = random_.below(2) == 0 ? "s" : "";
    job.spec.run = random_.below(8) == 0 ? "" : "r";
    if (!check_fits(job.spec, nodes_).ok()) return;
    job.id = JobId(static_cast<std::int64_t>(jobs_.size()) + 1);
    jobs_.push_back(std::move(job));
  }

  // Carries out everything that is decided; `kills` and lost answers happen at random.
  void step() {
    nodes_[static_cast<size_t>(random_.below(static_cast<int>(nodes_.size())))].ready = random_.below(4) != 0;
    for (const Action& action : decided()) {
      if (const auto* dispatch = std::get_if<DispatchJob>(&action)) on_dispatch(*dispatch);
      if (const auto* run = std::get_if<RunRank>(&action)) running_.insert(run->key);
      if (const auto* kill = std::get_if<KillRank>(&action)) end_rank(kill->key, RankExit{143, true, false, "", 10});
    }
    check_allocation();
    if (!jobs_.empty() && random_.below(10) == 0) {
      Job& job = jobs_[static_cast<size_t>(random_.below(static_cast<int>(jobs_.size())))];
      if (can_apply(job, CancelRequested{1}).ok()) apply(job, CancelRequested{1});
    }
    if (!running_.empty() && random_.below(2) == 0) {
      constexpr std::array<int, 6> kCodes{0, 0, 0, 0, 1, -1};
      const int code = kCodes[static_cast<size_t>(random_.below(6))];
      end_rank(*running_.begin(),
               code < 0 ? RankExit{{}, false, false, "gone", 10} : RankExit{code, false, false, "", 10});
    }
  }

  void make_ready() {
    for (NodeCapacity& node : nodes_) node.ready = true;
  }
  auto unfinished() const -> size_t {
    return static_cast<size_t>(
        std::count_if(jobs_.begin(), jobs_.end(), [](const Job& job) { return !is_terminal(job.status); }));
  }

 private:
  auto job(JobId id) -> Job& { return jobs_[static_cast<size_t>(id.value() - 1)]; }
  auto decided() const -> std::vector<Action> {
    std::vector<const Job*> active;
    for (const Job& one : jobs_) {
      if (!is_terminal(one.status)) active.push_back(&one);
    }
    std::vector<Action> actions = decide(active, nodes_);
    EXPECT_EQ(actions, decide(active, nodes_));
    return actions;
  }
  void on_dispatch(const DispatchJob& dispatch) {
    EXPECT_TRUE(dispatched_.insert(dispatch.job).second) << "dispatched twice: job " << dispatch.job.value();
    for (const Job& earlier : jobs_) {
      if (earlier.id < dispatch.job) EXPECT_NE(earlier.status, JobStatus::kPending) << "overtaken";
    }
    apply(job(dispatch.job), Dispatched{dispatch.placements, std::vector<JobNode>(nodes_.size()), 1});
  }
  void end_rank(RankKey key, RankExit exit) {
    running_.erase(key);
    const RankEnded change{key.phase, key.rank, std::move(exit), 2};
    if (can_apply(job(key.job), change).ok()) apply(job(key.job), change);
  }
  void check_allocation() const {
    for (size_t node = 0; node < nodes_.size(); ++node) {
      double cpus = 0;
      std::map<int, double> gpus;
      for (const Job& one : jobs_) {
        if (is_terminal(one.status)) continue;
        std::set<int> own_nodes;
        for (const Placement& placement : one.placements) {
          EXPECT_TRUE(own_nodes.insert(placement.node).second) << "two ranks on one node";
          if (placement.node != static_cast<int>(node)) continue;
          cpus += one.spec.cpus_per_node;
          for (const GpuShare& gpu : placement.gpus) gpus[gpu.index] += gpu.share;
        }
      }
      EXPECT_LE(cpus, nodes_[node].cpus + 1e-6);
      for (const auto& [index, share] : gpus) EXPECT_LE(share, 1 + 1e-6) << "GPU " << index;
    }
  }

  Random random_;
  std::vector<NodeCapacity> nodes_;
  std::vector<Job> jobs_;
  std::set<RankKey> running_;
  std::set<JobId> dispatched_;
};

TEST(QueueProperty, RandomClusters_KeepEveryPromiseAndFinishEveryJob) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Cluster cluster(seed);
    for (int i = 0; i < 40; ++i) {
      if (i % 2 == 0) cluster.submit();
      cluster.step();
    }
    for (int i = 0; i < 2000 && cluster.unfinished() > 0; ++i) {
      cluster.make_ready();
      cluster.step();
    }
    ASSERT_EQ(cluster.unfinished(), 0U);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace sky::agent
