// Two clocks and one duration. Wall time is what users see and what is stored; monotonic time is what waits are made
// of. Reading either goes through async::Loop, so that tests and the simulator own time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace sky {

using Duration = std::chrono::nanoseconds;
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

// Seconds since the epoch with fraction, the form of every time in the REST shapes.
inline auto to_epoch_seconds(WallTime time) -> double {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}
inline auto from_epoch_seconds(double seconds) -> WallTime {
  return WallTime(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds)));
}
inline auto to_seconds(Duration duration) -> double {
  return std::chrono::duration<double>(duration).count();
}

// "2026-11-25 10:00:00 UTC"
auto format_utc(double epoch_seconds) -> std::string;

// The latest moment at which a call may still be waiting. kNever waits for ever and is for calls that end with their
// owner (log followers), never for calls that leave the process without a further bound.
struct Deadline {
  MonoTime at = MonoTime::max();

  static auto after(MonoTime now, Duration span) -> Deadline { return {now + span}; }
  static auto never() -> Deadline { return {}; }
  auto is_never() const -> bool { return at == MonoTime::max(); }
};

}  // namespace sky
