#include "cli/invocation.h"

#include <gtest/gtest.h>

#include "cli/commands/commands.h"
#include "cli/fake_environment_test.h"
#include "cli/parse.h"

namespace sky::cli {
namespace {

auto parse(FakeCliEnvironment& env, const std::vector<std::string>& words) -> Invocation {
  auto parsed = parse_command_line(kRootCommand, words, env);
  EXPECT_TRUE(parsed.ok());
  return std::move(parsed).value();
}

TEST(Invocation, Launch_AnswersByKey) {
  FakeCliEnvironment env;
  env.variables = {{"TOKEN", "t=1"}};
  const Invocation inv = parse(env, {"launch", "-dc", "train", "--env", "A=1", "--env", "TOKEN", "--num-nodes", " 1_0 ",
                                     "--no-use-spot", "python", "x.py"});
  EXPECT_EQ(to_string(inv.path()), "sky launch");
  EXPECT_TRUE(inv.flag("detach-run"));
  EXPECT_FALSE(inv.flag("yes"));
  EXPECT_EQ(inv.text("cluster"), "train");
  EXPECT_EQ(inv.text("name"), std::nullopt);
  EXPECT_EQ(inv.texts("env"), (std::vector<std::string>{"A=1", "TOKEN=t=1"}));
  EXPECT_EQ(inv.integer("num-nodes"), 10);
  EXPECT_EQ(inv.integer("disk-size"), std::nullopt);
  EXPECT_EQ(inv.tristate("use-spot"), false);
  EXPECT_EQ(inv.tristate("async"), std::nullopt);
  EXPECT_EQ(inv.arguments("entrypoint"), (std::vector<std::string>{"python", "x.py"}));
}

TEST(Invocation, Defaults_ApplyButAreNotGiven) {
  FakeCliEnvironment env;
  const Invocation logs = parse(env, {"logs", "c"});
  EXPECT_TRUE(logs.flag("follow"));
  EXPECT_EQ(logs.tristate("follow"), std::nullopt);
  EXPECT_EQ(logs.integer("tail"), -1);
  EXPECT_FALSE(logs.given("tail"));
  EXPECT_EQ(logs.argument("cluster"), "c");
  EXPECT_TRUE(logs.arguments("job_ids").empty());
  EXPECT_EQ(parse(env, {"status"}).text("output"), "table");
}

TEST(Invocation, Limit_NoneAndAllAreNoNumber) {
  FakeCliEnvironment env;
  EXPECT_EQ(parse(env, {"api", "status"}).integer("limit"), 50);
  EXPECT_EQ(parse(env, {"api", "status", "-l", "All"}).integer("limit"), std::nullopt);
  EXPECT_EQ(parse(env, {"api", "status", "-l", "7"}).integer("limit"), 7);
}

TEST(Invocation, Number_IsRead) {
  FakeCliEnvironment env;
  EXPECT_EQ(parse(env, {"debug-dump", "--recent-minutes", "1.5"}).number("recent-minutes"), 1.5);
}

TEST(Invocation, BareValue_IsGivenAndEmpty) {
  FakeCliEnvironment env;
  const Invocation inv = parse(env, {"logs", "c", "--hook"});
  EXPECT_TRUE(inv.given("hook"));
  EXPECT_EQ(inv.text("hook"), "");
  EXPECT_FALSE(parse(env, {"logs", "c"}).given("hook"));
}

TEST(Invocation, FailUsage_PrintsTheUsageForm) {
  FakeCliEnvironment env;
  EXPECT_EQ(parse(env, {"jobs", "queue"}).fail_usage("No."), 2);
  EXPECT_EQ(env.err(), "Usage: sky jobs queue [OPTIONS]\nTry 'sky jobs queue -h' for help.\n\nError: No.\n");
}

TEST(Invocation, Fail_PrintsMessageAndHint) {
  FakeCliEnvironment env;
  EXPECT_EQ(parse(env, {"status"}).fail(make_error(ErrorCode::kIo, "It broke.", "Repair it.")), 1);
  EXPECT_EQ(env.err(), "Error: It broke.\n  hint: Repair it.\n");
}

TEST(Invocation, Paint_FollowsTerminalAndVariables) {
  FakeCliEnvironment env;
  EXPECT_FALSE(parse(env, {"status"}).out_paint().enabled());
  env.terminal_facts.out_is_terminal = true;
  EXPECT_TRUE(parse(env, {"status"}).out_paint().enabled());
  EXPECT_FALSE(parse(env, {"status"}).err_paint().enabled());
  env.variables["NO_COLOR"] = "1";
  EXPECT_FALSE(parse(env, {"status"}).out_paint().enabled());
}

TEST(InvocationDeathTest, UnknownKey_IsABug) {
  FakeCliEnvironment env;
  const Invocation inv = parse(env, {"status"});
  EXPECT_DEATH(inv.flag("no-such-option"), "found != options.end");
  EXPECT_DEATH(inv.text("verbose"), "kFlag");
}

}  // namespace
}  // namespace sky::cli
