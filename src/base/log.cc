#include "base/log.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>

#include "base/assert.h"

namespace sky {
namespace {

struct SinkState {
  std::mutex mutex;
  LogSink sink;
  LogLevel minimum = LogLevel::kError;
};

auto state() -> SinkState& {
  static SinkState instance;
  return instance;
}

constexpr std::string_view kLevelNames[] = {"DEBUG", "INFO", "WARNING", "ERROR"};

}  // namespace

void set_log_sink(LogSink sink, LogLevel minimum) {
  state().sink = std::move(sink);
  state().minimum = minimum;
}

auto log_enabled(LogLevel level) -> bool {
  return state().sink && level >= state().minimum;
}

void log_write(LogLevel level, std::string_view area, std::string_view text) {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  const std::string line = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z {} {}: {}", utc.tm_year + 1900,
                                       utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, millis,
                                       kLevelNames[static_cast<size_t>(level)], area, text);
  const std::lock_guard lock(state().mutex);
  if (state().sink) state().sink(line);
}

void assert_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  log_write(LogLevel::kError, "assert", fmt::format("{}:{}: {}", file, line, condition));
  std::abort();
}

}  // namespace sky
