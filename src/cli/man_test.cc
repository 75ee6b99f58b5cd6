#include "cli/man.h"

#include <gtest/gtest.h>

#include "cli/commands/commands.h"

namespace sky::cli {
namespace {

TEST(RenderManPage, AllShownCommands_HaveASection) {
  const std::string page = render_man_page(kRootCommand);
  EXPECT_TRUE(page.starts_with(".TH SKY 1 "));
  EXPECT_NE(page.find(".SS \"sky launch\"\n.B sky launch [OPTIONS] [ENTRYPOINT]...\n"), std::string::npos);
  EXPECT_NE(page.find(".SS \"sky jobs pool apply\"\n"), std::string::npos);
  EXPECT_EQ(page.find("show\\-gpus"), std::string::npos);
  EXPECT_EQ(page.find("__complete"), std::string::npos);
}

TEST(RenderManPage, Text_IsEscapedForRoff) {
  const std::string page = render_man_page(kRootCommand);
  EXPECT_NE(page.find(".TP\n.B \\-d, \\-\\-detach\\-run / \\-no\\-d\nIf True, as soon as"), std::string::npos);
  EXPECT_NE(page.find("sky launch \\-c train train.yaml\n"), std::string::npos);
}

TEST(RenderManPage, Options_HiddenOnesAreLeftOut) {
  const Option options[] = {{.names = "--seen", .help = ".dot"}, {.names = "--unseen", .hidden = true}};
  const Command command = {.name = "x", .page = "Do x.\n", .options = options};
  const Command* commands[] = {&command};
  const std::string page = render_man_page({.name = "sky", .page = "", .commands = commands});
  EXPECT_NE(page.find("\\-\\-seen\n\\&.dot\n"), std::string::npos);
  EXPECT_EQ(page.find("unseen"), std::string::npos);
}

}  // namespace
}  // namespace sky::cli
