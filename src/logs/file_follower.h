// FileFollower: follows a stream that another process writes. It looks at the files when asked, then every `poll_every`
// while nothing new is there.
#pragma once

#include "logs/follower.h"

namespace sky::logs {

class FileFollower final : public Follower {
 public:
  static constexpr Duration kPollEvery = std::chrono::milliseconds(100);

  FileFollower(std::string base, std::uint64_t offset, Duration poll_every = kPollEvery)
      : reader_(std::move(base)), offset_(offset), poll_every_(poll_every) {}

  auto read(size_t bytes_max) -> async::Task<Result<std::optional<std::string>>> override;
  auto offset() const -> std::uint64_t override { return offset_; }
  auto end() const -> std::optional<StreamEnd> override { return end_; }

  // The writer is known to be gone: what lies in the files is all there will be, also without `BASE.end`. A waiting
  // read notices within `poll_every`.
  void set_end(StreamEnd end) { given_end_ = end; }

 private:
  struct Found {
    std::string bytes;
    std::optional<StreamEnd> end;
  };
  static auto look(StreamReader& reader, std::uint64_t offset, size_t bytes_max) -> Result<Found>;

  StreamReader reader_;
  std::uint64_t offset_;
  Duration poll_every_;
  std::optional<StreamEnd> given_end_;
  std::optional<StreamEnd> end_;
};

}  // namespace sky::logs
