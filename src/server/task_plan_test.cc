#include "server/task_plan.h"

#include <gtest/gtest.h>

namespace sky::server {
namespace {

auto task_of(const std::string& yaml) -> Task {
  auto task = single_task(yaml);
  EXPECT_TRUE(task.ok()) << to_string(task.error());
  return task.ok() ? *task : Task{};
}

auto refusal_of(const std::string& resources) -> std::string {
  const auto demand = demand_of(task_of("run: x\nresources:\n" + resources));
  if (demand.ok()) return "";
  EXPECT_EQ(demand.error().code, ErrorCode::kNotSupported);
  return demand.error().message;
}

TEST(SingleTask, Pipeline_IsRefused) {
  EXPECT_EQ(task_of("name: a\nrun: x\n").name, "a");
  const auto dag = single_task("name: p\n---\nrun: x\n---\nrun: y\n");
  ASSERT_FALSE(dag.ok());
  EXPECT_EQ(dag.error().code, ErrorCode::kInvalidArgument);
}

TEST(DemandOf, Resources_BecomeTheShape) {
  const auto demand = demand_of(task_of(R"(
num_nodes: 2
run: x
resources:
  infra: local
  cpus: 4+
  memory: 8
  accelerators: H100:2
  ports: [8080]
)"));
  ASSERT_TRUE(demand.ok()) << to_string(demand.error());
  EXPECT_EQ(demand->node_count, 2);
  EXPECT_EQ(demand->infra, "local");
  EXPECT_EQ(demand->shape.cpus, 4);
  EXPECT_EQ(demand->cpus_text, "4+");
  EXPECT_EQ(demand->shape.memory_gib, 8);
  EXPECT_EQ(demand->shape.accelerator, "H100");
  EXPECT_EQ(demand->shape.accelerator_count, 2);
  EXPECT_EQ(demand->ports, std::vector<std::string>{"8080"});
}

TEST(DemandOf, SshLocal_IsThisMachine) {
  const auto demand = demand_of(task_of("run: x\nresources: {infra: ssh/local}\n"));
  ASSERT_TRUE(demand.ok()) << to_string(demand.error());
  EXPECT_EQ(demand->infra, "local");
  EXPECT_EQ(demand->region, "");
}

TEST(DemandOf, WhatLocalCannotGive_IsRefusedByName) {
  EXPECT_EQ(refusal_of("  instance_type: m5.large\n"), "infra 'local' does not support `instance_type: m5.large`");
  EXPECT_EQ(refusal_of("  use_spot: true\n"), "infra 'local' does not support `use_spot: true`");
  EXPECT_EQ(refusal_of("  disk_tier: high\n"), "infra 'local' does not support `disk_tier: high`");
  EXPECT_EQ(refusal_of("  network_tier: best\n"), "infra 'local' does not support `network_tier: best`");
  EXPECT_TRUE(refusal_of("  image_id: docker:ubuntu\n").contains("`image_id: docker:ubuntu`"));
  EXPECT_TRUE(refusal_of("  local_disk: nvme:1000+\n").contains("`local_disk: nvme:1000+`"));
}

TEST(DemandOf, PlaceOnLocal_IsRefused) {
  Task task = task_of("run: x\n");
  task.resources.candidates.front().infra = "local";
  task.resources.candidates.front().region = "us-east-1";
  EXPECT_EQ(demand_of(task).error().message, "infra 'local' does not support `infra: local/us-east-1`");
}

TEST(DemandOf, LabelsAndPriority_AskForNothing) {
  EXPECT_EQ(refusal_of("  labels: {team: a}\n  priority: 5\n  use_spot: false\n"), "");
}

TEST(DemandOf, SeveralCandidates_TheFirstThatCanBeHereWins) {
  Task task;
  Resources spot;
  spot.use_spot = true;
  Resources elsewhere;
  elsewhere.infra = "aws";
  Resources plain;
  plain.infra = "local";
  task.resources.candidates = {elsewhere, spot, plain};
  EXPECT_EQ(demand_of(task)->infra, "local");
  task.resources.candidates = {elsewhere, spot};
  EXPECT_EQ(demand_of(task)->infra, "aws");  // the planner says that there is none
  task.resources.candidates = {spot, elsewhere};
  EXPECT_EQ(demand_of(task).error().code, ErrorCode::kNotSupported);
}

TEST(AutostopOf, Flags_WinOverTheTask) {
  EXPECT_FALSE(autostop_of(task_of("run: x\n"), {}).has_value());
  const Task task = task_of("run: x\nresources: {autostop: {idle_minutes: 7, down: true}}\n");
  EXPECT_EQ(autostop_of(task, {})->idle_minutes, 7);
  EXPECT_TRUE(autostop_of(task, {})->down);
  const auto flags = autostop_of(task, {.idle_minutes = 3, .wait_for = "none"});
  EXPECT_EQ(flags->idle_minutes, 3);
  EXPECT_TRUE(flags->down);
  EXPECT_EQ(flags->wait_for, "none");
}

TEST(AutostopOf, DownAlone_IsAtOnceWhenIdle) {
  const auto setting = autostop_of(task_of("run: x\n"), {.down = true});
  ASSERT_TRUE(setting.has_value());
  EXPECT_EQ(setting->idle_minutes, 0);
  EXPECT_TRUE(setting->down);
}

TEST(AutostopOf, Hook_IsThatOfTheEvent) {
  Task task;
  task.hooks = {{.run = "save", .events = {"stop"}, .timeout_seconds = 60}, {.run = "bye", .events = {"down"}}};
  EXPECT_EQ(autostop_of(task, {.idle_minutes = 1})->hook, "save");
  EXPECT_EQ(autostop_of(task, {.idle_minutes = 1})->hook_timeout_seconds, 60);
  EXPECT_EQ(autostop_of(task, {.idle_minutes = 1, .down = true})->hook, "bye");
}

TEST(JobSpecOf, Task_BecomesTheAgentsJob) {
  const Task task =
      task_of("name: t\nnum_nodes: 2\nsetup: s\nrun: r\nenvs: {A: b}\nresources: {accelerators: H100:8}\n");
  cluster::ClusterRecord record;
  record.name = ClusterName("c");
  record.placement.infra = "local";
  const auto spec = job_spec_of(task, {.cluster = record, .user_name = "ada", .submitted_at = 1'700'000'000.25});
  EXPECT_EQ(spec.name, "t");
  EXPECT_EQ(spec.user, "ada");
  EXPECT_EQ(spec.num_nodes, 2);
  EXPECT_EQ(spec.setup, "s");
  EXPECT_EQ(spec.run, "r");
  EXPECT_EQ(spec.gpus_per_node, 8);
  EXPECT_EQ(spec.resources, "2x[H100:8]");
  EXPECT_EQ(spec.task_id, "sky-2023-11-14-22-13-20-250000");
  EXPECT_EQ(spec.cluster.cluster_name, "c");
  EXPECT_EQ(job_spec_of(task, {.cluster = record, .user_name = "ada", .with_setup = false}).setup, "");
}

TEST(JobSpecOf, UnplannedTask_ShowsWhatItAskedFor) {
  cluster::ClusterRecord record;
  record.name = ClusterName("c");
  const auto shown = [&](const std::string& yaml, bool planned) {
    return job_spec_of(task_of(yaml), {.cluster = record, .user_name = "ada", .planned = planned}).resources;
  };
  EXPECT_EQ(shown("run: r\n", true), "1x[CPU:0.5]");
  EXPECT_EQ(shown("run: r\n", false), "1x[CPU:1+]");
  EXPECT_EQ(shown("run: r\nresources: {cpus: 4+}\n", false), "1x[CPU:4+]");
  EXPECT_EQ(shown("run: r\nresources: {accelerators: H100:8}\n", false), "1x[H100:8]");
}

TEST(FileSyncsOf, WorkdirComesFirst_BucketsAreRefused) {
  Task task;
  task.workdir = std::string("/w");
  task.file_mounts = {{"/data", "/d"}, {"~/x", "/x"}};
  const auto syncs = file_syncs_of(task);
  ASSERT_TRUE(syncs.ok());
  ASSERT_EQ(syncs->size(), 3U);
  EXPECT_TRUE(syncs->front().is_workdir);
  EXPECT_EQ(syncs->front().target, "~/sky_workdir");
  EXPECT_EQ(syncs->at(1).target, "/data");
  EXPECT_EQ(syncs->at(2).source, "/x");
  task.file_mounts = {{"/data", "s3://bucket"}};
  EXPECT_EQ(file_syncs_of(task).error().code, ErrorCode::kNotSupported);
  task.file_mounts.clear();
  task.workdir = GitWorkdir{.url = "https://example.com/r.git"};
  EXPECT_EQ(file_syncs_of(task).error().code, ErrorCode::kNotSupported);
}

}  // namespace
}  // namespace sky::server
