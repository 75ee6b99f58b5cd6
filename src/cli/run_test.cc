#include "cli/run.h"

#include <gtest/gtest.h>

#include "cli/fake_environment_test.h"

namespace sky::cli {
namespace {

auto run(FakeCliEnvironment& env, const std::vector<std::string>& args) -> int {
  return run_cli(args, env);
}

TEST(RunCli, Version_PrintsAsTheOriginal) {
  FakeCliEnvironment env;
  EXPECT_EQ(run(env, {"--version"}), 0);
  EXPECT_EQ(env.out(), "skypilot, version 0.1.0\n");
}

TEST(RunCli, Help_ListsTheOriginalsCommandsInItsOrderThenOurs) {
  FakeCliEnvironment env;
  EXPECT_EQ(run(env, {"--help"}), 0);
  EXPECT_EQ(env.out(), R"(Usage: sky [OPTIONS] COMMAND [ARGS]...

Options:
  --install-shell-completion [bash|zsh|fish|auto]
                                  Install shell completion for the specified
                                  shell.
  --uninstall-shell-completion [bash|zsh|fish|auto]
                                  Uninstall shell completion for the specified
                                  shell.
  -v, --version                   Show the version and exit.
  -c, --commit                    Show the commit hash and exit
  -h, --help                      Show this message and exit.

Commands:
  launch       Launch a cluster or task.
  exec         Execute a task or command on an existing cluster.
  status       Show clusters.
  cost-report  Show estimated costs for launched clusters.
  queue        Show the job queue for cluster(s).
  logs         Tail the log of a job.
  cancel       Cancel job(s).
  stop         Stop cluster(s).
  autostop     Schedule an autostop or autodown for cluster(s).
  start        Restart cluster(s).
  down         Tear down cluster(s).
  check        Check which clouds are available to use.
  gpus         SkyPilot GPU/Accelerator CLI.
  storage      SkyPilot Storage CLI.
  volumes      SkyPilot Volumes CLI.
  jobs         Managed Jobs CLI (jobs with auto-recovery).
  dashboard    Opens the SkyPilot dashboard.
  serve        SkyServe CLI (multi-region, multi-cloud serving).
  api          SkyPilot API server commands.
  workspace    Per-user workspace commands.
  ssh          Commands for managing SSH Node Pools.
  debug-dump   Create a debug dump for troubleshooting.
  task         Show, check and describe task files.
  catalog      Show and update the catalogs of machines and prices.
)");
}

TEST(RunCli, NoWords_IsHelp) {
  FakeCliEnvironment bare;
  FakeCliEnvironment help;
  EXPECT_EQ(run(bare, {}), 0);
  EXPECT_EQ(run(help, {"-h"}), 0);
  EXPECT_EQ(bare.out(), help.out());
}

TEST(RunCli, CommandWithoutHandler_SaysSoAndFails) {
  FakeCliEnvironment env;
  EXPECT_EQ(run(env, {"serve", "up", "x.yaml"}), 1);
  EXPECT_EQ(env.out(), "");
  EXPECT_EQ(env.err(), "Error: 'sky serve up' is not available in this version of sky yet.\n");
}

TEST(RunCli, WrongCommandLine_UsageOnStandardErrorAndExit2) {
  FakeCliEnvironment env;
  EXPECT_EQ(run(env, {"launch", "--num-nodes", "x"}), 2);
  EXPECT_EQ(env.out(), "");
  EXPECT_EQ(env.err(),
            "Usage: sky launch [OPTIONS] [ENTRYPOINT]...\n"
            "Try 'sky launch -h' for help.\n"
            "\n"
            "Error: Invalid value for '--num-nodes': 'x' is not a valid integer.\n");
}

}  // namespace
}  // namespace sky::cli
