#include "cli/command.h"

#include "base/assert.h"
#include "base/strings.h"
#include "cli/wrap.h"

namespace sky::cli {
namespace {

constexpr Option kHelp = {.names = "-h, --help", .help = "Show this message and exit.", .eager = true};

void append_names(std::string_view list, std::vector<std::string_view>& names) {
  for (const auto name : split(list, ',')) names.push_back(trim(name));
}

}  // namespace

auto names_of(const Option& option) -> OptionNames {
  constexpr std::string_view kSeparator = " / ";
  OptionNames names;
  const size_t slash = option.names.find(kSeparator);
  append_names(option.names.substr(0, slash), names.on);
  if (slash != std::string_view::npos) append_names(option.names.substr(slash + kSeparator.size()), names.off);
  return names;
}

auto key_of(const Option& option) -> std::string_view {
  const size_t start = option.names.find("--");
  SKY_ASSERT(start != std::string_view::npos);
  const std::string_view rest = option.names.substr(start + 2);
  return rest.substr(0, rest.find_first_of(", "));
}

auto options_of(const Command& command) -> std::vector<const Option*> {
  std::vector<const Option*> options;
  for (const Option& option : command.options) options.push_back(&option);
  options.push_back(&kHelp);
  return options;
}

auto metavar_of(const Argument& argument) -> std::string {
  const std::string name = to_upper(argument.name);
  switch (argument.arity) {
    case Arity::kOptional:
      return "[" + name + "]";
    case Arity::kOne:
      return name;
    case Arity::kAny:
      return "[" + name + "]...";
    case Arity::kSome:
      return name + "...";
  }
  return name;
}

auto metavar_of(const Option& option) -> std::string {
  if (!option.metavar.empty()) return std::string(option.metavar);
  switch (option.type) {
    case ValueType::kFlag:
      return "";
    case ValueType::kText:
      return "TEXT";
    case ValueType::kInteger:
      return "INTEGER";
    case ValueType::kCount:
      return "INTEGER RANGE";
    case ValueType::kNumber:
      return "FLOAT";
    case ValueType::kLimit:
      return "INT-OR-NONE";
    case ValueType::kChoice:
    case ValueType::kCaselessChoice:
    case ValueType::kChoiceList:
      return "[" + std::string(option.choices) + "]";
    case ValueType::kDirectory:
      return "DIRECTORY";
    case ValueType::kDotenvFile:
      return "FILE";
    case ValueType::kVariable:
      return "KEY[=VALUE]";
  }
  return "";
}

auto summary_of(const Command& command) -> std::string_view {
  return trim(command.page.substr(0, command.page.find("\n\n")));
}

auto description_of(const Command& command) -> std::string_view {
  const size_t end = command.page.find("\n\n");
  return end == std::string_view::npos ? "" : command.page.substr(end + 2);
}

auto find_command(const Command& group, std::string_view name) -> const Command* {
  for (const Command* command : group.commands) {
    if (command->name == name) return command;
  }
  return nullptr;
}

auto to_string(const CommandPath& path) -> std::string {
  std::string out;
  for (const Command* command : path) out.append(out.empty() ? "" : " ").append(command->name);
  return out;
}

auto usage_line(const CommandPath& path, size_t width) -> std::string {
  const Command& command = *path.back();
  std::string pieces = "[OPTIONS]";
  for (const Argument& argument : command.arguments) pieces += " " + metavar_of(argument);
  if (command.is_group()) pieces += " COMMAND [ARGS]...";
  const std::string prefix = "Usage: " + to_string(path) + " ";
  return wrap(pieces, {.width = width, .first_indent = prefix, .indent = std::string(prefix.size(), ' ')});
}

}  // namespace sky::cli
