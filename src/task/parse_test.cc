#include "task/parse.h"

#include <gtest/gtest.h>

#include "task/emit.h"

namespace sky {
namespace {

auto parse(std::string_view text, const TaskParseOptions& options = {}) -> Task {
  auto task = parse_task(text, "t.yaml", options);
  EXPECT_TRUE(task.ok()) << text << "\n" << (task.ok() ? "" : task.error().message);
  return task.ok() ? *task : Task{};
}

auto failure(std::string_view text) -> Error {
  auto task = parse_task(text, "t.yaml");
  EXPECT_FALSE(task.ok()) << text;
  return task.ok() ? Error{} : task.error();
}

TEST(ParseTask, EveryField_Arrives) {
  const Task task = parse(R"(
name: train
workdir: {url: "https://example.com/r.git", ref: main}
num_nodes: 2
resources:
  infra: aws/us-east-1/us-east-1a
  gpus: A100:8
  cpus: 8+
  memory: 64GB+
  disk_size: 1TB
  use_spot: true
  ports: [8080, 8081, "443,80"]
  labels: {team: ml}
  autostop: {idle_minutes: 5, down: true, wait_for: JOBS}
  job_recovery: {strategy: failover, recover_on_exit_codes: [33, 34]}
envs: {A: 1, B: yes}
secrets: {TOKEN: t}
file_mounts:
  /data: ./d
  /bucket: {source: s3://b, mode: copy}
setup: pip install
run: python train.py
config: {hooks: [{run: sync}], docker: {run_options: -v}}
inputs: {s3://in: 100}
)");
  EXPECT_EQ(task.name, "train");
  EXPECT_EQ(std::get<GitWorkdir>(task.workdir), (GitWorkdir{"https://example.com/r.git", "main"}));
  EXPECT_EQ(task.num_nodes, 2);
  ASSERT_EQ(task.resources.candidates.size(), 1U);
  const Resources& resources = task.resources.candidates[0];
  EXPECT_EQ(resources.infra, "aws");
  EXPECT_EQ(resources.zone, "us-east-1a");
  EXPECT_EQ(resources.accelerator, (Accelerator{"A100", 8}));
  EXPECT_EQ(resources.cpus, (Quantity{8, true, false, "8+"}));
  EXPECT_EQ(resources.memory_gib, (Quantity{64, true, false, "64.0+"}));
  EXPECT_EQ(resources.disk_size_gib, 1024);
  EXPECT_EQ(resources.use_spot, true);
  EXPECT_EQ(resources.ports, (std::vector<std::string>{"80", "443", "8080-8081"}));
  EXPECT_EQ(resources.autostop, (Autostop{true, 5, true, AutostopWait::kJobs}));
  EXPECT_EQ(resources.job_recovery, (JobRecovery{"FAILOVER", std::nullopt, {33, 34}}));
  EXPECT_EQ(to_json_text(*resources.config_overrides), R"({"docker":{"run_options":"-v"}})");
  EXPECT_EQ(task.envs, (TextPairs{{"A", "1"}, {"B", "True"}}));
  EXPECT_EQ(task.secrets[0].second.reveal(), "t");
  EXPECT_EQ(task.file_mounts, (TextPairs{{"/data", "./d"}}));
  EXPECT_EQ(to_json_text(task.storage_mounts[0].config), R"({"source":"s3://b","persistent":true,"mode":"COPY"})");
  EXPECT_EQ(task.hooks, (std::vector<Hook>{{"sync", {"stop", "preemption", "down"}, 3600}}));
  EXPECT_EQ(task.inputs, (DataSize{"s3://in", 100}));
}

TEST(ParseTask, EmptyFile_IsATaskThatOnlyStartsMachines) {
  Task expected;
  EXPECT_EQ(parse(""), expected);
  expected.user_yaml = "# nothing\n---\n---\n";
  EXPECT_EQ(parse("# nothing\n---\n---\n"), expected);
}

TEST(ParseTask, EmptyFields_AreAbsent) {
  const Task task = parse("envs:\nresources:\nfile_mounts:\nsecrets:\nname:\n");
  EXPECT_TRUE(task.envs.empty());
  EXPECT_EQ(task.resources, ResourceChoices{});
  EXPECT_EQ(task.name, std::nullopt);
}

TEST(ParseTask, SeveralDocuments_AreRefusedButCounted) {
  const Error error = failure("name: a\n---\nname: b\n");
  EXPECT_EQ(error.message, "YAML specifies a DAG which is only supported by `sky jobs launch`");
  auto documents = parse_task_documents("name: dag\n---\n---\nname: a\nrun: x\n---\nrun: y\n", "t.yaml");
  ASSERT_TRUE(documents.ok());
  EXPECT_EQ(documents->count(), 3U);
  EXPECT_EQ(parse_task_document(*documents, 1)->run, "x");
}

TEST(ParseTask, NotAMapping_IsNamed) {
  EXPECT_EQ(failure("just text").message, "YAML loaded as str, not as dict. Is it correct? Path: t.yaml");
  EXPECT_EQ(failure("[a]").message, "YAML loaded as list, not as dict. Is it correct? Path: t.yaml");
  EXPECT_EQ(failure("on: push").message, "Invalid task YAML: Found unsupported field True.");
}

TEST(ParseTask, Errors_KnowPlaceAndCode) {
  const Error unknown = failure("run: x\nresources:\n  cpus: 4\n  memry: 5\n");
  EXPECT_EQ(unknown.code, ErrorCode::kInvalidTask);
  EXPECT_EQ(unknown.message, "Invalid resources YAML: Instead of 'memry', did you mean 'memory'?");
  EXPECT_EQ(unknown.details.at("location"), "t.yaml:4:3");
  const Error value = failure("resources:\n  cpus: abc\n");
  EXPECT_EQ(value.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(value.details.at("location"), "t.yaml:2:9");
  const Error inner = failure("resources:\n  any_of:\n  - cpus: 1\n  - ports: 10-5\n");
  EXPECT_EQ(inner.details.at("location"), "t.yaml:4:12");
  EXPECT_EQ(failure("a: [").message,
            "while parsing a flow node\ndid not find expected node content\n  in \"<file>\", line 2, column 1");
}

TEST(ParseTask, CommandLineVariables_WinAndFillNulls) {
  TaskParseOptions options;
  options.envs = {{"A", "cli"}, {"NEW", "n"}};
  options.secrets = {{"S", Secret("cli-secret")}};
  const Task task = parse("envs: {A: , B: b}\nsecrets: {S: , T: t}\nworkdir: /x/$A/${S}\n", options);
  EXPECT_EQ(task.envs, (TextPairs{{"A", "cli"}, {"B", "b"}, {"NEW", "n"}}));
  EXPECT_EQ(task.secrets[0].second.reveal(), "cli-secret");
  EXPECT_EQ(std::get<std::string>(task.workdir), "/x/cli/cli-secret");
  EXPECT_TRUE(task.managed_secrets.empty());
  EXPECT_EQ(parse("", options).envs, options.envs);
}

TEST(ParseTask, Substitution_TouchesOnlyItsFields) {
  const Task task = parse(R"(
name: x
envs: {B: bucket, P: '"quoted"'}
file_mounts: {"/m/$B": "s3://${B}/x", "/n": {name: $B-data}}
volumes: {"/v": "$B"}
run: echo $B
service: {readiness_probe: {path: "/$P", post_data: {m: $B}}}
)");
  EXPECT_EQ(task.file_mounts, (TextPairs{{"/m/bucket", "s3://bucket/x"}}));
  EXPECT_EQ(task.storage_mounts[0].config.at("name"), Json("bucket-data"));
  EXPECT_EQ(to_json_text(task.volumes), R"({"/v":"bucket"})");
  EXPECT_EQ(task.run, "echo $B");
  EXPECT_EQ(
      to_json_text(*task.service),
      R"({"readiness_probe":{"path":"/\"quoted\"","initial_delay_seconds":1200,"post_data":{"m":"bucket"},"timeout_seconds":15},"replica_policy":{"min_replicas":1}})");
}

TEST(ParseTask, Secrets_InTheirForms) {
  const Task list = parse("secrets: ['secrets:A', 'secrets:workspace.B']\n");
  EXPECT_EQ(list.managed_secrets, (std::vector<SecretReference>{{"A"}, {"B", "workspace"}}));
  const Task mixed = parse("secrets: {V: x, N: , 'secrets:global.G': }\nmanaged_secrets: [{M: {mount_path: /m}}]\n");
  EXPECT_EQ(mixed.managed_secrets, (std::vector<SecretReference>{{"N"}, {"G", "global"}, {"M", "", "/m"}}));
  EXPECT_EQ(mixed.secrets.size(), 1U);
}

TEST(ParseTask, DockerLogin_GoesTogether) {
  EXPECT_EQ(failure("envs: {SKYPILOT_DOCKER_USERNAME: a}").message,
            "Docker login variables must be specified together in envs. Missing from envs: "
            "['SKYPILOT_DOCKER_PASSWORD', 'SKYPILOT_DOCKER_SERVER']");
  EXPECT_EQ(
      failure("envs: {SKYPILOT_DOCKER_USERNAME: a}\nsecrets: {SKYPILOT_DOCKER_PASSWORD: b}").message,
      "Docker login variables must be specified together either in envs OR secrets, not split across both. Found in "
      "envs: ['SKYPILOT_DOCKER_USERNAME'], Found in secrets: ['SKYPILOT_DOCKER_PASSWORD']");
}

TEST(ParseTask, AnyOf_OuterFieldsAreDefaults) {
  const Task task = parse(R"(
resources:
  cpus: 2
  labels: {a: 1x, b: 2x}
  any_of:
  - {infra: aws, labels: {b: other}}
  - {gpus: {L4: 1}, cpus: 8}
)");
  EXPECT_FALSE(task.resources.ordered);
  ASSERT_EQ(task.resources.candidates.size(), 2U);
  EXPECT_EQ(task.resources.candidates[0].cpus->text, "2");
  EXPECT_EQ(task.resources.candidates[0].labels, (TextPairs{{"a", "1x"}, {"b", "other"}}));
  // Labels of a candidate join the outer ones for all, as the Python tool has it.
  EXPECT_EQ(task.resources.candidates[1].labels, (TextPairs{{"a", "1x"}, {"b", "other"}}));
  EXPECT_EQ(task.resources.candidates[1].cpus->text, "8");
}

TEST(ParseTask, SeveralAccelerators_AreCandidates) {
  const Task ordered = parse("resources: {accelerators: [H100, 'A100:2']}");
  EXPECT_TRUE(ordered.resources.ordered);
  EXPECT_EQ(ordered.resources.candidates[1].accelerator, (Accelerator{"A100", 2}));
  const Task any = parse("resources: {accelerators: {H100: 1, L4: 4}}");
  EXPECT_FALSE(any.resources.ordered);
  EXPECT_EQ(any.resources.candidates.size(), 2U);
  EXPECT_FALSE(parse("resources: {accelerators: [H100]}").resources.ordered);
}

TEST(ParseTask, AcceleratorsByMemory_WaitForTheCatalog) {
  const Task task = parse("resources: {accelerators: ['nvidia:80GB+:2', H100]}");
  const auto& first = task.resources.candidates[0];
  EXPECT_EQ(first.accelerator->by_memory, (DeviceMemory{"nvidia", 80, true}));
  EXPECT_EQ(first.accelerator->count, 2);
  EXPECT_EQ(first.no_missing_accelerator_warnings, true);
}

TEST(ParseTask, WhatThePythonToolCrashesOn_IsASentence) {
  EXPECT_EQ(failure("resources: {accelerators: {}}").message, "\"accelerators\" names no accelerator. Found: {}");
  EXPECT_EQ(failure("resources: {accelerators: []}").message, "\"accelerators\" names no accelerator. Found: []");
  EXPECT_EQ(failure("resources: {accelerators: ''}").message,
            "The \"accelerators\" field as a str should be <name> or <name>:<cnt>. Found: ''");
  EXPECT_EQ(failure("resources: {accelerators: 'A100:1:1'}").message,
            "The \"accelerators\" field as a str should be <name> or <name>:<cnt>. Found: 'A100:1:1'");
  EXPECT_EQ(failure("resources: {image_id: {r: 5}}").message, "image_id must be a text. Found: 5");
  EXPECT_EQ(failure("resources: {cpus: .nan}").message,
            "The \"cpus\" field should be either a number or a string \"<number>+\". Found: 'nan'");
  EXPECT_EQ(failure("resources: {autostop: -5}").message,
            "Invalid resources YAML: -5 is less than the minimum of 0. Check problematic field(s): $.autostop");
  EXPECT_EQ(failure("resources: {local_disk: 'nvme:5++'}").message.substr(0, 19), "Invalid local_disk:");
  EXPECT_EQ(failure("a: &a [*a]").message, "found recursive alias 'a'");
}

TEST(ParseTask, DiskInFileMounts_BecomesAVolumeOfTheResources) {
  const Task task =
      parse("file_mounts: {/data: {store: volume, name: v, source: ./d, persistent: true, config: {disk_size: 10}}}");
  EXPECT_EQ(to_json_text(*task.resources.candidates[0].disks),
            R"([{"path":"/data","name":"v","auto_delete":false,"disk_size":10,"storage_type":"network",)"
            R"("attach_mode":"read_write","disk_tier":"best"}])");
  EXPECT_EQ(task.file_mounts, (TextPairs{{"/data/data", "./d"}}));
}

TEST(ParseTask, OldAutostopHook_BecomesAHook) {
  const Task task = parse("resources: {autostop: {hook: sync, hook_timeout: 5, down: true}}");
  EXPECT_EQ(task.hooks, (std::vector<Hook>{{"sync", {"down"}, 5}}));
  EXPECT_EQ(failure("resources: {hooks: []}").message.substr(0, 15), "Lifecycle hooks");
}

TEST(ParseTask, TextOfTheUser_IsKeptOrTakenFromTheWire) {
  EXPECT_EQ(parse("name: x").user_yaml, "name: x");
  EXPECT_EQ(parse("name: x\n_user_specified_yaml: 'name: original'").user_yaml, "name: original");
}

}  // namespace
}  // namespace sky
