#include "task/dag.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "task/json_schema.h"
#include "task/validate.h"

namespace sky {
namespace {

auto names(const Dag& dag) -> std::vector<std::string> {
  std::vector<std::string> out;
  for (const auto& task : dag.tasks) out.push_back(task.name.value_or("-"));
  return out;
}

auto failure(std::string_view text) -> std::string {
  const auto dag = parse_dag(text, "t.yaml");
  return dag.ok() ? "" : dag.error().message;
}

using Names = std::vector<std::string>;

TEST(ParseDag, OneDocument_IsATaskThatNamesTheDag) {
  const auto dag = parse_dag("name: x\nrun: a\n", "t.yaml");
  EXPECT_EQ(dag->name, "x");
  EXPECT_EQ(names(*dag), Names{"x"});
  EXPECT_EQ(names(*parse_dag("name: only\n", "t.yaml")), Names{"only"});
}

TEST(ParseDag, Header_NamesAPipelineAndIsNoTask) {
  const auto dag = parse_dag("name: p\nexecution: serial\n---\nname: a\nrun: x\n---\n---\nrun: b\n", "t.yaml");
  EXPECT_EQ(dag->name, "p");
  EXPECT_EQ(dag->execution, DagExecution::kSerial);
  EXPECT_EQ(names(*dag), (Names{"a", "-"}));
  EXPECT_EQ(parse_dag("run: a\n---\nrun: b\n", "t.yaml")->tasks.size(), 2U);
}

TEST(ParseDag, JobGroup_HasPrimaryTasksAndDelays) {
  const auto dag = parse_dag(
      "name: g\nexecution: parallel\nprimary_tasks: [a]\ntermination_delay: {default: 30, b: 1m}\n"
      "inter_connection: true\ncolour: red\n---\nname: a\n---\nname: b\n",
      "t.yaml");
  ASSERT_TRUE(dag.ok()) << dag.error().message;
  EXPECT_EQ(dag->execution, DagExecution::kParallel);
  EXPECT_EQ(dag->primary_tasks, Names{"a"});
  EXPECT_EQ(*dag->termination_delay, Json({{"default", "30"}, {"b", "1m"}}));
  EXPECT_EQ(dag->inter_connection, true);
  EXPECT_EQ(dag->warnings, Names{"Unknown fields in Job Group header: {'colour'}. These will be ignored."});
}

TEST(ParseDag, WrongGroups_GiveTheKnownSentences) {
  const std::string group = "name: g\nexecution: parallel\n";
  EXPECT_EQ(failure(group + "---\nrun: x\n"), "Job 1 in Job Group must have a \"name\" field.");
  EXPECT_EQ(failure(group + "---\nname: a\n---\nname: a\n"), "Duplicate job name in Job Group: a");
  EXPECT_EQ(failure(group + "primary_tasks: [c]\n---\nname: b\n---\nname: a\n"),
            "primary_tasks references unknown job: c. Available jobs: ['a', 'b']");
  EXPECT_EQ(failure(group + "termination_delay: soon\n---\nname: a\n"),
            "Invalid time duration for termination_delay: 'soon'. Expected format: NUMBER[s|m|h|d|w] (e.g., \"30s\", "
            "\"5m\", \"1h\")");
  EXPECT_EQ(failure("execution: parallel\n---\nname: a\n"), "Job Group header missing required fields: {'name'}");
  EXPECT_EQ(failure("name: p\nexecution: parallel\n"),
            "Invalid execution mode for pipeline: 'parallel'. Pipelines must use execution: serial (or omit it). Use "
            "execution: parallel for job groups.");
}

TEST(ParseDag, FileWithoutTask_IsAnError) {
  for (const auto* text : {"", "# nothing\n", "---\n---\n", "{}\n"}) {
    EXPECT_TRUE(failure(text).starts_with("'t.yaml' is empty or contains no task definition.")) << text;
  }
  EXPECT_EQ(failure("caf\xe9: x"), "'t.yaml' is not a valid UTF-8 text file and cannot be parsed as YAML.");
  EXPECT_EQ(failure("5\n"), "YAML loaded as int, not as dict. Is it correct? Path: t.yaml");
}

TEST(ParseDag, BrokenYaml_SaysWhatPyYamlSays) {
  const auto dag = parse_dag("a: [\n", "t.yaml");
  ASSERT_FALSE(dag.ok());
  EXPECT_EQ(dag.error().message,
            "while parsing a flow node\ndid not find expected node content\n  in \"<file>\", line 2, column 1");
  EXPECT_EQ(dag.error().details.at("location"), "t.yaml:2:1");
}

auto all_mistakes(std::string_view text) -> std::vector<std::string> {
  const FileProbe nothing = {.is_directory = [](std::string_view) { return false; },
                             .exists = [](std::string_view) { return false; }};
  std::vector<std::string> out;
  for (const auto& mistake :
       find_mistakes(text, "t", {}, [&](const Task& task) { return find_task_mistakes(task, nothing); })) {
    out.push_back(fmt::format("{} {}", mistake.details.contains("location") ? mistake.details.at("location") : "",
                              mistake.message.substr(0, 40)));
  }
  return out;
}

TEST(FindMistakes, AllAreFoundInTheOrderOfTheFile) {
  EXPECT_EQ(
      all_mistakes("nme: x\n"
                   "num_nodes: '2'\n"
                   "workdir: ./gone\n"
                   "resources:\n"
                   "  cpus: many\n"
                   "  memry: 1\n"
                   "  job_recovery: magic\n"
                   "  any_of:\n"
                   "    - {infra: aws}\n"
                   "    - {disk_tier: fast}\n"
                   "service: {readiness_probe: health}\n"
                   "---\n"
                   "run: [a]\n"),
      (Names{"t:1:1 Invalid task YAML: Instead of 'nme', did", "t:2:12 Invalid task YAML: '2' is not of type 'i",
             "t:3:10 Workdir must be a valid directory (or a ", "t:5:9 The \"cpus\" field should be either a numb",
             "t:6:3 Invalid resources YAML: Instead of 'memr", "t:7:17 Jobs recovery strategy 'MAGIC' is not a ",
             "t:10:19 Invalid disk_tier 'fast'. Disk tier must", "t:11:28 readiness_path must start with a slash (",
             "t:13:6 Invalid task YAML: ['a'] is not of type "}));
}

TEST(FindMistakes, RightFile_HasNone) {
  EXPECT_EQ(all_mistakes("run: a\nresources: {any_of: [{cpus: 1}, {cpus: 2}]}\n"), Names{});
}

TEST(TaskJsonSchema, SaysWhatTheTablesSay) {
  const JsonObject schema = task_json_schema();
  const Json& task = schema.at("anyOf").at(0).at("anyOf").at(0);
  EXPECT_EQ(task.at("additionalProperties"), Json(false));
  EXPECT_EQ(task.at("properties").at("num_nodes").at("anyOf").at(0).at("type"), Json("integer"));
  const Json& resources = task.at("properties").at("resources").at("anyOf").at(0);
  EXPECT_TRUE(resources.at("properties").as_object().contains("gpus"));
}

}  // namespace
}  // namespace sky
