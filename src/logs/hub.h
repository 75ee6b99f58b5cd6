// Hub: one stream that this process writes, and any number of followers of it.
//
// Bytes are in the file before any follower sees them. The most recent ones are also kept in memory while there are
// followers; a follower that is further behind reads the file. Nothing else is buffered: 50 followers of 1 GB cost one
// megabyte.
//
// Loop thread only. Followers may outlive the hub; their reads then end with kUnavailable, unless finish() was called.
#pragma once

#include <memory>

#include "async/loop.h"
#include "logs/follower.h"
#include "logs/stream_writer.h"

namespace sky::logs {

struct HubOptions {
  size_t recent_bytes_max = 1U << 20U;
};

class Hub {
 public:
  explicit Hub(StreamWriter writer, HubOptions options = {});
  Hub(Hub&&) = default;
  auto operator=(Hub&&) -> Hub& = delete;
  ~Hub();

  // As StreamWriter's, and wakes the followers.
  void append(std::string_view bytes);
  auto append_at(std::uint64_t offset, std::string_view bytes) -> Result<>;
  auto finish(std::optional<int> exit_status) -> Result<>;

  auto follow(std::uint64_t offset) -> std::unique_ptr<Follower>;

  auto size_bytes() const -> std::uint64_t { return writer_.size_bytes(); }
  auto base() const -> const std::string& { return writer_.base(); }
  auto finished() const -> bool;

  struct Shared;

 private:
  void publish(std::optional<std::string_view> appended);

  StreamWriter writer_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace sky::logs
