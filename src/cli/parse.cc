#include "cli/parse.h"

#include <fmt/format.h>

#include "cli/parser.h"
#include "cli/quote.h"

namespace sky::cli {
namespace {

auto help_of(const CommandPath& path, CliEnvironment& env) -> Result<Invocation> {
  const std::string help = "--help";
  return Parser(path, env).parse({&help, 1});
}

}  // namespace

auto parse_command_line(const Command& root, std::span<const std::string> args, CliEnvironment& env)
    -> Result<Invocation> {
  CommandPath path = {&root};
  std::vector<std::string> words(args.begin(), args.end());
  for (;;) {
    const Command& command = *path.back();
    if (command.is_group() && words.empty()) return help_of(path, env);
    Parser parser(path, env);
    SKY_TRY(Invocation invocation, parser.parse(words));
    if (!command.is_group() || !invocation.eager().empty()) return invocation;
    words = parser.rest();
    if (words.empty()) return parser.usage_error("Missing command.");
    const Command* next = find_command(command, words.front());
    if (next == nullptr) return parser.usage_error(fmt::format("No such command {}.", python_quote(words.front())));
    path.push_back(next);
    words.erase(words.begin());
  }
}

}  // namespace sky::cli
