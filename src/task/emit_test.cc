#include "task/emit.h"

#include <gtest/gtest.h>

#include "task/parse.h"
#include "task/substitute.h"
#include "task/validate.h"

namespace sky {
namespace {

auto parse(std::string_view text) -> Task {
  auto task = parse_task(text, "t.yaml");
  EXPECT_TRUE(task.ok()) << text << (task.ok() ? "" : task.error().message);
  return task.ok() ? *task : Task{};
}

TEST(EmitTask, Redacted_ShowsNoSecretAnywhere) {
  const Task task = parse(
      "secrets: {TOKEN: hunter2, EMPTY: }\nresources: {_docker_login_config: {username: u, password: hunter2, server: "
      "s}}");
  const std::string shown = task_to_yaml(task, SecretsShown::kRedacted);
  EXPECT_EQ(shown.find("hunter2"), std::string::npos) << shown;
  EXPECT_NE(shown.find("TOKEN: <redacted>"), std::string::npos) << shown;
  EXPECT_NE(task_to_yaml(task, SecretsShown::kRevealed).find("TOKEN: hunter2"), std::string::npos);
}

TEST(EmitTask, References_MoveBesideValues) {
  EXPECT_EQ(to_json_text(emit_task(parse("secrets: ['secrets:A']"), SecretsShown::kRevealed).at("secrets")),
            R"(["secrets:A"])");
  const JsonObject both = emit_task(parse("secrets: {V: x, A: }"), SecretsShown::kRevealed);
  EXPECT_EQ(to_json_text(both.at("secrets")), R"({"V":"x"})");
  EXPECT_EQ(to_json_text(both.at("managed_secrets")), R"(["secrets:A"])");
}

TEST(EmitTask, AcceleratorsByMemory_ReadBack) {
  for (const std::string text : {"nvidia:80GB+:2", "24GB+", "80GB:4"}) {
    const Task task = parse(fmt::format("resources: {{accelerators: '{}'}}", text));
    EXPECT_EQ(parse(task_to_yaml(task, SecretsShown::kRevealed)).resources, task.resources) << text;
  }
}

TEST(RedactUserYaml, KeepsReferencesAndDocuments) {
  EXPECT_EQ(*redact_user_yaml("name: d\n---\nsecrets: {A: b, C: }\nrun: x\n"),
            "name: d\n---\nsecrets:\n  A: <redacted>\n  C: null\nrun: x\n");
  EXPECT_EQ(*redact_user_yaml("secrets: ['secrets:A']"), "secrets:\n- secrets:A\n");
  EXPECT_EQ(*redact_user_yaml(""), "{}\n");
  EXPECT_FALSE(redact_user_yaml("a: [").ok());
}

TEST(SubstituteText, Forms) {
  const auto value_of = [](std::string_view name) {
    return name == "A" ? std::optional<std::string>("x") : std::nullopt;
  };
  EXPECT_EQ(substitute_text("$A ${A} $AB ${B} $$A a$ ${ $1A ${A:-d} $A}", value_of),
            "x x $AB ${B} $x a$ ${ $1A x:-d} x");
  EXPECT_EQ(substitute_text("é$Aé", value_of), "éxé");
}

TEST(ValidateTask, NamesStrategiesMountsAndVolumes) {
  const auto check = [](std::string_view text) {
    const auto valid = validate_task(parse(text));
    return valid.ok() ? std::string("ok") : valid.error().message;
  };
  for (const auto* name : {"a", "a-b", "a__b", "A.b_c-d1"})
    EXPECT_EQ(check(fmt::format("name: '{}'", name)), "ok") << name;
  for (const auto* name : {"", "-a", "a-", "a---b", "a b", "é"}) {
    EXPECT_EQ(check(fmt::format("name: '{}'", name)).substr(0, 17), "Invalid task name") << name;
  }
  EXPECT_EQ(
      check("resources: {job_recovery: foo}"),
      "Jobs recovery strategy 'FOO' is not a valid jobs recovery strategy among ['failover', 'eager_next_region'].");
  EXPECT_EQ(check("resources: {job_recovery: FAILOVER}"), "ok");
  EXPECT_EQ(check("file_mounts: {/a/: b}"), "Mount paths cannot end with a slash Found: /a/ in file_mounts./a/: b");
  EXPECT_EQ(check("file_mounts: {s3://x: b}"), "File mount destination paths cannot be cloud storage");
  EXPECT_EQ(check("workdir: .\nfile_mounts: {~/sky_workdir: b}").substr(0, 26), "Cannot use '~/sky_workdir'");
  EXPECT_EQ(check("volumes: {data: v}").substr(0, 50), "File mount destination must be an absolute path (s");
  EXPECT_EQ(check("volumes: {/d: {type: x}}").substr(0, 22), "Invalid volume config:");
  EXPECT_EQ(check("volumes: {/d: {size: 10}, /e: v}"), "ok");
}

TEST(ValidateTaskFiles, WorkdirAndSources) {
  const FileProbe files = {[](std::string_view path) { return path == "/w"; },
                           [](std::string_view path) { return path == "/f"; }};
  const auto check = [&](std::string_view text) {
    const auto valid = validate_task_files(parse(text), files);
    return valid.ok() ? std::string("ok") : valid.error().message;
  };
  EXPECT_EQ(check("workdir: /w\nfile_mounts: {/a: /f, /b: 's3://bucket/x'}"), "ok");
  EXPECT_EQ(check("workdir: /x"), "Workdir must be a valid directory (or a symlink to a directory). /x not found.");
  EXPECT_EQ(check("file_mounts: {/a: /g}"),
            "File mount source '/g' does not exist locally. To fix: check if it exists, and correct the path.");
  EXPECT_EQ(check("workdir: {url: u}"), "ok");
}

TEST(ExpandAccelerators, DevicesReplaceMemory_NamedOnesStay) {
  ResourceChoices choices = parse("resources: {accelerators: ['80GB+:2', H100]}").resources;
  const auto devices = [](const DeviceMemory& memory) {
    return memory.memory_gib == 80 ? std::vector<std::string>{"A100-80GB", "H100"} : std::vector<std::string>{};
  };
  ASSERT_TRUE(expand_accelerators(choices, devices).ok());
  ASSERT_EQ(choices.candidates.size(), 2U);
  EXPECT_EQ(choices.candidates[0].accelerator, (Accelerator{"A100-80GB", 2}));
  EXPECT_EQ(choices.candidates[1].accelerator, (Accelerator{"H100", 1}));
  ResourceChoices none = parse("resources: {accelerators: 999GB}").resources;
  EXPECT_EQ(expand_accelerators(none, devices).error().message, "No accelerator has the requested memory.");
}

}  // namespace
}  // namespace sky
