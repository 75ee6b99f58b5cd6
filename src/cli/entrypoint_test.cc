#include "cli/entrypoint.h"

#include <gtest/gtest.h>

#include <map>

namespace sky::cli {
namespace {

const std::map<std::string, std::string> kFiles = {{"ok.yaml", "run: x"}, {"noext", "run: x"},   {"list.yml", "- a"},
                                                   {"script", "echo hi"}, {"text.yml", "hello"}, {"bad.yaml", "a: ["},
                                                   {"my task", "run: x"}};

auto read(const std::string& path) -> Result<std::string> {
  if (path == "dir" || path == "dir.yaml") return make_error(ErrorCode::kInvalidArgument, "a directory");
  if (path == "locked.yaml") return make_error(ErrorCode::kIo, "permission denied");
  const auto found = kFiles.find(path);
  if (found == kFiles.end()) return make_error(ErrorCode::kNotFound, "no such file");
  return found->second;
}

auto is_structured(const std::string& text) -> Result<bool> {
  if (text.find('[') != std::string::npos) return make_error(ErrorCode::kInvalidTask, "line 1: unclosed '['");
  return text.find(':') != std::string::npos || text.starts_with('-');
}

auto resolve(const std::vector<std::string>& words) -> Entrypoint {
  return resolve_entrypoint(words, read, is_structured);
}

TEST(ResolveEntrypoint, YamlFile_IsATaskWhateverItsName) {
  for (const char* path : {"ok.yaml", "noext", "list.yml"}) {
    EXPECT_EQ(resolve({path}).kind, EntrypointKind::kTaskFile) << path;
    EXPECT_EQ(resolve({path}).text, path);
    EXPECT_EQ(resolve({path}).content, kFiles.at(path));
  }
}

TEST(ResolveEntrypoint, WordsJoined_MayNameAFile) {
  EXPECT_EQ(resolve({"my", "task"}).kind, EntrypointKind::kTaskFile);
}

TEST(ResolveEntrypoint, OtherWords_AreACommand) {
  for (const char* word : {"script", "dir", "nvidia-smi"}) {
    EXPECT_EQ(resolve({word}).kind, EntrypointKind::kCommand) << word;
  }
  const Entrypoint command = resolve({"python", "train.py", "--config", "a.yaml"});
  EXPECT_EQ(command.kind, EntrypointKind::kCommand);
  EXPECT_EQ(command.text, "python train.py --config a.yaml");
}

TEST(ResolveEntrypoint, Nothing_IsNone) {
  EXPECT_EQ(resolve({}).kind, EntrypointKind::kNone);
}

TEST(ResolveEntrypoint, Recipes_AreNamedBehindThePrefix) {
  EXPECT_EQ(resolve({"recipes:my-recipe"}).kind, EntrypointKind::kRecipe);
  EXPECT_EQ(resolve({"recipes:my-recipe"}).text, "my-recipe");
  EXPECT_EQ(resolve({"recipes:-x"}).kind, EntrypointKind::kCommand);
  EXPECT_EQ(resolve({"recipes:a_b"}).kind, EntrypointKind::kCommand);
}

TEST(ResolveEntrypoint, BrokenTaskFiles_AskWithTheReason) {
  EXPECT_EQ(bad_file_question(resolve({"missing.yaml"})),
            "'missing.yaml' looks like a yaml path but does not exist. Please check if the path is correct.\n"
            "It will be treated as a command to be run remotely. Continue?");
  EXPECT_EQ(resolve({"dir.yaml"}).reason, "is not a file. Please check if the path is correct.");
  EXPECT_EQ(resolve({"locked.yaml"}).reason, "cannot be read: permission denied.");
  EXPECT_EQ(resolve({"bad.yaml"}).reason,
            "contains an invalid configuration. Please check syntax.\n\nYAML Error: line 1: unclosed '['\n");
  EXPECT_EQ(resolve({"text.yml"}).reason, "holds plain text instead of a task.");
  EXPECT_EQ(resolve({"text.yml"}).kind, EntrypointKind::kBadTaskFile);
}

}  // namespace
}  // namespace sky::cli
