// Task files and what the Python tool (0.14.1) makes of them: the task it writes back, or its error message. Recorded
// by running it; `local`, which only we have, is taken out of our lists before comparing.
#include <fstream>

#include <gtest/gtest.h>

#include "base/strings.h"
#include "task/emit.h"
#include "task/parse.h"

namespace sky {
namespace {

auto without_local(std::string_view text) -> std::string {
  return replace_all(replace_all(text, "|local", ""), ", 'local'", "");
}

TEST(RecordedTasks, SameTaskOrSameMessage) {
  std::ifstream file(std::string(SKY_SOURCE_DIR) + "/testdata/recorded_tasks.jsonl");
  size_t count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    const auto record = parse_json(line);
    ASSERT_TRUE(record.ok()) << line;
    const std::string yaml = *get_string(record->get_object(), "yaml");
    auto task = parse_task(yaml, "t.yaml");
    if (const Json* error = find(record->get_object(), "error")) {
      ASSERT_FALSE(task.ok()) << yaml;
      EXPECT_EQ(without_local(task.error().message), std::string_view(error->get_string())) << yaml;
      continue;
    }
    ASSERT_TRUE(task.ok()) << yaml << task.error().message;
    task->user_yaml.clear();
    EXPECT_EQ(Json(emit_task(*task, SecretsShown::kRevealed)), *find(record->get_object(), "task")) << yaml;
  }
  EXPECT_GT(count, 600U);
}

// What is written reads back to the same task.
TEST(RecordedTasks, WrittenTask_ReadsBack) {
  std::ifstream file(std::string(SKY_SOURCE_DIR) + "/testdata/recorded_tasks.jsonl");
  size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    const auto record = parse_json(line);
    auto task = parse_task(*get_string(record->get_object(), "yaml"), "t.yaml");
    if (!task.ok()) continue;
    const auto again = parse_task(task_to_yaml(*task, SecretsShown::kRevealed), "again.yaml");
    ASSERT_TRUE(again.ok()) << line << again.error().message;
    EXPECT_TRUE(*again == *task) << line << task_to_yaml(*again, SecretsShown::kRevealed);
    ++count;
  }
  EXPECT_GT(count, 200U);
}

}  // namespace
}  // namespace sky
