#include "server/views.h"

#include <gtest/gtest.h>

namespace sky::server {
namespace {

auto sample() -> cluster::ClusterRecord {
  cluster::ClusterRecord record;
  record.name = ClusterName("c");
  record.hash = "0123456789abcdef";
  record.status = ClusterStatus::kUp;
  record.spec.node_count = 2;
  record.spec.shape.cpus = 4;
  record.spec.shape.memory_gib = 16;
  record.spec.ports = {"8080", "9000-9010"};
  record.placement = {.infra = "local", .region = "", .zone = "", .instance_type = "a-very-long-type-name"};
  record.nodes = {{.index = 0, .id = "n0", .address = "127.0.1.1", .external_address = "192.0.2.1"},
                  {.index = 1, .id = "n1", .address = "127.0.1.2"}};
  record.hourly_cost_usd = 6;
  record.owner = {.user_id = "u1", .user_name = "ada", .command = "sky launch"};
  return record;
}

TEST(ResourcesText, Short_IsCutAndFullIsNot) {
  const auto record = sample();
  EXPECT_EQ(resources_text(record.spec, record.placement, false), "2x(cpus=4, mem=16, a-very-long-..., ...)");
  EXPECT_EQ(resources_text(record.spec, record.placement, true),
            "2x(cpus=4, mem=16, a-very-long-type-name, ports=8080,9000-9010)");
}

TEST(ResourcesText, Accelerators_ComeFirstAndStandAlone) {
  planner::Demand spec;
  spec.shape = {.cpus = 8, .accelerator = "H100", .accelerator_count = 2, .use_spot = true};
  EXPECT_EQ(resources_text(spec, {}, false), "1x[spot](gpus=H100:2, ...)");
  EXPECT_EQ(resources_text(spec, {}, true), "1x[spot](gpus=H100:2, cpus=8)");
}

TEST(HandleOf, NodeWithoutExternalAddress_HasItsOwn) {
  const auto handle = handle_of(sample());
  EXPECT_EQ(handle.cluster_name_on_cloud, "c-01234567");
  EXPECT_EQ(handle.launched_nodes, 2);
  ASSERT_EQ(handle.internal_external_ips.size(), 2U);
  EXPECT_EQ(handle.internal_external_ips[0].second, "192.0.2.1");
  EXPECT_EQ(handle.internal_external_ips[1].second, "127.0.1.2");
}

TEST(ClusterView, Up_HasHandleAndNames) {
  const auto view = cluster_view(sample(), "Local");
  EXPECT_EQ(view.name, "c");
  EXPECT_EQ(view.status, ClusterStatus::kUp);
  EXPECT_TRUE(view.handle.has_value());
  EXPECT_EQ(view.cloud, "Local");
  EXPECT_EQ(view.node_names, "n0, n1");
  EXPECT_EQ(view.cluster_hash, "0123456789abcdef");
  EXPECT_FALSE(view.region.has_value());
}

TEST(ClusterView, InitWithoutNodes_SaysWhetherItComes) {
  auto record = sample();
  record.status = ClusterStatus::kInit;
  record.nodes.clear();
  record.goal = cluster::Goal::kUp;
  EXPECT_EQ(cluster_view(record, "").init_kind, "launching");
  EXPECT_FALSE(cluster_view(record, "").handle.has_value());
  record.goal = cluster::Goal::kRest;
  EXPECT_EQ(cluster_view(record, "").init_kind, "unhealthy");
}

TEST(CostRow, OpenSpan_EndsNow) {
  auto record = sample();
  record.usage = {{.start = 100, .end = 400}, {.start = 1000, .end = std::nullopt}};
  const auto row = cost_row(record, 1300);
  EXPECT_EQ(row.duration_seconds, 600);
  EXPECT_DOUBLE_EQ(row.total_cost_usd, 1.0);
  ASSERT_EQ(row.usage_intervals.size(), 2U);
  EXPECT_FALSE(row.usage_intervals[1].second.has_value());
}

TEST(JobView, Unnamed_IsADash) {
  agent::JobView job;
  job.id = JobId(3);
  job.user = "ada";
  job.status = JobStatus::kRunning;
  const auto record = job_view(job, "u1");
  EXPECT_EQ(record.job_id, 3);
  EXPECT_EQ(record.job_name, "-");
  EXPECT_EQ(record.user_hash, "u1");
  EXPECT_EQ(record.status, JobStatus::kRunning);
}

}  // namespace
}  // namespace sky::server
