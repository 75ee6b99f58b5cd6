// FakeNode: a node whose scripts are words: what a rank writes and when it ends is up to the test. It is stricter than
// a real one: a rank that is started twice is a failure of the test.
//
// Like the files of a real node, what it knows outlives the head that asks.
#pragma once

#include <map>

#include "agent/node/node.h"
#include "async/sync.h"

namespace sky::agent {

class FakeNode final : public Node {
 public:
  struct Rank {
    RankSpec spec;
    std::string output;
    std::optional<RankExit> exit;
    int start_count = 0;
    int join_count = 0;
    int kill_count = 0;
  };

  // Away: every call gives kUnavailable, also those that wait. Ranks go on.
  void set_away(bool away) {
    away_ = away;
    changed_.notify_all();
  }
  // Deaf: no rank can be ended; everything else goes on.
  void set_deaf(bool deaf) { deaf_ = deaf; }
  // Killed ranks end by themselves with 143.
  void set_killable(bool killable) { killable_ = killable; }

  auto rank(const RankKey& key) -> Rank* {
    const auto found = ranks_.find(key);
    return found == ranks_.end() ? nullptr : &found->second;
  }
  auto ranks() const -> const std::map<RankKey, Rank>& { return ranks_; }
  void write(const RankKey& key, std::string_view text) {
    ranks_.at(key).output += text;
    changed_.notify_all();
  }
  void end(const RankKey& key, RankExit exit) {
    exit.pid = pid_of(key);
    ranks_.at(key).exit = std::move(exit);
    changed_.notify_all();
  }
  static auto pid_of(const RankKey& key) -> int { return static_cast<int>(key.job.value()) * 100 + key.rank; }

  auto run_rank(RankSpec spec, OnStarted on_started) -> async::Task<Result<RankExit>> override {
    if (away_) co_return unavailable();
    const RankKey key = spec.key;
    Rank& rank = ranks_[key];
    if (rank.start_count == 0) {
      ++rank.start_count;
      rank.spec = std::move(spec);
    } else {
      ++rank.join_count;
    }
    on_started(pid_of(key));
    while (!rank.exit && !away_) SKY_CO_CHECK(co_await changed_.wait());
    if (away_) co_return unavailable();
    co_return *rank.exit;
  }
  auto kill_rank(RankKey key) -> async::Task<Result<>> override {
    if (away_ || deaf_) co_return unavailable();
    const auto found = ranks_.find(key);
    if (found == ranks_.end()) co_return unavailable();
    ++found->second.kill_count;
    if (killable_ && !found->second.exit) end(key, RankExit{.code = 143, .killed = true});
    co_return Result<>();
  }
  auto follow_output(OutputRequest request) -> Result<std::unique_ptr<logs::Follower>> override {
    if (away_) return unavailable();
    return std::unique_ptr<logs::Follower>(std::make_unique<Output>(*this, request.key, request.offset));
  }

 private:
  class Output final : public logs::Follower {
   public:
    Output(FakeNode& node, RankKey key, std::uint64_t offset) : node_(node), key_(key), offset_(offset) {}
    auto read(size_t bytes_max) -> async::Task<Result<std::optional<std::string>>> override {
      for (;;) {
        if (node_.away_) co_return unavailable();
        const Rank& rank = node_.ranks_.at(key_);
        if (offset_ < rank.output.size()) {
          std::string bytes = rank.output.substr(offset_, bytes_max);
          offset_ += bytes.size();
          co_return std::optional<std::string>(std::move(bytes));
        }
        if (rank.exit) co_return std::optional<std::string>();
        SKY_CO_CHECK(co_await node_.changed_.wait());
      }
    }
    auto offset() const -> std::uint64_t override { return offset_; }
    auto end() const -> std::optional<logs::StreamEnd> override { return std::nullopt; }

   private:
    FakeNode& node_;
    RankKey key_;
    std::uint64_t offset_;
  };
  static auto unavailable() -> Error { return make_error(ErrorCode::kUnavailable, "the node is away"); }

  bool away_ = false;
  bool deaf_ = false;
  bool killable_ = true;
  std::map<RankKey, Rank> ranks_;
  async::WaitList changed_;
};

}  // namespace sky::agent
