// Reads task files.
//
// Errors carry the message that the Python tool gives first for the same file, the place in details["location"]
// (`file:line:column`) and, for schema errors, the field in details["field"]:
//   kInvalidTask       YAML syntax (the place is in the message too), a repeated key, a schema violation
//   kInvalidArgument   a value that has the right type and is still wrong
// Pure: no files are read, no catalog is asked. What only a validation can tell is in validate.h.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "config/shared_schemas.h"
#include "format/yaml.h"
#include "task/task.h"

namespace sky {

struct TaskParseOptions {
  // From --env, --env-file, --secret and --secret-file, in their final precedence (overrides.h). They are known while
  // the file is read, because paths and bucket names may use them.
  TextPairs envs = {};
  std::vector<std::pair<std::string, Secret>> secrets = {};
  // Kept for a tool that only reads, as the original's client does; what runs a task refuses them.
  PluginKeys plugin_keys = PluginKeys::kRefused;
};

// A file's documents, without the empty ones. One is a task; several are a pipeline or a job group.
class TaskDocuments {
 public:
  TaskDocuments(YamlStream stream, std::string text, std::string file);
  auto count() const -> size_t { return documents_.size(); }
  // Empty ones included.
  auto total() const -> size_t { return stream_.documents().size(); }
  auto first_is_null() const -> bool { return total() > 0 && stream_.documents().front()->is_null(); }
  // REQUIRES: index < count().
  auto document(size_t index) const -> const YamlNode& { return *documents_[index]; }
  auto text() const -> const std::string& { return text_; }
  auto file() const -> const std::string& { return file_; }
  auto stream() -> YamlStream& { return stream_; }

 private:
  YamlStream stream_;
  std::string text_;
  std::string file_;
  std::vector<const YamlNode*> documents_;
};

auto parse_task_documents(std::string_view text, std::string_view file) -> Result<TaskDocuments>;

// One document as a task. REQUIRES: index < documents.count().
auto parse_task_document(TaskDocuments& documents, size_t index, const TaskParseOptions& options = {}) -> Result<Task>;

// The same for a node that the caller has made out of one. `mistakes`, if given, gets every mistake; what is read then
// lacks the fields that are wrong.
auto parse_task_node(TaskDocuments& documents, const YamlNode& node, const TaskParseOptions& options,
                     std::vector<Error>* mistakes = nullptr) -> Result<Task>;

// A file with one task; an empty file is a task that only starts machines. Several documents are an error that says
// which command takes them.
auto parse_task(std::string_view text, std::string_view file, const TaskParseOptions& options = {}) -> Result<Task>;

}  // namespace sky
