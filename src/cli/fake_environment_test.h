// The outside world of tests: variables and files in memory, captured output, scripted input.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "cli/environment.h"

namespace sky::cli {

class FakeCliEnvironment : public CliEnvironment {
 public:
  std::map<std::string, std::string, std::less<>> variables;
  std::map<std::string, std::string, std::less<>> files;
  std::set<std::string, std::less<>> directories;
  std::string directory = "/home/alice/project";
  std::deque<std::string> input;
  TerminalFacts terminal_facts;
  WallTime time = from_epoch_seconds(1764000000);
  std::map<Completion, std::vector<std::string>> names;

  auto out() const -> const std::string& { return out_; }
  auto err() const -> const std::string& { return err_; }

  auto variable(std::string_view name) const -> std::optional<std::string> override {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  }
  auto all_variables() const -> std::map<std::string, std::string> override {
    return {variables.begin(), variables.end()};
  }
  auto working_directory() const -> std::string override { return directory; }
  auto terminal() const -> TerminalFacts override { return terminal_facts; }
  auto now() const -> WallTime override { return time; }
  auto path_kind(const std::string& path) const -> PathKind override {
    if (directories.contains(path)) return PathKind::kDirectory;
    return files.contains(path) ? PathKind::kFile : PathKind::kMissing;
  }
  auto read_file(const std::string& path) const -> Result<std::string> override {
    if (directories.contains(path)) return make_error(ErrorCode::kInvalidArgument, "'" + path + "' is a directory");
    const auto found = files.find(path);
    if (found == files.end()) return make_error(ErrorCode::kNotFound, "'" + path + "' does not exist");
    return found->second;
  }
  auto write_file(const std::string& path, std::string_view text) -> Result<> override {
    files.insert_or_assign(path, std::string(text));
    return {};
  }
  auto remove_file(const std::string& path) -> Result<> override {
    files.erase(path);
    return {};
  }
  void write_out(std::string_view bytes) override { out_ += bytes; }
  void write_err(std::string_view bytes) override { err_ += bytes; }
  auto read_line() -> std::optional<std::string> override {
    if (input.empty()) return std::nullopt;
    std::string line = std::move(input.front());
    input.pop_front();
    return line;
  }
  auto completions(Completion kind, std::string_view) -> std::vector<std::string> override { return names[kind]; }

 private:
  std::string out_;
  std::string err_;
};

}  // namespace sky::cli
