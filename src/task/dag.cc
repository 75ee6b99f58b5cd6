#include "task/dag.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "format/yaml.h"
#include "task/parse_scope.h"

namespace sky {
namespace {

constexpr std::string_view kSerial = "serial";
constexpr std::string_view kParallel = "parallel";
constexpr std::array<std::string_view, 5> kGroupFields = {"name", "execution", "primary_tasks", "termination_delay",
                                                          "inter_connection"};

template <class List>
auto contains(const List& list, std::string_view text) -> bool {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Python's bool(): null, false, 0, "" and empty collections are nothing.
auto is_empty(const YamlNode& node) -> bool {
  return node.is_null() || (node.is(YamlKind::kBool) && !node.bool_value) ||
         (node.is(YamlKind::kInt) && node.text == "0") || (node.is_string() && node.text.empty()) ||
         (node.is_sequence() && node.items.empty()) || (node.is_mapping() && node.entries.empty());
}

auto has_only(const YamlNode& mapping, std::initializer_list<std::string_view> keys) -> bool {
  return mapping.entries.size() == keys.size() &&
         std::all_of(keys.begin(), keys.end(), [&](std::string_view key) { return mapping.find(key) != nullptr; });
}

auto is_job_name(std::string_view name) -> bool {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return is_alnum(c) || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;  // letters of any script
  });
}

// `30`, `30s`, `5m`, …: a number with an optional unit.
auto is_duration(std::string_view text) -> bool {
  if (!text.empty() && std::string_view("smhdwSMHDW").contains(text.back())) text.remove_suffix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

auto name_of(const YamlNode* node) -> std::optional<std::string> {
  return node == nullptr || node->is_null() ? std::nullopt : std::optional(python_str(*node));
}

// The node that details["field"] of an error of validate.h names, as far as it exists.
auto node_at(const YamlNode& document, std::string_view field) -> const YamlNode& {
  const YamlNode* at = &document;
  for (const auto key : split(field, '\n')) {
    const YamlNode* next = at->find(key);
    if (next == nullptr) break;
    at = next;
  }
  return *at;
}

// Reads the documents of one file. With `check` and `mistakes` the first mistake does not end it.
class DagReader {
 public:
  DagReader(TaskDocuments& documents, const TaskParseOptions& options) : DagReader(documents, options, {}, nullptr) {}
  DagReader(TaskDocuments& documents, const TaskParseOptions& options, const TaskCheck& check,
            std::vector<Error>* mistakes)
      : documents_(documents),
        options_(options),
        check_(check),
        scope_({documents.stream(), documents.file(), mistakes}) {}

  auto read() -> Result<Dag> {
    SKY_CHECK(check_not_empty());
    SKY_CHECK(is_group() ? read_group() : read_chain());
    return std::move(dag_);
  }

 private:
  auto at(size_t index) const -> const YamlNode& { return documents_.document(index); }

  // What the Python tool says of a file without any content, or with a first document that is none.
  auto check_not_empty() const -> Result<> {
    bool empty = true;
    for (size_t i = 0; i < documents_.count(); ++i) empty = empty && is_empty(at(i));
    if (!empty) return {};
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("{} is empty or contains no task definition. Add at least a `run:` (or `setup:`) "
                                  "field.",
                                  python_repr(documents_.file())));
  }

  auto is_group() const -> bool {
    const YamlNode* execution =
        documents_.first_is_null() || documents_.total() < 2 ? nullptr : at(0).find("execution");
    return execution != nullptr && execution->is_string() && execution->text == kParallel;
  }

  auto add_task(const YamlNode& node) -> Result<> {
    SKY_TRY(auto task, parse_task_node(documents_, node, options_, scope_.mistakes));
    if (check_ && node.is_mapping()) {
      for (auto& mistake : check_(task)) {
        mistake.details.emplace("location", location_of(node_at(node, mistake.details["field"]), scope_.file));
        SKY_CHECK(scope_.report(std::move(mistake)));
      }
    }
    dag_.tasks.push_back(std::move(task));
    return {};
  }

  auto read_chain() -> Result<> {
    size_t first = 0;
    const YamlNode& header = at(0);
    const bool is_header = !documents_.first_is_null() && header.is_mapping() &&
                           (has_only(header, {"name"}) || has_only(header, {"name", "execution"}));
    if (is_header) {
      dag_.name = name_of(header.find("name"));
      const YamlNode* execution = header.find("execution");
      if (execution != nullptr && !execution->is_null() && !(execution->is_string() && execution->text == kSerial)) {
        SKY_CHECK(scope_.report(scope_.error(
            *execution, fmt::format("Invalid execution mode for pipeline: {}. Pipelines must use execution: serial (or "
                                    "omit it). Use execution: parallel for job groups.",
                                    python_repr(*execution)))));
      }
      first = 1;
    } else if (documents_.count() == 1) {
      dag_.name = name_of(header.find("name"));
    }
    if (first == documents_.count()) {
      YamlNode* only_name = scope_.stream.add(header);
      std::erase_if(only_name->entries, [](const YamlEntry& entry) { return entry.key->text != "name"; });
      return add_task(*only_name);
    }
    for (size_t i = first; i < documents_.count(); ++i) SKY_CHECK(add_task(at(i)));
    return {};
  }

  auto read_group() -> Result<> {
    const YamlNode& header = at(0);
    dag_.execution = DagExecution::kParallel;
    SKY_CHECK(scope_.report_failure(read_group_name(header)));
    for (size_t i = 1; i < documents_.count(); ++i) {
      SKY_CHECK(scope_.report_failure(read_job_name(at(i), i)));
      SKY_CHECK(add_task(at(i)));
    }
    SKY_CHECK(scope_.report_failure(read_primary_tasks(header)));
    SKY_CHECK(scope_.report_failure(read_delay(header)));
    const YamlNode* connection = header.find("inter_connection");
    if (connection == nullptr || connection->is_null()) return {};
    dag_.inter_connection = connection->bool_value;
    if (connection->is(YamlKind::kBool)) return {};
    return scope_.report(scope_.error(*connection, fmt::format("inter_connection must be a boolean, got {}: {}",
                                                               python_type(*connection), python_repr(*connection))));
  }

  auto read_group_name(const YamlNode& header) -> Result<> {
    const YamlNode* name = header.find("name");
    if (name == nullptr) return scope_.error(header, "Job Group header missing required fields: {'name'}");
    std::string unknown;
    for (const auto& entry : header.entries) {
      if (contains(kGroupFields, entry.key->text)) continue;
      unknown += (unknown.empty() ? "" : ", ") + python_repr(*entry.key);
    }
    if (!unknown.empty()) {
      dag_.warnings.push_back(
          fmt::format("Unknown fields in Job Group header: {{{}}}. These will be ignored.", unknown));
    }
    if (!name->is_string() || name->text.empty() || !is_job_name(name->text)) {
      return scope_.error(*name, fmt::format("Invalid job group name: {}. Name must contain only alphanumeric "
                                             "characters, hyphens, and underscores.",
                                             python_repr(*name)));
    }
    dag_.name = name->text;
    return {};
  }

  auto read_job_name(const YamlNode& job, size_t number) -> Result<> {
    const YamlNode* name = job.find("name");
    if (name == nullptr || name->is_null()) {
      return scope_.error(job, fmt::format("Job {} in Job Group must have a \"name\" field.", number));
    }
    if (!name->is_string() || !is_job_name(name->text)) {
      return scope_.error(*name, fmt::format("Invalid job name: {}. Name must contain only alphanumeric characters, "
                                             "hyphens, and underscores.",
                                             python_repr(*name)));
    }
    if (contains(job_names_, name->text)) {
      return scope_.error(*name, fmt::format("Duplicate job name in Job Group: {}", name->text));
    }
    job_names_.push_back(name->text);
    return {};
  }

  auto available() const -> std::string {
    std::vector<std::string> names;
    for (const auto& name : job_names_) names.push_back(python_repr(std::string_view(name)));
    std::sort(names.begin(), names.end());
    return fmt::format("[{}]", join(names, ", "));
  }

  auto read_primary_tasks(const YamlNode& header) -> Result<> {
    const YamlNode* list = header.find("primary_tasks");
    if (list == nullptr || list->is_null()) return {};
    if (!list->is_sequence()) {
      return scope_.error(*list, fmt::format("primary_tasks must be a list of job names, got {}", python_type(*list)));
    }
    for (const auto* item : list->items) {
      if (!item->is_string()) {
        return scope_.error(*item, fmt::format("primary_tasks entries must be strings, got {}", python_type(*item)));
      }
      if (!contains(job_names_, item->text)) {
        return scope_.error(*item, fmt::format("primary_tasks references unknown job: {}. Available jobs: {}",
                                               item->text, available()));
      }
      dag_.primary_tasks.push_back(item->text);
    }
    return {};
  }

  auto check_delay(const YamlNode& value, const std::string& field) const -> Result<> {
    const std::string text = python_str(value);
    if (is_duration(text)) return {};
    return scope_.error(value, fmt::format("Invalid time duration for {}: {}. Expected format: NUMBER[s|m|h|d|w] "
                                           "(e.g., \"30s\", \"5m\", \"1h\")",
                                           field, python_repr(std::string_view(text))));
  }

  auto read_delay(const YamlNode& header) -> Result<> {
    const YamlNode* delay = header.find("termination_delay");
    if (delay == nullptr || delay->is_null()) return {};
    const auto is_simple = [](const YamlNode& node) {
      return node.is_string() || node.is(YamlKind::kInt) || node.is(YamlKind::kBool);
    };
    if (is_simple(*delay)) {
      dag_.termination_delay = Json(python_str(*delay));
      return check_delay(*delay, "termination_delay");
    }
    if (!delay->is_mapping()) {
      return scope_.error(*delay,
                          fmt::format("termination_delay must be a string, int, or dict, got {}", python_type(*delay)));
    }
    JsonObject delays;
    for (const auto& [key, value] : delay->entries) {
      if (!key->is_string() || !is_simple(*value)) {
        return scope_.error(*value, fmt::format("termination_delay dict must have string keys and string/int values, "
                                                "got {}: {}",
                                                python_repr(*key), python_repr(*value)));
      }
      if (key->text != "default" && !contains(job_names_, key->text)) {
        return scope_.error(*key, fmt::format("termination_delay references unknown job: {}. Available jobs: {} (or "
                                              "\"default\")",
                                              key->text, available()));
      }
      SKY_CHECK(check_delay(*value, fmt::format("termination_delay[{}]", python_repr(*key))));
      delays[key->text] = python_str(*value);
    }
    dag_.termination_delay = std::move(delays);
    return {};
  }

  TaskDocuments& documents_;
  const TaskParseOptions& options_;
  TaskCheck check_;
  ParseScope scope_;
  Dag dag_ = {};
  std::vector<std::string> job_names_;
};

// Line and column; zeros for an error without a place.
auto position_of(const Error& error) -> std::pair<std::int64_t, std::int64_t> {
  const auto found = error.details.find("location");
  if (found == error.details.end()) return {0, 0};
  const auto parts = split(found->second, ':');
  if (parts.size() < 3) return {0, 0};
  return {parse_int(parts[parts.size() - 2]).value_or(0), parse_int(parts.back()).value_or(0)};
}

// By place, each once: a field outside of any_of is read with every candidate.
auto in_order(std::vector<Error> mistakes) -> std::vector<Error> {
  std::multimap<std::pair<std::int64_t, std::int64_t>, Error> sorted;
  for (auto& mistake : mistakes) {
    const auto [begin, end] = sorted.equal_range(position_of(mistake));
    if (std::any_of(begin, end, [&](const auto& other) { return other.second.message == mistake.message; })) continue;
    sorted.emplace(position_of(mistake), std::move(mistake));
  }
  std::vector<Error> out;
  for (auto& [position, mistake] : sorted) out.push_back(std::move(mistake));
  return out;
}

}  // namespace

auto parse_dag(std::string_view text, std::string_view file, const TaskParseOptions& options) -> Result<Dag> {
  SKY_TRY(auto documents, parse_task_documents(text, file));
  return DagReader(documents, options).read();
}

auto find_mistakes(std::string_view text, std::string_view file, const TaskParseOptions& options,
                   const TaskCheck& check) -> std::vector<Error> {
  std::vector<Error> mistakes;
  auto documents = parse_task_documents(text, file);
  if (!documents.ok()) return {std::move(documents).error()};
  if (auto dag = DagReader(*documents, options, check, &mistakes).read(); !dag.ok()) {
    mistakes.push_back(std::move(dag).error());
  }
  return in_order(std::move(mistakes));
}

}  // namespace sky
