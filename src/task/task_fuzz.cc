// Property: a file that is a task, pipeline or job group is written so that it reads back to the same tasks; and the
// search for all mistakes finds one exactly where reading stops at one.
#include "base/assert.h"
#include "task/dag.h"
#include "task/emit.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto dag = sky::parse_dag(text, "f");
  const auto mistakes = sky::find_mistakes(text, "f", {}, {});
  SKY_ASSERT(dag.ok() == mistakes.empty());
  if (!dag.ok()) return 0;
  for (sky::Task task : dag->tasks) {
    task.user_yaml.clear();
    const auto again = sky::parse_task(sky::task_to_yaml(task, sky::SecretsShown::kRevealed), "g");
    SKY_ASSERT(again.ok());
    sky::Task read = *again;
    read.user_yaml.clear();
    SKY_ASSERT(read == task);
  }
  return 0;
}
