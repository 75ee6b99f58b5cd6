#include "infra/ssh/node_pools.h"

#include <gtest/gtest.h>

namespace sky::infra {
namespace {

auto message(std::string_view text) -> std::string {
  const auto pools = parse_node_pools(text, "pools.yaml", "/home/ada");
  return pools.ok() ? "" : pools.error().message;
}

TEST(NodePools, AllForms_AreRead) {
  const auto pools = parse_node_pools(
      "lab:\n"
      "  user: ubuntu\n"
      "  identity_file: ~/.ssh/lab\n"
      "  password: 1234\n"
      "  hosts:\n"
      "    - 10.0.0.1\n"
      "    - alias-of-config\n"
      "    - {ip: 10.0.0.3, user: root, identity_file: /k, password: secret, port: 2222}\n"
      "other:\n"
      "  hosts: [box]\n",
      "pools.yaml", "/home/ada");
  ASSERT_TRUE(pools.ok()) << pools.error().message;
  ASSERT_EQ(pools->size(), 2U);
  const NodePool& lab = pools->front();
  EXPECT_EQ(lab.name, "lab");
  ASSERT_EQ(lab.hosts.size(), 3U);
  EXPECT_EQ(lab.hosts[0], (net::SshTarget{.host = "10.0.0.1",
                                          .password = Secret("1234"),
                                          .default_user = "ubuntu",
                                          .default_identity_file = "/home/ada/.ssh/lab"}));
  EXPECT_EQ(lab.hosts[2].user, "root");
  EXPECT_EQ(lab.hosts[2].identity_file, "/k");
  EXPECT_EQ(lab.hosts[2].port, 2222);
  EXPECT_EQ(lab.hosts[2].password, Secret("secret"));
  EXPECT_EQ((*pools)[1].hosts[0], (net::SshTarget{.host = "box"}));
}

TEST(NodePools, EmptyFile_HasNoPools) {
  EXPECT_TRUE(parse_node_pools("", "f", "/h")->empty());
  EXPECT_TRUE(parse_node_pools("# nothing\n", "f", "/h")->empty());
}

TEST(NodePools, Mistakes_AreNamedWithTheirPlace) {
  EXPECT_EQ(message("- a\n"), "pools.yaml:1:1: expected a mapping from names of pools to their hosts");
  EXPECT_EQ(message("p:\n  user: u\n"), "pools.yaml:1:1: No hosts defined in cluster p configuration");
  EXPECT_EQ(message("p:\n  hosts: []\n"), "pools.yaml:2:10: No hosts defined in cluster p configuration");
  EXPECT_EQ(message("p:\n  hosts: [a]\n  usr: b\n"),
            "pools.yaml:3:3: unknown field 'usr' of a pool (known: user, identity_file, password, port, hosts)");
  EXPECT_EQ(message("p:\n  hosts:\n    - {user: root}\n"), "pools.yaml:3:7: a host without `ip`");
  EXPECT_EQ(message("p:\n  hosts: [a, a]\n"), "pools.yaml:2:14: host 'a' is in pool 'p' twice");
  EXPECT_EQ(message("p:\n  hosts: [{ip: a, port: 0}]\n"),
            "pools.yaml:2:25: port: expected a number from 1 to 65535, found 0");
  EXPECT_EQ(message("p:\n  hosts: [a]\np:\n  hosts: [b]\n").substr(0, 14), "pools.yaml:3:1");
}

// What reaches ssh's command line or configuration must not become another option there.
TEST(NodePools, NamesThatSshWouldMisread_AreRefused) {
  for (const char* bad : {"'-oProxyCommand=x'", "'a b'", "\"a\\nHost *\"", "'*'", "'a\"b'"}) {
    EXPECT_NE(message(fmt::format("p:\n  hosts: [{}]\n", bad)), "") << bad;
    EXPECT_NE(message(fmt::format("p:\n  user: {}\n  hosts: [a]\n", bad)), "") << bad;
  }
}

TEST(MergeNodePools, NewPools_AreAppendedAndTheRestIsKept) {
  const std::string before = "# mine\na:\n  hosts: [one]";
  const auto merged = merge_node_pools(before, "pools.yaml", "a:\n  hosts:\n  - one\nb:\n  hosts: [two]\n", "/h");
  ASSERT_TRUE(merged.ok()) << merged.error().message;
  EXPECT_EQ(*merged, before + "\nb:\n  hosts:\n  - two\n");
  EXPECT_EQ(*merge_node_pools(*merged, "pools.yaml", "b:\n  hosts: [two]\n", "/h"), *merged);
}

TEST(MergeNodePools, OtherContentUnderOneName_IsAConflict) {
  const auto merged = merge_node_pools("a:\n  hosts: [one]\n", "pools.yaml", "a:\n  hosts: [two]\n", "/h");
  EXPECT_EQ(merged.error().code, ErrorCode::kConflict);
  EXPECT_EQ(merged.error().message, "pool 'a' is in pools.yaml already, with other content");
}

}  // namespace
}  // namespace sky::infra
