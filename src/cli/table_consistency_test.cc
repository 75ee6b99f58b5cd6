// Properties of the command table that parser, help and completion rely on, over all commands.
#include <gtest/gtest.h>

#include <set>

#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/help.h"

namespace sky::cli {
namespace {

void collect(const CommandPath& path, std::vector<CommandPath>& out) {
  out.push_back(path);
  for (const Command* child : path.back()->commands) {
    CommandPath child_path = path;
    child_path.push_back(child);
    collect(child_path, out);
  }
}

auto all_commands() -> std::vector<CommandPath> {
  std::vector<CommandPath> out;
  collect({&kRootCommand}, out);
  return out;
}

TEST(CommandTable, AllCommands_HaveDistinctSpellings) {
  for (const CommandPath& path : all_commands()) {
    std::multiset<std::string_view> names;
    for (const Option* option : options_of(*path.back())) {
      const OptionNames spelled = names_of(*option);
      names.insert(spelled.on.begin(), spelled.on.end());
      names.insert(spelled.off.begin(), spelled.off.end());
    }
    for (const auto name : names) {
      EXPECT_EQ(names.count(name), 1U) << to_string(path) << " " << name;
      EXPECT_TRUE(name.starts_with('-') && name.find(' ') == name.npos) << to_string(path) << " " << name;
    }
  }
}

TEST(CommandTable, ChoiceOptions_HaveChoicesAndAValidDefault) {
  for (const CommandPath& path : all_commands()) {
    for (const Option& option : path.back()->options) {
      const bool chooses = option.type == ValueType::kChoice || option.type == ValueType::kCaselessChoice ||
                           option.type == ValueType::kChoiceList;
      EXPECT_EQ(chooses, !option.choices.empty()) << to_string(path) << " " << option.names;
      const auto choices = split(option.choices, '|');
      if (chooses && !option.fallback.empty()) {
        EXPECT_EQ(std::ranges::count(choices, option.fallback), 1) << to_string(path) << " " << option.names;
      }
    }
  }
}

TEST(CommandTable, FlagDefaults_AreTrueOrNothing) {
  for (const CommandPath& path : all_commands()) {
    for (const Option& option : path.back()->options) {
      if (option.type != ValueType::kFlag) continue;
      EXPECT_TRUE(option.fallback.empty() || option.fallback == "true") << to_string(path) << " " << option.names;
      EXPECT_FALSE(option.multiple) << to_string(path) << " " << option.names;
    }
  }
}

TEST(CommandTable, Arguments_OnlyTheLastOneRepeats) {
  for (const CommandPath& path : all_commands()) {
    const auto arguments = path.back()->arguments;
    for (size_t i = 0; i + 1 < arguments.size(); ++i) {
      EXPECT_TRUE(arguments[i].arity == Arity::kOne || arguments[i].arity == Arity::kOptional) << to_string(path);
    }
  }
}

TEST(CommandTable, Summaries_FitOnTheirLineOfTheGroupsPage) {
  for (const CommandPath& path : all_commands()) {
    if (path.size() == 1) continue;
    const std::string_view summary = summary_of(*path.back());
    EXPECT_FALSE(summary.empty()) << to_string(path);
    EXPECT_EQ(summary.find('\n'), summary.npos) << to_string(path);
    if (!path.back()->hidden) EXPECT_LE(summary.size(), 62U) << to_string(path);
  }
}

TEST(CommandTable, HelpPages_KeepTo78Columns) {
  for (const CommandPath& path : all_commands()) {
    const std::string page = render_help(path, {});
    for (const auto line : split(page, '\n')) {
      const bool is_option = line.starts_with("  -") && line.find('[') != line.npos;  // choices are not broken
      if (!is_option) EXPECT_LE(line.size(), 78U) << to_string(path) << ": " << line;
    }
  }
}

}  // namespace
}  // namespace sky::cli
