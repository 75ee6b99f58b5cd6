#include "term/spinner.h"

#include <gtest/gtest.h>

namespace sky::term {
namespace {

using std::chrono::milliseconds;

struct Screen {
  std::string bytes;
  auto sink() -> Sink {
    return [this](std::string_view text) { bytes += text; };
  }
  auto take() -> std::string { return std::exchange(bytes, ""); }
};

constexpr MonoTime kStart{};

TEST(Spinner, NoTerminal_PrintsEachMessageOnce) {
  Screen screen;
  Spinner spinner(screen.sink(), {.animated = false});
  spinner.show("Launching", kStart);
  spinner.show("Launching", kStart + milliseconds{500});
  spinner.tick(kStart + milliseconds{900});
  spinner.show("\033[1mSyncing\033[0m", kStart + milliseconds{950});
  spinner.stop();
  EXPECT_EQ(screen.bytes, "Launching\nSyncing\n");
}

TEST(Spinner, Terminal_RedrawsWhenAFrameIsDue) {
  Screen screen;
  Spinner spinner(screen.sink(), {.animated = true});
  spinner.show("Launching", kStart);
  EXPECT_EQ(screen.take(), "⠋ Launching");
  spinner.tick(kStart + milliseconds{79});
  EXPECT_EQ(screen.take(), "");
  spinner.tick(kStart + milliseconds{80});
  EXPECT_EQ(screen.take(), "\r\033[2K⠙ Launching");
  spinner.show("Syncing", kStart + milliseconds{81});
  EXPECT_EQ(screen.take(), "\r\033[2K⠙ Syncing");
}

TEST(Spinner, LinePrinted_GoesAboveTheSpinner) {
  Screen screen;
  Spinner spinner(screen.sink(), {.animated = true});
  spinner.show("Launching", kStart);
  screen.take();
  spinner.print("✓ done");
  EXPECT_EQ(screen.take(), "\r\033[2K✓ done\n⠋ Launching");
  spinner.stop();
  spinner.print("bye");
  EXPECT_EQ(screen.take(), "\r\033[2Kbye\n");
}

TEST(Spinner, Destroyed_LeavesNoHalfLine) {
  Screen screen;
  {
    Spinner spinner(screen.sink(), {.animated = true});
    spinner.show("Launching", kStart);
    screen.take();
  }
  EXPECT_EQ(screen.bytes, "\r\033[2K");
}

TEST(Spinner, NarrowTerminal_CutsTheMessageToOneLine) {
  Screen screen;
  Spinner spinner(screen.sink(), {.animated = true, .columns = 12});
  spinner.show("Launching on kubernetes", kStart);
  EXPECT_EQ(screen.take(), "⠋ Launch...");
}

TEST(Spinner, Painted_MessageKeepsItsOwnColours) {
  Screen screen;
  Spinner spinner(screen.sink(), {.animated = true, .paint = Paint(true)});
  spinner.show("\033[1mGo\033[0m", kStart);
  EXPECT_EQ(screen.take(), "\033[36m⠋\033[0m \033[1mGo\033[0m");
}

}  // namespace
}  // namespace sky::term
