#include "server/job_stream.h"

namespace sky::server {
namespace {

constexpr Duration kCatchUpLimit = std::chrono::seconds(30);

// Ends at `end` bytes instead of waiting for more.
class BoundedFollower final : public logs::Follower {
 public:
  BoundedFollower(std::unique_ptr<logs::Follower> inner, std::uint64_t end) : inner_(std::move(inner)), end_(end) {}

  auto read(size_t bytes_max) -> async::Task<Result<std::optional<std::string>>> override {
    if (inner_->offset() >= end_) co_return std::optional<std::string>();
    co_return co_await inner_->read(std::min<size_t>(bytes_max, end_ - inner_->offset()));
  }
  auto offset() const -> std::uint64_t override { return inner_->offset(); }
  auto end() const -> std::optional<logs::StreamEnd> override { return logs::StreamEnd{}; }

 private:
  std::unique_ptr<logs::Follower> inner_;
  std::uint64_t end_;
};

}  // namespace

auto open_job_stream(App& app, JobStreamRequest request) -> async::Task<Result<std::unique_ptr<logs::Follower>>> {
  std::uint64_t start = 0;
  std::uint64_t size = 0;
  if (!request.follow || request.tail_lines > 0) {
    SKY_CO_TRY(size, co_await app.logs.catch_up(request.cluster_hash, request.job, app.deadline(kCatchUpLimit)));
  }
  if (request.tail_lines > 0) {
    SKY_CO_TRY(start, co_await app.logs.offset_of_last_lines(request.cluster_hash, request.job,
                                                             static_cast<std::uint64_t>(request.tail_lines)));
  }
  SKY_CO_TRY(std::unique_ptr<logs::Follower> follower,
             app.logs.follow(request.cluster_hash, request.job, start + request.skip_bytes));
  if (request.follow) co_return std::move(follower);
  co_return std::unique_ptr<logs::Follower>(std::make_unique<BoundedFollower>(std::move(follower), size));
}

}  // namespace sky::server
