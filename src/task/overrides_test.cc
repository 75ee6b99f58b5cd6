#include "task/overrides.h"

#include <gtest/gtest.h>

#include "task/emit.h"

namespace sky {
namespace {

auto apply(std::string_view yaml, const TaskOverrides& overrides) -> std::string {
  auto task = parse_task(yaml, "t.yaml");
  EXPECT_TRUE(task.ok()) << yaml;
  const auto applied = apply_overrides(overrides, *task);
  if (!applied.ok()) return applied.error().message;
  return to_json_text(emit_choices(task->resources, SecretsShown::kRevealed), JsonStyle::kPython);
}

TEST(ApplyOverrides, OptionsReplaceFields_NoneClears) {
  EXPECT_EQ(apply("resources: {cpus: 4, memory: 8, accelerators: A100}",
                  {.gpus = "none", .cpus = "8+", .memory = "NONE", .disk_size_gib = 100, .disk_tier = "best"}),
            R"({"cpus": "8+", "disk_size": 100, "disk_tier": "best"})");
  EXPECT_EQ(apply("resources: {ports: 80}", {.ports = {"none"}}), "{}");
  EXPECT_EQ(apply("resources: {ports: 80}", {.ports = {"443", "8000-8001"}}), R"({"ports": ["443", "8000-8001"]})");
  EXPECT_EQ(apply("", {.ports = {"none", "80"}}), "Cannot specify both \"none\" and other ports.");
  EXPECT_EQ(apply("", {.cpus = "abc"}),
            "The \"cpus\" field should be either a number or a string \"<number>+\". Found: 'abc'");
}

TEST(ApplyOverrides, Infra_ReplacesAllThreeParts) {
  EXPECT_EQ(apply("resources: {infra: aws/us-east-1}", {.infra = "gcp"}), R"({"infra": "gcp"})");
  EXPECT_EQ(apply("resources: {infra: aws/us-east-1}", {.infra = "*"}), "{}");
  EXPECT_EQ(apply("resources: {infra: aws/us-east-1}", {.region = "us-west-2"}), R"({"infra": "aws/us-west-2"})");
  EXPECT_EQ(apply("resources: {infra: aws/us-east-1}", {.cloud = "none"}), R"({"infra": "*/us-east-1"})");
  EXPECT_EQ(apply("", {.infra = "aws", .zone = "z"}), "Cannot specify both --infra and --cloud, --region, or --zone.");
}

TEST(ApplyOverrides, EveryCandidate_IsChanged) {
  EXPECT_EQ(apply("resources: {ordered: [{infra: aws}, {infra: gcp}]}", {.use_spot = true}),
            R"({"ordered": [{"infra": "aws", "use_spot": true}, {"infra": "gcp", "use_spot": true}]})");
}

TEST(ApplyOverrides, Priority_IsNumberOrClass) {
  EXPECT_EQ(apply("resources: {priority: 5}", {.priority = "high"}), R"({"priority_class": "high"})");
  EXPECT_EQ(apply("resources: {priority_class: x}", {.priority = "-7"}), R"({"priority": -7})");
  EXPECT_EQ(apply("resources: {priority: 5}", {.priority = "none"}), "{}");
  EXPECT_EQ(apply("", {.priority = "5000"}), "Priority must be between -1000 and 1000. Found: 5000");
}

TEST(ApplyOverrides, Config_TakesOverridableKeys) {
  EXPECT_EQ(apply("config: {gcp: {vpc_name: a}}",
                  {.config = {{"gcp", {{"vpc_name", nullptr}}}, {"docker", {{"run_options", "-v"}}}, {"db", "x"}}}),
            R"({"_cluster_config_overrides": {"gcp": {}, "docker": {"run_options": "-v"}}})");
}

TEST(ApplyOverrides, NameNodesWorkdirAndGit) {
  Task task;
  ASSERT_TRUE(apply_overrides({.name = "n", .workdir = "/w", .num_nodes = 3}, task).ok());
  EXPECT_EQ(task.name, "n");
  EXPECT_EQ(task.num_nodes, 3);
  EXPECT_EQ(std::get<std::string>(task.workdir), "/w");
  ASSERT_TRUE(apply_overrides({.git_url = "u", .git_ref = "r"}, task).ok());
  EXPECT_EQ(std::get<GitWorkdir>(task.workdir), (GitWorkdir{"u", "r"}));
  ASSERT_TRUE(apply_overrides({.git_ref = "r2"}, task).ok());
  EXPECT_EQ(std::get<GitWorkdir>(task.workdir).ref, "r2");
  const Task before = task;
  EXPECT_FALSE(apply_overrides({.name = "other", .num_nodes = 0}, task).ok());
  EXPECT_FALSE(apply_overrides({.workdir = "a", .git_url = "b"}, task).ok());
  EXPECT_EQ(task, before);
}

TEST(IgnoreMachineOverrides, SaysWhatItDrops) {
  TaskOverrides overrides = {.gpus = "L4", .cpus = "4", .memory = "none", .disk_size_gib = 5, .ports = {"80", "81"}};
  EXPECT_EQ(ignore_machine_overrides(overrides),
            (std::vector<std::string>{"Override param cpus=4 is ignored.", "Override param disk_size=5 is ignored.",
                                      "Override param ports=80,81 is ignored."}));
  EXPECT_EQ(overrides.gpus, "L4");
  EXPECT_EQ(overrides.cpus, std::nullopt);
  EXPECT_TRUE(overrides.ports.empty());
}

TEST(MergeVariables, Precedence_AndEnvFileIsSecretToo) {
  const auto lookup = [](std::string_view name) {
    return name == "LOCAL" ? std::optional<std::string>("here") : std::nullopt;
  };
  const auto merged = merge_variables({.envs = {"A=cli", "LOCAL"},
                                       .secrets = {"S=cli"},
                                       .env_file = parse_dotenv("A=file\nB=file\nS=env"),
                                       .secret_file = parse_dotenv("S=secret\nT=secret\nB=secret")},
                                      lookup);
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ(merged->envs, (TextPairs{{"A", "cli"}, {"B", "file"}, {"S", "env"}, {"LOCAL", "here"}}));
  std::string secrets;
  for (const auto& [name, value] : merged->secrets) secrets += fmt::format("{}={} ", name, value.reveal());
  EXPECT_EQ(secrets, "A=file B=secret S=cli T=secret ");
  EXPECT_EQ(merge_variables({.envs = {"GONE"}}, lookup).error().message, "GONE is not set in local environment.");
  EXPECT_FALSE(merge_variables({.env_file = parse_dotenv("BARE")}, lookup).ok());
}

}  // namespace
}  // namespace sky
