#include "client/ssh_config.h"

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::client {
namespace {

auto host(const std::string& name) -> SshHost {
  return {.cluster_name = name,
          .addresses = {"10.0.0.1", "10.0.0.2"},
          .ports = {2222},
          .credentials = {.ssh_user = "ada", .ssh_private_key = "~/.ssh/key"}};
}

class SshConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    auto home = os::TempDir::make();
    ASSERT_TRUE(home.ok());
    home_.emplace(std::move(home).value());
  }
  auto config() -> SshConfig { return SshConfig(home_->path()); }
  auto read(std::string_view name) -> std::string { return os::read_file(home_->file(name)).value_or(std::string()); }
  void write(std::string_view name, std::string_view text, mode_t mode = 0600) {
    ASSERT_TRUE(os::make_dirs(os::parent_dir(home_->file(name))).ok());
    ASSERT_TRUE(os::write_file_atomic(home_->file(name), text, mode).ok());
  }
  std::optional<os::TempDir> home_;
};

TEST_F(SshConfigTest, FirstHost_MakesAllFilesPrivate) {
  ASSERT_TRUE(config().update({host("train")}, {}).ok());
  EXPECT_TRUE(read(".ssh/config").contains("\nInclude ~/.sky/generated/ssh/*\n"));
  EXPECT_EQ(os::stat_file(home_->file(".ssh/config"))->mode, 0600U);
  EXPECT_EQ(os::stat_file(home_->file(".ssh"))->mode, 0700U);
  const std::string text = read(".sky/generated/ssh/train");
  EXPECT_TRUE(text.contains("Host train\n  HostName 10.0.0.1\n  User ada\n  IdentityFile ~/.ssh/key\n"));
  EXPECT_TRUE(text.contains("Port 2222\nHost train-worker1\n  HostName 10.0.0.2\n"));
  EXPECT_TRUE(text.ends_with("Port 22\n"));
}

TEST(SshConfigFile, HostThatIsKnownByItsKey_IsChecked) {
  SshHost known = host("train");
  known.credentials.ssh_check_host_key = true;
  EXPECT_FALSE(ssh_config_text(known, "").contains("/dev/null"));
  EXPECT_TRUE(ssh_config_text(known, "").contains("StrictHostKeyChecking accept-new"));
  EXPECT_TRUE(ssh_config_text(host("train"), "").contains("StrictHostKeyChecking no"));
}

TEST_F(SshConfigTest, SecondTime_ChangesNothing) {
  write(".ssh/config", "Host a\n  User b\n", 0644);
  ASSERT_TRUE(config().update({host("train")}, {}).ok());
  const std::string once = read(".ssh/config");
  EXPECT_TRUE(once.ends_with("Include ~/.sky/generated/ssh/*\n\nHost a\n  User b\n"));
  EXPECT_EQ(os::stat_file(home_->file(".ssh/config"))->mode, 0644U);
  const auto inode = os::stat_file(home_->file(".sky/generated/ssh/train"))->inode;
  ASSERT_TRUE(config().update({host("train")}, {}).ok());
  EXPECT_EQ(read(".ssh/config"), once);
  EXPECT_EQ(os::stat_file(home_->file(".sky/generated/ssh/train"))->inode, inode);
}

TEST_F(SshConfigTest, IncludeInAnotherSpelling_IsKnown) {
  write(".ssh/config", "include   ~/.sky/generated/ssh/*\n");
  ASSERT_TRUE(config().update({host("train")}, {}).ok());
  EXPECT_EQ(read(".ssh/config"), "include   ~/.sky/generated/ssh/*\n");
}

TEST_F(SshConfigTest, SymlinkedConfig_KeepsItsLink) {
  write("dotfiles/ssh_config", "Host a\n");
  ASSERT_TRUE(os::make_dirs(home_->file(".ssh")).ok());
  ASSERT_EQ(::symlink("../dotfiles/ssh_config", home_->file(".ssh/config").c_str()), 0);
  ASSERT_TRUE(config().update({host("train")}, {}).ok());
  EXPECT_EQ(*os::read_symlink(home_->file(".ssh/config")), "../dotfiles/ssh_config");
  EXPECT_TRUE(read("dotfiles/ssh_config").ends_with("Host a\n"));
  EXPECT_TRUE(read("dotfiles/ssh_config").contains("Include"));
}

TEST_F(SshConfigTest, NoHosts_TouchesNothing) {
  ASSERT_TRUE(config().synchronize({}).ok());
  EXPECT_FALSE(os::file_exists(home_->file(".ssh")));
  EXPECT_FALSE(os::file_exists(home_->file(".sky")));
}

TEST_F(SshConfigTest, GoneClusters_AreRemovedForeignFilesStay) {
  ASSERT_TRUE(config().update({host("a"), host("b")}, {}).ok());
  write(".sky/generated/ssh/other", "# Added by another tool\n");
  ASSERT_TRUE(config().synchronize({host("b")}).ok());
  EXPECT_FALSE(os::file_exists(home_->file(".sky/generated/ssh/a")));
  EXPECT_TRUE(os::file_exists(home_->file(".sky/generated/ssh/b")));
  EXPECT_TRUE(os::file_exists(home_->file(".sky/generated/ssh/other")));
}

TEST_F(SshConfigTest, KeyContent_IsWrittenPrivately) {
  SshHost one = host("train");
  one.credentials.ssh_private_key_content = "KEY\n";
  ASSERT_TRUE(config().update({one}, {}).ok());
  EXPECT_EQ(read(".sky/generated/ssh-keys/train.key"), "KEY\n");
  EXPECT_EQ(os::stat_file(home_->file(".sky/generated/ssh-keys/train.key"))->mode, 0600U);
  EXPECT_TRUE(read(".sky/generated/ssh/train").contains("ssh-keys/train.key\n"));
  ASSERT_TRUE(config().update({}, {"train"}).ok());
  EXPECT_FALSE(os::file_exists(home_->file(".sky/generated/ssh-keys/train.key")));
}

TEST_F(SshConfigTest, HostileRecord_IsRefused) {
  SshHost one = host("train");
  one.credentials.ssh_user = "ada\n  ProxyCommand evil";
  EXPECT_EQ(config().update({one}, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(config().update({host("../../x")}, {}).ok());
}

TEST(SshConfigText, KeyPathWithBlank_IsQuoted) {
  EXPECT_TRUE(ssh_config_text(host("c"), "/home/a b/key").contains("  IdentityFile \"/home/a b/key\"\n"));
}

TEST(SshHostsOf, OnlyReachableClusters_Appear) {
  api::ClusterRecord up{.name = "up", .status = ClusterStatus::kUp};
  up.handle = api::Handle{.cluster_name = "up", .internal_external_ips = {{"10.0.0.1", "1.2.3.4"}}, .ssh_ports = {22}};
  up.credentials = api::SshCredentials{.ssh_user = "ada"};
  api::ClusterRecord local = up;
  local.credentials.reset();
  api::ClusterRecord stopped = up;
  stopped.status = ClusterStatus::kStopped;
  const auto hosts = ssh_hosts_of({up, local, stopped});
  ASSERT_EQ(hosts.size(), 1U);
  EXPECT_EQ(hosts[0].addresses, std::vector<std::string>{"1.2.3.4"});
}

}  // namespace
}  // namespace sky::client
