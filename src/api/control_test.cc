#include "api/control.h"

#include <gtest/gtest.h>

namespace sky::api {
namespace {

TEST(Control, Lines_HaveTheExactForm) {
  EXPECT_EQ(control_line(Control::kInit, "[bold cyan]Launching[/]"),
            "<sky-payload>\"<rich_init>[bold cyan]Launching[/]</rich_init>\"</sky-payload>\n");
  EXPECT_EQ(control_line(Control::kHeartbeat), "<sky-payload>\"<heartbeat></heartbeat>\"</sky-payload>\n");
  EXPECT_EQ(control_line(Control::kUpdate, "\xe2\x9c\x93 \"x\""),
            "<sky-payload>\"<rich_update>\\u2713 \\\"x\\\"</rich_update>\"</sky-payload>\n");
}

TEST(Control, EachKind_ReadsBack) {
  for (const Control control : {Control::kInit, Control::kStart, Control::kUpdate, Control::kStop, Control::kExit,
                                Control::kHeartbeat, Control::kRetry}) {
    const auto line = parse_control_line(control_line(control, "a</x> \"b\""));
    ASSERT_TRUE(line.has_value());
    EXPECT_EQ(line->control, control);
    EXPECT_EQ(line->text, "a</x> \"b\"");
  }
}

TEST(Control, OtherLines_AreNoControlLines) {
  for (const char* line : {"", "hello\n", "<sky-payload>x</sky-payload>\n", "<sky-payload>\"<a>b</a>\"</sky-payload>\n",
                           " <sky-payload>\"<retry></retry>\"</sky-payload>\n", "<sky-payload></sky-payload>"}) {
    EXPECT_FALSE(parse_control_line(line).has_value()) << line;
  }
}

TEST(ControlStripper, AnyPieces_LeaveTheSameText) {
  const std::string stream = "a\n" + control_line(Control::kInit, "x") + "<sky-pay\nb " + control_line(Control::kStop) +
                             control_line(Control::kExit) + "\nlast";
  const std::string expected = "a\n<sky-pay\nb " + control_line(Control::kStop) + "\nlast";
  for (size_t piece = 1; piece <= stream.size(); ++piece) {
    ControlStripper stripper;
    std::string out;
    for (size_t at = 0; at < stream.size(); at += piece) out += stripper.feed(stream.substr(at, piece));
    out += stripper.finish();
    EXPECT_EQ(out, expected) << piece;
  }
}

TEST(ControlStripper, OrdinaryText_PassesAtOnce) {
  ControlStripper stripper;
  EXPECT_EQ(stripper.feed("no newline yet"), "no newline yet");
  EXPECT_EQ(stripper.feed("<sky-payload>"), "<sky-payload>");
}

TEST(ControlStripper, EndlessControlStart_IsGivenUp) {
  ControlStripper stripper;
  const std::string text = "<sky-payload>" + std::string(20000, 'x');
  EXPECT_EQ(stripper.feed(text), text);
}

}  // namespace
}  // namespace sky::api
