// The progress line of a command that waits. A state machine: the owner tells it the time and what is going on, it
// writes to a sink. On a terminal it is one line that is redrawn in place; elsewhere each new message is one plain
// line, printed once, so that CI logs stay readable.
//
//   Spinner spinner(sink, {.animated = facts.is_terminal, .paint = paint});
//   spinner.show("Launching", now);   // draws
//   spinner.tick(now);                // redraws when the next frame is due
//   spinner.print("✓ Cluster launched.");  // a line of its own, above the spinner
//   spinner.stop();
//
// Not thread-safe. The destructor stops it, so that no half line is left behind.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "term/style.h"

namespace sky::term {

// Receives the bytes to write; must outlive the spinner.
using Sink = std::function<void(std::string_view bytes)>;

struct SpinnerOptions {
  bool animated = false;
  Paint paint = Paint();  // of the turning symbol
  size_t columns = 80;    // a longer message is cut, because a wrapped line cannot be redrawn
};

class Spinner {
 public:
  static constexpr Duration kFrameInterval = std::chrono::milliseconds(80);

  Spinner(Sink sink, SpinnerOptions options) : sink_(std::move(sink)), options_(options) {}
  ~Spinner() { stop(); }
  Spinner(const Spinner&) = delete;
  auto operator=(const Spinner&) -> Spinner& = delete;

  // Starts, or changes the message, which is shown in the caller's colours. The same message again does nothing.
  void show(std::string_view message, MonoTime now);
  // Redraws when kFrameInterval has passed since the last drawing.
  void tick(MonoTime now);
  // Writes a full line; a visible spinner moves below it.
  void print(std::string_view line);
  // Removes the line. May be shown again.
  void stop();

  auto active() const -> bool { return !message_.empty(); }

 private:
  void draw();
  void erase();

  Sink sink_;
  SpinnerOptions options_;
  std::string message_;
  MonoTime drawn_at_;
  size_t frame_ = 0;
};

}  // namespace sky::term
