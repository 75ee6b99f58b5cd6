// Logging facade: one line per call to a sink that the program sets once at start. Modules never know where lines go.
//
//   log_info("cluster", "launch {} attempt {}", name, attempt);
//
// Lines are `2026-11-25T10:00:00.123Z INFO cluster: text`. Thread-safe. Values of type Secret print as <redacted>.
#pragma once

#include <functional>
#include <string_view>

#include <fmt/format.h>

namespace sky {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogSink = std::function<void(std::string_view line)>;

// Replaces the sink; the default one writes nothing. Not thread-safe: call before threads start.
void set_log_sink(LogSink sink, LogLevel minimum);
auto log_enabled(LogLevel level) -> bool;
void log_write(LogLevel level, std::string_view area, std::string_view text);

template <class... Args>
void log_at(LogLevel level, std::string_view area, fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(level)) log_write(level, area, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_debug(std::string_view area, fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::kDebug, area, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_info(std::string_view area, fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::kInfo, area, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_warning(std::string_view area, fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::kWarning, area, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_error(std::string_view area, fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::kError, area, format, std::forward<Args>(args)...);
}

}  // namespace sky
