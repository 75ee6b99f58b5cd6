#include "agent/node/config.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::agent {
namespace {

using Options = std::map<std::string, std::string>;

auto options(const std::string& home) -> Options {
  return {{"home", home},           {"server-id", "0a1b2c3d"}, {"cluster", "dev"},
          {"address", "127.0.0.1"}, {"cpus", "2.5"},           {"gpus", "0,3"}};
}

TEST(Options, BothSpellings_AreRead) {
  EXPECT_EQ(parse_options({"--node", "1", "--cluster=a=b"}, {"node", "cluster"}).value(),
            (Options{{"node", "1"}, {"cluster", "a=b"}}));
}

TEST(Options, UnknownMissingAndStray_AreRefused) {
  EXPECT_EQ(parse_options({"--nodes", "1"}, {"node"}).error().message, "No such option: --nodes");
  EXPECT_EQ(parse_options({"--node"}, {"node"}).error().message, "expected a value after --node");
  EXPECT_EQ(parse_options({"node"}, {"node"}).error().message, "expected an option, found 'node'");
}

TEST(Config, OfOneNode_NeedsNoKey) {
  const NodeConfig config = config_from_options(options("/h")).value();
  EXPECT_EQ(config.cpus, 2.5);
  EXPECT_EQ(config.gpus, (std::vector<int>{0, 3}));
  EXPECT_EQ(config.id.state_dir(), "/h/.sky/agent/0a1b2c3d/dev");
  EXPECT_EQ(config.id.mark(), "0a1b2c3d/dev/0");
}

TEST(Config, WrongValues_AreNamed) {
  const auto message = [](std::string_view name, std::string value) {
    Options wrong = options("/h");
    wrong[std::string(name)] = std::move(value);
    return config_from_options(wrong).error().message;
  };
  EXPECT_EQ(message("cpus", "none"), "--cpus: expected a number above 0, found 'none'");
  EXPECT_EQ(message("gpus", "0,x"), "--gpus: expected indexes such as 0,1, found '0,x'");
  EXPECT_EQ(message("home", "here"), "--home: expected an absolute path, found 'here'");
  EXPECT_EQ(message("cluster", "../x"), "expected a name without '/', found '../x'");
  EXPECT_EQ(message("node", "1"), "--node: expected a node below --nodes 1, found '1'");
  EXPECT_EQ(message("nodes", "2"), "expected --key-file with several nodes");
  EXPECT_EQ(message("listen", "nowhere"), "expected ADDRESS:PORT, found 'nowhere'");
}

TEST(Claim, Written_ReadsBackAlsoFromAMovedHome) {
  const os::TempDir dir = os::TempDir::make().value();
  ASSERT_TRUE(write_claim(options(dir.file("a"))).ok());
  ASSERT_TRUE(os::rename_file(dir.file("a"), dir.file("b")).ok());
  NodeId id{.home = dir.file("b"), .server = ServerId("0a1b2c3d"), .cluster = "dev"};
  EXPECT_EQ(read_claim(id).value().cpus, 2.5);
  EXPECT_EQ(read_claim(id).value().id.home, dir.file("b"));
}

TEST(Claim, OfAnotherNode_IsRefused) {
  const os::TempDir dir = os::TempDir::make().value();
  ASSERT_TRUE(write_claim(options(dir.path())).ok());
  Options other = options(dir.path());
  other["node"] = "1";
  other["nodes"] = "2";
  other["key-file"] = "k";
  other["head-address"] = "127.0.0.1:1";
  EXPECT_EQ(write_claim(other).error().code, ErrorCode::kConflict);
}

TEST(Claim, Missing_SaysWhatToDo) {
  EXPECT_EQ(read_claim({.home = "/nowhere", .server = ServerId("x"), .cluster = "c"}).error().hint,
            "start the node with sky-agent start");
}

}  // namespace
}  // namespace sky::agent
