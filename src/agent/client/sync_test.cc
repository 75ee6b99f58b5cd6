#include "agent/client/sync.h"

#include <gtest/gtest.h>

#include "agent/client/fake_head_test.h"
#include "files/walk.h"
#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::agent {
namespace {

using async::Task;

// `sky-agent receive` on a fake node, whose file system is a directory of this test.
auto receive(std::string root, infra::FakeInfra::ProgramContext context) -> Task<Result<int>> {
  EXPECT_EQ(context.argv[1], "receive");
  const std::string target = fmt::format("{}/node-{}{}", root, context.node_index, context.argv[3]);
  EXPECT_TRUE(os::make_dirs(os::parent_dir(target)).ok());
  const auto received = co_await files::receive_files(*context.stream, target, files::Extra::kKeep);
  co_return received.ok() ? 0 : 1;
}

class SyncTest : public testing::Test {
 protected:
  SyncTest() {
    fake_.infra.set_program(std::string(infra::kAgentProgram),
                            [root = dir_.path()](auto context) { return receive(root, std::move(context)); });
    EXPECT_TRUE(os::make_dirs(dir_.file("source/sub")).ok());
    write("source/a.txt", "alpha");
    write("source/sub/b.txt", "beta");
    write("source/skip.log", "noise");
    write("source/.skyignore", "*.log\n");
  }
  void write(std::string_view name, std::string_view text) {
    EXPECT_TRUE(os::write_file_atomic(dir_.file(name), text).ok());
  }
  auto read(std::string_view name) -> std::string {
    return os::read_file(dir_.file(name)).value_or(std::string("(none)"));
  }
  auto sync(std::string source, std::string target) -> Result<SyncCounts> {
    SKY_TRY(files::WalkResult found, files::walk(dir_.file(source), files::Ignoring::kIgnoreFiles));
    SyncRequest request{.tree = files::tree_of(dir_.file(source), std::move(found.manifest)),
                        .target = std::move(target)};
    return fake_.loop.run(sync_files(fake_.infra, fake_.cluster, std::move(request), fake_.soon()));
  }

  os::TempDir dir_ = std::move(os::TempDir::make()).value();
  FakeCluster fake_{3};
};

TEST_F(SyncTest, Directory_ReachesAllNodesWithoutWhatIsIgnored) {
  const auto counts = sync("source", "~/sky_workdir");
  ASSERT_TRUE(counts.ok()) << counts.error().message;
  EXPECT_EQ(counts->file_count, 3U);
  EXPECT_EQ(counts->sent_files, 9U);
  for (int node = 0; node < 3; ++node) {
    const std::string workdir = fmt::format("node-{}/home/fake/sky_workdir", node);
    EXPECT_EQ(read(workdir + "/a.txt"), "alpha");
    EXPECT_EQ(read(workdir + "/sub/b.txt"), "beta");
    EXPECT_EQ(read(workdir + "/skip.log"), "(none)");
  }
}

TEST_F(SyncTest, Repeated_SendsOnlyWhatChanged) {
  ASSERT_TRUE(sync("source", "~/w").ok());
  EXPECT_EQ(sync("source", "~/w")->sent_files, 0U);
  write("source/a.txt", "changed");
  EXPECT_EQ(sync("source", "~/w")->sent_files, 3U);
  EXPECT_EQ(read("node-2/home/fake/w/a.txt"), "changed");
}

TEST_F(SyncTest, SingleFile_ToAnAbsolutePath) {
  ASSERT_TRUE(sync("source/skip.log", "/data/renamed").ok());
  EXPECT_EQ(read("node-1/data/renamed"), "noise");
}

TEST_F(SyncTest, ReceiverThatFails_IsNamed) {
  fake_.infra.set_program(std::string(infra::kAgentProgram), [](auto) -> Task<Result<int>> { co_return 4; });
  const auto failed = sync("source", "~/w");
  EXPECT_EQ(failed.error().code, ErrorCode::kCommandFailed);
  EXPECT_EQ(failed.error().message, "`sky-agent receive` failed on node 0 of cluster 'c' with exit code 4");
}

TEST(PathOnNode, HomeAndAbsolute) {
  const infra::NodeRecord node{.home = "/h"};
  EXPECT_EQ(path_on_node("~/x/y", node), "/h/x/y");
  EXPECT_EQ(path_on_node("x", node), "/h/x");
  EXPECT_EQ(path_on_node("~", node), "/h");
  EXPECT_EQ(path_on_node("/abs", node), "/abs");
}

}  // namespace
}  // namespace sky::agent
