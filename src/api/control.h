// Control lines of the stock client's log streams: one line each, in band,
//   <sky-payload>"<rich_init>[bold cyan]Launching[/]</rich_init>"</sky-payload>
// Source: sky/utils/rich_utils.py, sky/utils/message_utils.py of skypilot 0.14.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sky::api {

enum class Control { kInit, kStart, kUpdate, kStop, kExit, kHeartbeat, kRetry };

// With its newline. `text` is shown by init, start and update; it may hold rich markup.
auto control_line(Control control, std::string_view text = {}) -> std::string;

struct ControlLine {
  Control control = Control::kHeartbeat;
  std::string text;
};
// Reads one line, with or without newline; nullopt when it is not exactly a control line.
auto parse_control_line(std::string_view line) -> std::optional<ControlLine>;

// Removes control lines from a stream whose bytes come in any pieces, for format=plain. A partial line at the end of a
// piece is held back only while it could still become a control line.
class ControlStripper {
 public:
  auto feed(std::string_view bytes) -> std::string;
  // What was held back at the end of the stream.
  auto finish() -> std::string;

 private:
  std::string held_;
  bool at_line_start_ = true;
};

}  // namespace sky::api
