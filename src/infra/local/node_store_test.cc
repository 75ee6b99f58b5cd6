#include "infra/local/node_store.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::infra {
namespace {

class NodeStoreTest : public testing::Test {
 protected:
  static auto request(const std::string& name, int attempt = 1) -> LaunchRequest {
    LaunchRequest request;
    request.server = ServerId("5e77e700");
    request.cluster = ClusterName(name);
    request.cluster_hash = name + "-hash-0123";
    request.attempt = attempt;
    request.placement.infra = "local";
    return request;
  }
  static auto gpu_request(const std::string& name) -> LaunchRequest {
    LaunchRequest wanted = request(name);
    wanted.shape.accelerator = "H100";
    wanted.shape.accelerator_count = 1;
    return wanted;
  }
  static auto ref(const LaunchRequest& request) -> ClusterRef {
    return {request.server, request.cluster, request.cluster_hash, request.placement, {}};
  }
  auto store(std::vector<std::string> links = {".cache"}) const -> NodeStore {
    return {dir_.file("local"), dir_.file("real"), std::move(links)};
  }

  os::TempDir dir_ = std::move(os::TempDir::make()).value();
  LocalMachine machine_{.cpus = 4,
                        .memory_gib = 16,
                        .gpus = {{.index = 0, .name = "NVIDIA H100 80GB HBM3", .memory_mib = 1}},
                        .boot_id = "boot"};
};

TEST_F(NodeStoreTest, Create_WritesAMarkerThatReadsBack) {
  const auto made = store().create(gpu_request("a"), machine_);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->nodes.front().gpus, std::vector<int>{0});
  EXPECT_EQ(**store().find(ref(request("a"))), *made);
  EXPECT_EQ(store().list()->size(), 1U);
}

TEST_F(NodeStoreTest, SelfStopped_CountsAsStoppedUntilTheNextWrite) {
  const auto made = store().create(request("a"), machine_);
  ASSERT_TRUE(made.ok());
  ASSERT_TRUE(os::append_file(store().self_stopped_path(made->cluster, made->cluster_hash), "").ok());
  EXPECT_TRUE((*store().find(ref(request("a"))))->stopped);
  ASSERT_TRUE(store().write(*made).ok());
  EXPECT_FALSE((*store().find(ref(request("a"))))->stopped);
}

TEST_F(NodeStoreTest, AnotherAttempt_IsRefusedUntilRemoved) {
  ASSERT_TRUE(store().create(request("a"), machine_).ok());
  EXPECT_EQ(store().create(request("a", 2), machine_).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(store().remove(ref(request("a"))).ok());
  EXPECT_TRUE(store().create(request("a", 2), machine_).ok());
}

TEST_F(NodeStoreTest, GpuOfAnotherCluster_IsNotGivenAgain) {
  const auto first = store().create(gpu_request("a"), machine_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(store().create(gpu_request("b"), machine_).error().code, ErrorCode::kResourcesUnavailable);
  EXPECT_FALSE(os::file_exists(store().cluster_dir(ClusterName("b"), "b-hash-0123")));
  ClusterMarker stopped = *first;
  stopped.stopped = true;
  ASSERT_TRUE(store().write(stopped).ok());
  ASSERT_TRUE(store().create(gpu_request("b"), machine_).ok());
  EXPECT_EQ(store().with_gpus_again(stopped, machine_).error().code, ErrorCode::kResourcesUnavailable);
  ASSERT_TRUE(store().remove(ref(request("b"))).ok());
  EXPECT_EQ(store().with_gpus_again(stopped, machine_)->nodes, first->nodes);
}

TEST_F(NodeStoreTest, GpuInTheRequestsTaken_IsNotGiven) {
  LaunchRequest wanted = gpu_request("a");
  wanted.taken = {NodeRecord{.gpus = {0}}};
  EXPECT_EQ(store().create(wanted, machine_).error().code, ErrorCode::kResourcesUnavailable);
}

TEST_F(NodeStoreTest, Links_AppearInEachHomeWhereTheyExist) {
  ASSERT_TRUE(os::make_dirs(dir_.file("real/.cache")).ok());
  const auto made = store({".cache", "not/there"}).create(request("a"), machine_);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(*os::read_symlink(made->nodes.front().home + "/.cache"), dir_.file("real/.cache"));
  EXPECT_FALSE(os::stat_file(made->nodes.front().home + "/not", os::Follow::kNo).ok());
}

TEST_F(NodeStoreTest, LinkOutOfTheHome_IsRefusedAndLeavesNothing) {
  const auto refused = store({"../other"}).create(request("a"), machine_);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(store().exists(ref(request("a"))));
}

TEST_F(NodeStoreTest, RemoveBehindALink_LeavesTheRealFolder) {
  ASSERT_TRUE(os::make_dirs(dir_.file("real/.cache/keep")).ok());
  ASSERT_TRUE(store().create(request("a"), machine_).ok());
  ASSERT_TRUE(store().remove(ref(request("a"))).ok());
  EXPECT_TRUE(os::file_exists(dir_.file("real/.cache/keep")));
}

TEST_F(NodeStoreTest, DamagedMarker_IsLeftOutOfTheListAndCanBeRemoved) {
  const auto made = store().create(request("a"), machine_);
  ASSERT_TRUE(made.ok());
  const std::string marker = store().cluster_dir(made->cluster, made->cluster_hash) + "/cluster.json";
  ASSERT_TRUE(os::write_file_atomic(marker, "{\"server").ok());
  EXPECT_TRUE(store().list()->empty());
  EXPECT_EQ(store().find(ref(request("a"))).error().code, ErrorCode::kDataCorrupt);
  EXPECT_TRUE(store().remove(ref(request("a"))).ok());
  EXPECT_FALSE(store().exists(ref(request("a"))));
}

}  // namespace
}  // namespace sky::infra
