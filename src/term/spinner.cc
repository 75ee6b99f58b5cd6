#include "term/spinner.h"

#include <array>

#include <fmt/format.h>

#include "term/width.h"

namespace sky::term {
namespace {

constexpr std::array<std::string_view, 10> kFrames = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
constexpr std::string_view kEraseLine = "\r\033[2K";
constexpr size_t kFrameColumns = 2;

}  // namespace

void Spinner::show(std::string_view message, MonoTime now) {
  if (message == message_) return;
  const bool was_active = active();
  message_ = message;
  drawn_at_ = now;
  if (!options_.animated) {
    sink_(fmt::format("{}\n", strip_colors(message)));
    return;
  }
  if (was_active) erase();
  draw();
}

void Spinner::tick(MonoTime now) {
  if (!options_.animated || !active() || now - drawn_at_ < kFrameInterval) return;
  drawn_at_ = now;
  frame_ = (frame_ + 1) % kFrames.size();
  erase();
  draw();
}

void Spinner::print(std::string_view line) {
  const bool redraw = options_.animated && active();
  if (redraw) erase();
  sink_(fmt::format("{}\n", line));
  if (redraw) draw();
}

void Spinner::stop() {
  if (options_.animated && active()) erase();
  message_.clear();
}

void Spinner::draw() {
  // The last column stays free: some terminals wrap as soon as it is written.
  const size_t room = options_.columns > kFrameColumns ? options_.columns - kFrameColumns - 1 : 0;
  sink_(fmt::format("{} {}", options_.paint(Style::kCyan, kFrames[frame_]), truncate_columns(message_, room)));
}

void Spinner::erase() {
  sink_(kEraseLine);
}

}  // namespace sky::term
