// The declarative command table: what every command is called, takes and says about itself. Parser, help pages, shell
// completion and man page are all made from it, so that none of them can differ.
//
// Everything here is constant data (constinit, string literals): start-up builds nothing. A command lives in a file of
// commands/ together with its handler; its page is pages/<command>.md. commands/root.cc puts the tree together.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sky::cli {

class Invocation;

enum class ValueType : std::uint8_t {
  kFlag,            // takes no value; two-way when its names have an off form
  kText,            // any text
  kInteger,         // as Python's int() reads it
  kCount,           // an integer of at least 1
  kNumber,          // a decimal number
  kLimit,           // an integer, or `none` or `all` for no limit
  kChoice,          // one of the choices
  kCaselessChoice,  // one of the choices, in any case
  kChoiceList,      // choices separated by commas, in any case
  kDirectory,       // a directory that exists
  kDotenvFile,      // a file that exists
  kVariable,        // KEY=VALUE, or KEY to take the value from the environment; the parser makes it KEY=VALUE
};

// What completion offers for a value.
enum class Completion : std::uint8_t { kNone, kFile, kDirectory, kCluster, kStorage, kVolume, kRequest };

struct Option {
  // All spellings, in the order in which errors name them; after ` / ` those that switch off:
  // "--detach-run, -d / -no-d". The first long one without dashes is the key by which handlers ask.
  std::string_view names;
  ValueType type = ValueType::kFlag;
  std::string_view help = {};
  std::string_view fallback = {};  // value when absent, as typed; `true` for a flag that is on. Empty: none
  std::string_view choices = {};   // "low|medium|high"
  std::string_view metavar = {};   // placeholder in help when the type's own would say too little
  // Given: the value may be left out (at the end, or before another option), and is then this one.
  std::optional<std::string_view> bare_value = std::nullopt;
  bool multiple = false;  // may be repeated; handlers get all values
  bool hidden = false;    // works, is not shown
  bool eager = false;     // ends parsing: the command only does this (help, version)
  Completion completion = Completion::kNone;
};

enum class Arity : std::uint8_t {
  kOptional,  // [NAME]
  kOne,       // NAME
  kAny,       // [NAME]...
  kSome,      // NAME...
};

struct Argument {
  std::string_view name;  // lower case; shown in upper case
  Arity arity = Arity::kOptional;
  ValueType type = ValueType::kText;
  Completion completion = Completion::kNone;
};

// Runs one command and returns the exit code.
using Handler = auto (*)(Invocation&) -> int;

struct Command {
  std::string_view name;
  std::string_view page;  // Markdown; the first paragraph is the one-line summary
  std::span<const Option> options = {};
  std::span<const Argument> arguments = {};
  std::span<const Command* const> commands = {};  // not empty: a group
  bool hidden = false;
  Handler run = nullptr;  // null: not in this version yet

  auto is_group() const -> bool { return !commands.empty(); }
};

// The spellings of an option, taken apart.
struct OptionNames {
  std::vector<std::string_view> on;
  std::vector<std::string_view> off;
};
auto names_of(const Option& option) -> OptionNames;
// "detach-run"
auto key_of(const Option& option) -> std::string_view;
// The options of a command, --help included as the last one (root has its own place for it).
auto options_of(const Command& command) -> std::vector<const Option*>;

// "[CLUSTERS]..."
auto metavar_of(const Argument& argument) -> std::string;
// "INTEGER", "[low|high]"
auto metavar_of(const Option& option) -> std::string;

// First paragraph of the page.
auto summary_of(const Command& command) -> std::string_view;
// The rest of the page.
auto description_of(const Command& command) -> std::string_view;

// Null when the group has no such command.
auto find_command(const Command& group, std::string_view name) -> const Command*;

// From the root to a command.
using CommandPath = std::vector<const Command*>;
// "sky jobs queue"
auto to_string(const CommandPath& path) -> std::string;
// "Usage: sky jobs queue [OPTIONS] [IDS]...", wrapped to `width` columns, without newline at the end.
auto usage_line(const CommandPath& path, size_t width) -> std::string;

}  // namespace sky::cli
