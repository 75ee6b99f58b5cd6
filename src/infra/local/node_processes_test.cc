#include "infra/local/node_processes.h"

#include <gtest/gtest.h>

namespace sky::infra {
namespace {

const ServerId kServer("5e77e700");
const ClusterName kCluster("train");
constexpr std::string_view kDir = "/s/local/train-01234567";

auto parse(std::vector<std::string> argv) -> std::optional<NodeProcess> {
  return parse_node_command(argv, kServer, kCluster, kDir);
}

TEST(NodeCommand, AgentsOfTheCluster_TellFaceAndNode) {
  const auto guard = parse({"/usr/bin/sky-agent", "guard", "--home", "/s/local/train-01234567/node-2/home",
                            "--server-id", "5e77e700", "--cluster", "train", "--node", "2"});
  ASSERT_TRUE(guard.has_value());
  EXPECT_EQ(guard->face, NodeProcess::Face::kGuard);
  EXPECT_EQ(guard->node, 2);
  const auto supervisor =
      parse({"sky-agent", "supervise", "--server-id", "5e77e700", "--cluster", "train", "--node", "0", "--job", "3"});
  ASSERT_TRUE(supervisor.has_value());
  EXPECT_EQ(supervisor->face, NodeProcess::Face::kSupervisor);
}

TEST(NodeCommand, OthersAreLeftAlone) {
  // another server, another cluster, another incarnation, a connection, a plain program
  EXPECT_FALSE(parse({"sky-agent", "run", "--server-id", "0defaced", "--cluster", "train", "--node", "0"}));
  EXPECT_FALSE(parse({"sky-agent", "run", "--server-id", "5e77e700", "--cluster", "train2", "--node", "0"}));
  EXPECT_FALSE(parse({"sky-agent", "run", "--home", "/s/local/train-0123456789/node-0/home", "--server-id", "5e77e700",
                      "--cluster", "train", "--node", "0"}));
  EXPECT_FALSE(parse({"sky-agent", "attach", "--server-id", "5e77e700", "--cluster", "train", "--node", "0"}));
  EXPECT_FALSE(parse({"grep", "--cluster", "train", "run"}));
  EXPECT_FALSE(parse({}));
}

}  // namespace
}  // namespace sky::infra
