#include "api/control.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "format/json.h"

namespace sky::api {
namespace {

constexpr std::string_view kOpen = "<sky-payload>";
constexpr std::string_view kClose = "</sky-payload>";
// A line longer than this is output, whatever it starts with: spinner texts are short.
constexpr size_t kControlLineSizeMaxBytes = 16384;

constexpr std::array<std::string_view, 7> kWords = {"rich_init", "rich_start", "rich_update", "rich_stop",
                                                    "rich_exit", "heartbeat",  "retry"};

auto word_of(Control control) -> std::string_view {
  return kWords[static_cast<size_t>(control)];
}

}  // namespace

auto control_line(Control control, std::string_view text) -> std::string {
  const std::string tagged = fmt::format("<{0}>{1}</{0}>", word_of(control), text);
  return fmt::format("{}{}{}\n", kOpen, to_json_text(Json(tagged), JsonStyle::kPython), kClose);
}

auto parse_control_line(std::string_view line) -> std::optional<ControlLine> {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (!line.starts_with(kOpen) || !line.ends_with(kClose) || line.size() < kOpen.size() + kClose.size()) {
    return std::nullopt;
  }
  line.remove_prefix(kOpen.size());
  line.remove_suffix(kClose.size());
  const Result<Json> json = parse_json(line);
  if (!json.ok() || !json->is_string()) return std::nullopt;
  const std::string_view tagged = json->get_string();
  for (size_t i = 0; i < kWords.size(); ++i) {
    const std::string open = fmt::format("<{}>", kWords[i]);
    const std::string close = fmt::format("</{}>", kWords[i]);
    if (tagged.size() < open.size() + close.size() || !tagged.starts_with(open) || !tagged.ends_with(close)) continue;
    return ControlLine{.control = static_cast<Control>(i),
                       .text = std::string(tagged.substr(open.size(), tagged.size() - open.size() - close.size()))};
  }
  return std::nullopt;
}

auto ControlStripper::feed(std::string_view bytes) -> std::string {
  std::string out;
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end == std::string_view::npos ? bytes.size() : end + 1);
    bytes.remove_prefix(piece.size());
    if (!at_line_start_) {
      out += piece;
      at_line_start_ = piece.ends_with('\n');
      continue;
    }
    held_ += piece;
    if (held_.ends_with('\n')) {
      if (!parse_control_line(held_).has_value()) out += held_;
      held_.clear();
      continue;
    }
    const size_t compared = std::min(held_.size(), kOpen.size());
    if (held_.size() > kControlLineSizeMaxBytes || held_.substr(0, compared) != kOpen.substr(0, compared)) {
      out += std::exchange(held_, {});
      at_line_start_ = false;
    }
  }
  return out;
}

auto ControlStripper::finish() -> std::string {
  return std::exchange(held_, {});
}

}  // namespace sky::api
