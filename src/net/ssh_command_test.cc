#include "net/ssh_command.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace sky::net {
namespace {

auto contains(const std::vector<std::string>& argv, std::string_view what) -> bool {
  return std::ranges::find(argv, what) != argv.end();
}

TEST(SshConfigText, UsersFilesComeFirstAndDefaultsLast) {
  const SshTarget target{.host = "box", .default_user = "ada", .default_identity_file = "/k k"};
  EXPECT_EQ(ssh_config_text({.home = "/h",
                             .includes = {"/h/.ssh/config", "/etc/ssh/ssh_config"},
                             .identity_files = {"/h/.ssh/id_ed25519"}},
                            target),
            "# Written by sky-server; changes are lost.\n"
            "Include \"/h/.ssh/config\"\n"
            "Include \"/etc/ssh/ssh_config\"\n"
            "Host box\n"
            "  User ada\n"
            "  IdentityFile \"/k k\"\n"
            "Host *\n"
            "  StrictHostKeyChecking accept-new\n"
            "  UserKnownHostsFile \"/h/.ssh/known_hosts\"\n"
            "  IdentityFile \"/h/.ssh/id_ed25519\"\n");
}

TEST(MasterArgv, PasswordIsNeverOnTheCommandLine) {
  const auto argv =
      master_argv({.host = "box", .user = "root", .port = 2222, .password = Secret("opensesame")}, "/c", "/s", 10);
  EXPECT_TRUE(contains(argv, "ControlMaster=yes"));
  EXPECT_TRUE(contains(argv, "root"));
  EXPECT_TRUE(contains(argv, "2222"));
  for (const std::string& arg : argv) EXPECT_EQ(arg.find("opensesame"), std::string::npos);
  const auto end = std::ranges::find(argv, "--");
  ASSERT_NE(end, argv.end());
  EXPECT_EQ(*(end + 1), "box");
}

TEST(SessionArgv, LostConnection_IsNotDialledAgain) {
  const auto argv = session_argv({.host = "box"}, "/s", {.check = {}, .command = "exec true"});
  EXPECT_TRUE(contains(argv, "ProxyCommand=false"));
  EXPECT_TRUE(contains(argv, "ControlMaster=no"));
}

TEST(MarkedCommand, MarkComesBetweenCheckAndCommand) {
  EXPECT_EQ(marked_command({.check = "[ -e x ] || exit 7;", .command = "exec cat"}),
            "exec sh -c '[ -e x ] || exit 7; echo =sky-ssh-begin=; exec cat'");
}

TEST(ParseResolved, JumpHosts_BecomeAProxyCommand) {
  const SshResolved direct =
      parse_resolved("host box\nuser ada\nhostname 10.0.0.1\nport 2222\nidentityfile ~/.ssh/a\n");
  EXPECT_EQ(direct.host, "10.0.0.1");
  EXPECT_EQ(direct.user, "ada");
  EXPECT_EQ(direct.port, 2222);
  EXPECT_EQ(direct.identity_files, std::vector<std::string>{"~/.ssh/a"});
  EXPECT_EQ(direct.proxy_command, "");
  EXPECT_EQ(parse_resolved("proxyjump ada@gate:2022\n").proxy_command, "ssh -W [%h]:%p ssh://ada@gate:2022");
  EXPECT_EQ(parse_resolved("proxyjump a,b\n").proxy_command, "ssh -J a -W [%h]:%p ssh://b");
  EXPECT_EQ(parse_resolved("proxycommand nc %h %p\n").proxy_command, "nc %h %p");
}

TEST(SshTargetText, LeavesOutWhatIsNotGiven) {
  EXPECT_EQ(to_string(SshTarget{.host = "h"}), "h");
  EXPECT_EQ(to_string(SshTarget{.host = "h", .user = "u", .port = 22}), "u@h:22");
}

}  // namespace
}  // namespace sky::net
