#include "term/style.h"

#include <gtest/gtest.h>

#include "term/tree.h"

namespace sky::term {
namespace {

TEST(WantsColor, Terminal_DependsOnIt) {
  EXPECT_TRUE(wants_color({.is_terminal = true}));
  EXPECT_FALSE(wants_color({.is_terminal = false}));
}

TEST(WantsColor, NoColor_WinsOverEverything) {
  EXPECT_FALSE(wants_color({.is_terminal = true, .no_color = "1", .force_color = "1"}));
  EXPECT_TRUE(wants_color({.is_terminal = true, .no_color = ""}));
}

TEST(WantsColor, DumbTerminal_HasNone) {
  EXPECT_FALSE(wants_color({.is_terminal = true, .term = "dumb"}));
  EXPECT_TRUE(wants_color({.is_terminal = true, .term = "xterm"}));
}

TEST(WantsColor, ForceColor_ColoursFiles) {
  EXPECT_TRUE(wants_color({.is_terminal = false, .force_color = "1"}));
  EXPECT_FALSE(wants_color({.is_terminal = false, .force_color = "0"}));
}

TEST(Paint, Disabled_LeavesTextAlone) {
  EXPECT_EQ(Paint(false)(Style::kGreen, "UP"), "UP");
}

TEST(Paint, Enabled_WrapsText) {
  EXPECT_EQ(Paint(true)(Style::kGreen, "UP"), "\033[32mUP\033[0m");
  EXPECT_EQ(Paint(true)(Style::kBoldCyan, "Clusters"), "\033[36m\033[1mClusters\033[0m");
  EXPECT_EQ(Paint(true)(Style::kPlain, "x"), "x");
  EXPECT_EQ(Paint(true)(Style::kGreen, ""), "");
}

TEST(StripColors, PaintedText_IsPlainAgain) {
  EXPECT_EQ(strip_colors(Paint(true)(Style::kBoldBlue, "8080") + ": x"), "8080: x");
  EXPECT_EQ(strip_colors("\033[2K\033[x"), "\033[2K\033[x");
  EXPECT_EQ(strip_colors("end\033["), "end\033[");
}

TEST(Branch, LastAndOther_DifferInSymbol) {
  EXPECT_EQ(branch(Paint(false), false), "├── ");
  EXPECT_EQ(branch(Paint(true), true), "\033[2m└── \033[0m");
}

}  // namespace
}  // namespace sky::term
