#include "cli/client_config.h"

#include <gtest/gtest.h>

#include "cli/commands/commands.h"
#include "cli/fake_environment_test.h"
#include "cli/parse.h"

namespace sky::cli {
namespace {

auto make_env() -> FakeCliEnvironment {
  FakeCliEnvironment env;
  env.variables = {{"HOME", "/home/alice"}};
  env.directory = "/home/alice/dir";
  return env;
}

auto load(FakeCliEnvironment& env, const std::vector<std::string>& args) -> Result<ClientConfig> {
  const auto invocation = parse_command_line(kRootCommand, args, env);
  if (!invocation.ok()) return invocation.error();
  return load_client_config(*invocation);
}

TEST(AbsolutePath, Forms_AreResolvedWithoutTheDisk) {
  const FakeCliEnvironment env = make_env();
  EXPECT_EQ(absolute_path(env, "."), "/home/alice/dir");
  EXPECT_EQ(absolute_path(env, "a/../b/./c/"), "/home/alice/dir/b/c");
  EXPECT_EQ(absolute_path(env, "../../../x"), "/x");
  EXPECT_EQ(absolute_path(env, "~"), "/home/alice");
  EXPECT_EQ(absolute_path(env, "~/x"), "/home/alice/x");
  EXPECT_EQ(absolute_path(env, "~other"), "/home/alice/dir/~other");
  EXPECT_EQ(absolute_path(env, "/a//b"), "/a/b");
}

TEST(LoadClientConfig, Layers_LaterOnesWin) {
  FakeCliEnvironment env = make_env();
  env.files["/home/alice/.sky/config.yaml"] = "active_workspace: user\nprovision:\n  install_conda: true\n";
  env.files["/home/alice/dir/.sky.yaml"] = "active_workspace: project\n";
  EXPECT_EQ(load(env, {"status"})->merged.get_string("active_workspace"), "project");
  const auto flagged = load(env, {"status", "--config", "active_workspace=flag"});
  EXPECT_EQ(flagged->merged.get_string("active_workspace"), "flag");
  EXPECT_EQ(flagged->merged.get_bool("provision.install_conda"), true);
  EXPECT_EQ(to_json_text(flagged->flags), R"({"active_workspace":"flag"})");
  EXPECT_EQ(load(env, {"launch", "-w", "short"})->merged.get_string("active_workspace"), "short");
}

TEST(LoadClientConfig, NoFiles_IsEmpty) {
  FakeCliEnvironment env = make_env();
  EXPECT_TRUE(load(env, {"status"})->merged.root().empty());
  EXPECT_EQ(load(env, {"status"})->user_path, "/home/alice/.sky/config.yaml");
}

TEST(SaveEndpoint, OtherSettings_Stay) {
  FakeCliEnvironment env = make_env();
  const std::string path = "/home/alice/.sky/config.yaml";
  env.files[path] = "active_workspace: w\n";
  ASSERT_TRUE(save_endpoint(env, "http://h:1", std::nullopt).ok());
  EXPECT_EQ(env.files[path], "active_workspace: w\napi_server:\n  endpoint: http://h:1\n");
  ASSERT_TRUE(save_endpoint(env, std::nullopt, std::nullopt).ok());
  EXPECT_EQ(env.files[path], "active_workspace: w\n");
}

TEST(SaveEndpoint, NothingToRemove_MakesNoFile) {
  FakeCliEnvironment env = make_env();
  ASSERT_TRUE(save_endpoint(env, std::nullopt, std::nullopt).ok());
  EXPECT_TRUE(env.files.empty());
}

}  // namespace
}  // namespace sky::cli
