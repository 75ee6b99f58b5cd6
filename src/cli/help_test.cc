#include "cli/help.h"

#include <gtest/gtest.h>

#include "cli/commands/commands.h"
#include "cli/markdown.h"
#include "cli/wrap.h"

namespace sky::cli {
namespace {

TEST(Wrap, Words_FillLinesAndBreakAfterHyphens) {
  EXPECT_EQ(wrap("one two  three", {.width = 8}), "one two\nthree");
  EXPECT_EQ(wrap("a context-name b", {.width = 11}), "a context-\nname b");
  EXPECT_EQ(wrap("set --no-setup", {.width = 9}), "set --no-\nsetup");
  EXPECT_EQ(wrap("since 2026-01-13", {.width = 12}), "since\n2026-01-13");
  EXPECT_EQ(wrap("", {}), "");
}

TEST(Wrap, Indents_CountAsWidth) {
  EXPECT_EQ(wrap("aa bb cc", {.width = 7, .first_indent = "- ", .indent = "  "}), "- aa bb\n  cc");
}

TEST(Wrap, LongWord_StandsAlone) {
  EXPECT_EQ(wrap("see https://example.com/x now", {.width = 10}), "see\nhttps://example.com/x\nnow");
}

TEST(HelpWidth, Terminals_AreClampedAsInTheOriginal) {
  EXPECT_EQ(help_width({.columns = 200}), 78U);
  EXPECT_EQ(help_width({.columns = 70}), 68U);
  EXPECT_EQ(help_width({.columns = 20}), 50U);
}

TEST(OptionColumn, AllForms_ShortNamesFirst) {
  EXPECT_EQ(option_column({.names = "--detach-run, -d / -no-d"}), "-d, --detach-run / -no-d");
  EXPECT_EQ(option_column({.names = "--service-account-token, --token, -t", .type = ValueType::kText}),
            "-t, --service-account-token, --token TEXT");
  EXPECT_EQ(option_column({.names = "--output, -o", .type = ValueType::kChoice, .choices = "table|json"}),
            "-o, --output [table|json]");
}

TEST(ParseMarkdown, Blocks_AreToldApart) {
  const auto blocks = parse_markdown("First\nline.\n\n- one\n- two\n  more\n\n    code\n\n      deeper\n\nEnd.\n");
  ASSERT_EQ(blocks.size(), 5U);
  EXPECT_EQ(blocks[0].text, "First line.");
  EXPECT_EQ(blocks[1].text, "one");
  EXPECT_EQ(blocks[2].text, "two more");
  EXPECT_EQ(blocks[3].kind, BlockKind::kCode);
  EXPECT_EQ(blocks[3].text, "code\n\n  deeper");
  EXPECT_EQ(blocks[4].text, "End.");
}

TEST(RenderMarkdown, Items_HangAndCodeIsKept) {
  EXPECT_EQ(render_markdown("Intro:\n\n- aaa bbb ccc\n- ddd\n\n    x  =  1\n", 12, 2),
            "  Intro:\n"
            "\n"
            "  - aaa bbb\n"
            "    ccc\n"
            "  - ddd\n"
            "\n"
            "    x  =  1\n");
}

TEST(RenderHelp, CommandPage_HasTheOriginalsForm) {
  EXPECT_EQ(render_help({&kRootCommand, &kCancelCommand}, {}), R"(Usage: sky cancel [OPTIONS] CLUSTER [JOBS]...

  Cancel job(s).

  Without JOBS the latest running job on the cluster is cancelled. CLUSTER may
  be a glob pattern. Job ids are shown by sky queue CLUSTER.

  Examples:

    # Two jobs.
    sky cancel train 1 2

    # All of your jobs on a cluster.
    sky cancel train -a

    # All jobs of all users.
    sky cancel train -u

    # The latest running job on each matching cluster.
    sky cancel "train-*"

Options:
  --config TEXT         Path to a config file or a single key-value pair. To
                        add multiple key-value pairs add multiple flags (e.g.
                        --config nested.key1=val1 --config nested.key2=val2).
  -a, --all             Cancel all jobs from current user on the specified
                        cluster.
  -u, --all-users       Cancel all jobs on the specified cluster for all
                        users.
  -y, --yes             Skip confirmation prompt.
  --async / --no-async  Run the command asynchronously.
  -h, --help            Show this message and exit.
)");
}

}  // namespace
}  // namespace sky::cli
