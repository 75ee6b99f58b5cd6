#include "server/job_stream.h"

#include "logs/file_follower.h"

namespace sky::server {
namespace {

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

auto open_job_stream(agent::LogStore& logs, JobStreamRequest request, Deadline deadline)
    -> async::Task<Result<std::unique_ptr<logs::Follower>>> {
  const bool tails = request.tail_lines > 0 && !request.start_offset;
  std::uint64_t size = 0;
  std::uint64_t start = request.start_offset.value_or(0);
  if (!request.follow || tails) {
    SKY_CO_TRY(size, co_await logs.catch_up(request.cluster_hash, request.job, deadline));
  }
  if (tails) {
    const auto count = static_cast<std::uint64_t>(request.tail_lines);
    SKY_CO_TRY(start, co_await logs.offset_of_last_lines(request.cluster_hash, request.job, count));
  }
  if (request.cluster_gone && !logs.end_of(request.cluster_hash, request.job)) {
    auto rest = std::make_unique<logs::FileFollower>(logs.base_path(request.cluster_hash, request.job), start);
    rest->set_end({});
    co_return std::unique_ptr<logs::Follower>(std::move(rest));
  }
  SKY_CO_TRY(std::unique_ptr<logs::Follower> follower, logs.follow(request.cluster_hash, request.job, start));
  if (request.follow) co_return std::move(follower);
  co_return std::unique_ptr<logs::Follower>(std::make_unique<BoundedFollower>(std::move(follower), size));
}

auto status_of_copy(int exit_status, std::optional<JobStatus> known) -> JobStatus {
  if (known && is_terminal(*known) && exit_code_of(*known) == exit_status) return *known;
  if (exit_status == kExitSucceeded) return JobStatus::kSucceeded;
  return exit_status == kExitJobCancelled ? JobStatus::kCancelled : JobStatus::kFailed;
}

}  // namespace sky::server
