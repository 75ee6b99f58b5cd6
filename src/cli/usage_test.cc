// The parser against the original: testdata/usage.golden holds what skypilot 0.14.1 makes of hundreds of command lines
// (recorded by testdata/record_usage.py).
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/fake_environment_test.h"
#include "cli/help.h"
#include "cli/parse.h"

namespace sky::cli {
namespace {

struct RecordedCase {
  std::vector<std::string> words;
  std::string expected;
};

auto trim_right(std::string_view line) -> std::string {
  while (line.ends_with(' ')) line.remove_suffix(1);
  return std::string(line);
}

auto read_cases() -> std::vector<RecordedCase> {
  std::ifstream file(SKY_SOURCE_DIR "/testdata/usage.golden");
  std::vector<RecordedCase> cases;
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with('$')) {
      RecordedCase& added = cases.emplace_back();
      auto words = split(line, '\t');
      for (const auto word : std::span(words).subspan(1)) added.words.push_back(replace_all(word, "\\n", "\n"));
    } else if (!line.empty() && !line.starts_with("#")) {
      cases.back().expected += line + "\n";
    }
  }
  return cases;
}

auto shown_option(const Invocation& invocation, const Option& option) -> std::string {
  const std::string_view key = key_of(option);
  if (option.type == ValueType::kFlag) return invocation.flag(key) ? "true" : "false";
  if (option.multiple) return join(invocation.texts(key), "|");
  const std::string text = invocation.text(key).value();
  return text == "all" ? "none" : text;
}

auto shown(const Invocation& invocation) -> std::string {
  if (invocation.eager() == "help") return fmt::format("eager help {}\n", usage_line(invocation.path(), 78));
  if (!invocation.eager().empty()) return fmt::format("eager {}\n", invocation.eager());
  std::vector<std::string> lines;
  for (const Option* option : options_of(invocation.command())) {
    const std::string_view key = key_of(*option);
    const bool unrecorded = key == "config" || key == "workspace" || key == "env-file" || key == "secret-file";
    if (unrecorded || !invocation.given(key)) continue;
    lines.push_back(trim_right(fmt::format("{} = {}\n", key, shown_option(invocation, *option))));
  }
  for (const Argument& argument : invocation.command().arguments) {
    const auto values = invocation.arguments(argument.name);
    if (!values.empty()) lines.push_back(fmt::format("{} = {}\n", argument.name, join(values, "|")));
  }
  std::ranges::sort(lines);
  return fmt::format("parsed {}\n{}", to_string(invocation.path()), fmt::join(lines, ""));
}

auto shown(const Result<Invocation>& parsed) -> std::string {
  if (parsed.ok()) return shown(*parsed);
  std::string out = "error\n";
  for (const auto line : split(trim(parsed.error().message), '\n')) out += fmt::format("| {}\n", line);
  return out;
}

TEST(ParseCommandLine, RecordedCommandLines_MatchTheOriginal) {
  FakeCliEnvironment env;
  env.variables = {{"MY_ENV", "1"}};
  env.directories = {"/tmp"};
  env.files = {{"/etc/hostname", "host\n"}};
  const auto cases = read_cases();
  EXPECT_GT(cases.size(), 500U);
  for (const RecordedCase& recorded : cases) {
    std::string actual;
    for (const auto line : split(shown(parse_command_line(kRootCommand, recorded.words, env)), '\n')) {
      if (!line.empty()) actual += trim_right(line) + "\n";
    }
    EXPECT_EQ(actual, recorded.expected) << "sky " << fmt::format("{}", fmt::join(recorded.words, " "));
  }
}

}  // namespace
}  // namespace sky::cli
