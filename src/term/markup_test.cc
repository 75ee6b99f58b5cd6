#include "term/markup.h"

#include <gtest/gtest.h>

namespace sky::term {
namespace {

auto plain(std::string_view text) -> std::string {
  return render_markup(text, Paint(false));
}
auto coloured(std::string_view text) -> std::string {
  return render_markup(text, Paint(true));
}

TEST(RenderMarkup, Tags_BecomeColours) {
  EXPECT_EQ(coloured("[bold cyan]Launching[/]  [dim]View logs[/dim]"),
            "\033[1m\033[36mLaunching\033[0m  \033[2mView logs\033[0m");
}

TEST(RenderMarkup, ColoursOff_TagsVanish) {
  EXPECT_EQ(plain("[bold cyan]Launching[/]  [dim]View logs[/dim]"), "Launching  View logs");
}

TEST(RenderMarkup, NestedTags_OuterStyleComesBack) {
  EXPECT_EQ(coloured("[dim]a [bold]b[/bold] c[/]"), "\033[2ma \033[1mb\033[0m\033[2m c\033[0m");
}

TEST(RenderMarkup, OpenAtTheEnd_IsClosed) {
  EXPECT_EQ(coloured("[green]x"), "\033[32mx\033[0m");
}

TEST(RenderMarkup, OtherBrackets_StayAsTheyAre) {
  for (const char* text : {"1x[H100:8]", "1x[spot](gpus=1)", "[", "a]", "[]", "x[bold", "[bold cyanide]", "[/spot]"}) {
    EXPECT_EQ(plain(text), text);
    EXPECT_EQ(coloured(text), text);
  }
}

TEST(RenderMarkup, EscapedBracket_IsPlain) {
  EXPECT_EQ(plain("\\[bold]x"), "[bold]x");
}

TEST(RenderMarkup, CloseWithoutOpen_Vanishes) {
  EXPECT_EQ(coloured("a[/]b"), "ab");
}

}  // namespace
}  // namespace sky::term
