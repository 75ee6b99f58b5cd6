#include "client/identity.h"

#include <gtest/gtest.h>

#include "os/temp_dir.h"

namespace sky::client {
namespace {

TEST(Identity, FirstUse_MakesAnIdThatStays) {
  auto home = os::TempDir::make();
  ASSERT_TRUE(home.ok());
  const auto first = load_identity(home->path(), {{"SKYPILOT_USER", "ada"}}, 0x1a2b3c4d);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->user_id, "1a2b3c4d");
  EXPECT_EQ(first->user_name, "ada");
  EXPECT_EQ(load_identity(home->path(), {}, 7)->user_id, "1a2b3c4d");
  EXPECT_EQ(load_identity(home->path(), {{"SKYPILOT_USER_ID", "cafe0001"}}, 7)->user_id, "cafe0001");
}

TEST(Identity, DamagedFile_IsReplaced) {
  auto home = os::TempDir::make();
  ASSERT_TRUE(home.ok());
  ASSERT_TRUE(os::make_dirs(home->file(".sky")).ok());
  ASSERT_TRUE(os::write_file_atomic(home->file(".sky/user_hash"), "not hex\n").ok());
  EXPECT_EQ(load_identity(home->path(), {}, 1)->user_id, "00000001");
  EXPECT_EQ(*os::read_file(home->file(".sky/user_hash")), "00000001");
}

TEST(CommandText, Secrets_AreRedacted) {
  EXPECT_EQ(command_text({"/usr/bin/sky", "launch", "--secret", "TOKEN=abc", "-c", "c"}),
            "sky launch --secret 'TOKEN=<redacted>' -c c");
  EXPECT_EQ(command_text({"sky", "launch", "--secret=TOKEN=abc", "echo $X"}),
            "sky launch '--secret=TOKEN=<redacted>' 'echo $X'");
  EXPECT_EQ(command_text({"sky", "launch", "--secret", "TOKEN", "a=b"}), "sky launch --secret TOKEN a=b");
  EXPECT_EQ(command_text({"sky", "api", "login", "--token", "sky_abc"}), "sky api login --token '<redacted>'");
  EXPECT_EQ(command_text({"sky", "launch", "-t", "m6i.large"}), "sky launch -t m6i.large");
  EXPECT_EQ(command_text({"sky", "api", "login", "-t", "sky_abc"}), "sky api login -t '<redacted>'");
}

TEST(RequestBody, LocalServer_GetsCloudVariablesOthersDoNot) {
  Invocation invocation{.argv = {"sky", "status"}, .command = "status"};
  invocation.environment = {{"SKYPILOT_DEBUG", "1"}, {"SKYPILOT_GLOBAL_CONFIG", "x"},
                            {"AWS_PROFILE", "p"},    {"SKYPILOT_SERVER_ROLE", "x"},
                            {"KUBECONFIG", "k"},     {"PATH", "/bin"}};
  const Identity identity{.user_id = "1a2b3c4d", .user_name = "ada"};
  const api::RequestBody local = request_body(identity, invocation);
  EXPECT_EQ(local.env_vars, (std::map<std::string, std::string>{{"SKYPILOT_DEBUG", "1"},
                                                                {"AWS_PROFILE", "p"},
                                                                {"KUBECONFIG", "k"},
                                                                {"SKYPILOT_USER", "ada"},
                                                                {"SKYPILOT_USER_ID", "1a2b3c4d"}}));
  EXPECT_EQ(local.entrypoint, "sky.client.cli.command.status");
  EXPECT_FALSE(local.using_remote_api_server);
  invocation.local = false;
  const api::RequestBody remote = request_body(identity, invocation);
  EXPECT_FALSE(remote.env_vars.contains("AWS_PROFILE"));
  EXPECT_TRUE(remote.using_remote_api_server);
}

}  // namespace
}  // namespace sky::client
