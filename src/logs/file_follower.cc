#include "logs/file_follower.h"

#include "async/run_on.h"

namespace sky::logs {

// The end is asked for before the bytes: bytes written before the end mark are then never missed.
auto FileFollower::look(StreamReader& reader, std::uint64_t offset, size_t bytes_max) -> Result<Found> {
  Found found;
  SKY_TRY(found.end, reader.end());
  SKY_CHECK(reader.refresh());
  SKY_TRY(found.bytes, reader.read(offset, bytes_max));
  return found;
}

auto FileFollower::read(size_t bytes_max) -> async::Task<Result<std::optional<std::string>>> {
  for (;;) {
    const std::optional<StreamEnd> given = given_end_;
    const auto look_now = [this, bytes_max] { return look(reader_, offset_, bytes_max); };
    SKY_CO_TRY(Found found, co_await async::run_on(look_now));
    if (!found.bytes.empty()) {
      offset_ += found.bytes.size();
      co_return std::optional(std::move(found.bytes));
    }
    if (found.end || given) {
      end_ = found.end ? found.end : given;
      co_return std::optional<std::string>();
    }
    SKY_CO_CHECK(co_await async::sleep_for(poll_every_));
  }
}

}  // namespace sky::logs
