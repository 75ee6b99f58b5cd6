#include "cli/task_input.h"

#include <gtest/gtest.h>

#include "cli/commands/commands.h"
#include "cli/fake_environment_test.h"
#include "cli/parse.h"

namespace sky::cli {
namespace {

// A command line, and the task that it makes.
struct Loader {
  FakeCliEnvironment env;

  Loader() {
    env.variables = {{"HOME", "/home/alice"}, {"SKYPILOT_USER_ID", "0a1b2c3d"}, {"HERE", "from-here"}};
    env.directory = "/data";
  }
  auto load(const std::vector<std::string>& args, TaskUse use = TaskUse::kLaunch) -> Result<Task> {
    const auto invocation = parse_command_line(kRootCommand, args, env);
    if (!invocation.ok()) return invocation.error();
    SKY_TRY(const std::unique_ptr<Session> session, Session::open(*invocation));
    return load_task(*session, invocation->arguments("entrypoint"), use);
  }
};

TEST(LoadTask, Command_IsNamedAsTheOriginalNamesIt) {
  Loader loader;
  const auto task = loader.load({"launch", "echo", "hi"});
  EXPECT_EQ(task->name, "sky-cmd");
  EXPECT_EQ(task->run, "echo hi");
  EXPECT_EQ(loader.load({"launch", "-n", "own", "echo"})->name, "own");
}

TEST(LoadTask, NoEntrypoint_IsATaskWithoutRun) {
  Loader loader;
  EXPECT_EQ(loader.load({"launch"})->run, std::nullopt);
  EXPECT_EQ(loader.env.out(), "");
}

TEST(LoadTask, Paths_BecomeAbsolute) {
  Loader loader;
  loader.env.files = {{"t.yaml", "workdir: src\nfile_mounts:\n  /data: ./d\n  /home: ~/h\n  /b: s3://bucket\n"},
                      {"/data/d", ""},
                      {"/home/alice/h", ""}};
  loader.env.directories = {"/data/src"};
  const auto task = loader.load({"launch", "t.yaml"});
  ASSERT_TRUE(task.ok()) << task.error().message;
  EXPECT_EQ(std::get<std::string>(task->workdir), "/data/src");
  const TextPairs expected = {{"/data", "/data/d"}, {"/home", "/home/alice/h"}, {"/b", "s3://bucket"}};
  for (const auto& [target, source] : task->file_mounts) {
    EXPECT_EQ(std::ranges::count(expected, std::pair(target, source)), 1) << target << " " << source;
  }
}

TEST(LoadTask, Variables_FollowTheOriginalsPrecedence) {
  Loader loader;
  loader.env.files = {{"t.yaml", "envs: {A: file, B: file, C: file}\nrun: x\n"},
                      {"e.env", "A=dotenv\nB=dotenv\n"},
                      {"s.env", "B=secretfile\n"}};
  const auto task = loader.load(
      {"launch", "--env-file", "e.env", "--secret-file", "s.env", "--env", "A=flag", "--env", "HERE", "t.yaml"});
  ASSERT_TRUE(task.ok()) << task.error().message;
  const auto env_of = [&](std::string_view name) {
    const auto found = std::ranges::find(task->envs, name, [](const auto& one) { return one.first; });
    return found == task->envs.end() ? std::string("?") : found->second;
  };
  EXPECT_EQ(env_of("A"), "flag");
  EXPECT_EQ(env_of("B"), "dotenv");
  EXPECT_EQ(env_of("C"), "file");
  EXPECT_EQ(env_of("HERE"), "from-here");
  const auto secret = std::ranges::find(task->secrets, "B", [](const auto& one) { return one.first; });
  ASSERT_NE(secret, task->secrets.end());
  EXPECT_EQ(secret->second.reveal(), "secretfile");
}

TEST(LoadTask, GitUrlAndWorkdir_ExcludeEachOther) {
  Loader loader;
  loader.env.directories = {"d"};
  const auto task = loader.load({"launch", "--git-url", "https://x/y", "--workdir", "d", "true"});
  ASSERT_FALSE(task.ok());
  EXPECT_EQ(task.error().message, "Cannot specify both --git-url and --workdir");
}

TEST(LoadTask, ConfigFlags_ReachTheTask) {
  Loader loader;
  const auto task = loader.load({"launch", "--config", "kubernetes.provision_timeout=9", "true"});
  ASSERT_TRUE(task.ok()) << task.error().message;
  ASSERT_TRUE(task->resources.candidates.front().config_overrides.has_value());
  EXPECT_EQ(to_json_text(*task->resources.candidates.front().config_overrides),
            R"({"kubernetes":{"provision_timeout":9}})");
}

}  // namespace
}  // namespace sky::cli
