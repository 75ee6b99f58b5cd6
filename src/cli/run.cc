#include "cli/run.h"

#include <fmt/format.h>

#include "base/status.h"
#include "base/version.h"
#include "cli/commands/commands.h"
#include "cli/complete.h"
#include "cli/help.h"
#include "cli/parse.h"

namespace sky::cli {
namespace {

// Eager options are the root's and --help.
auto run_eager(const Invocation& invocation) -> int {
  const std::string_view option = invocation.eager();
  if (option == "help") {
    invocation.env().write_out(render_help(invocation.path(), invocation.env().terminal()));
  } else if (option == "version") {
    invocation.print(fmt::format("skypilot, version {}", kVersion));
  } else if (option == "commit") {
    invocation.print(fmt::format("skypilot, commit {}", build_commit()));
  } else if (option == "install-shell-completion") {
    return install_completion(invocation, *invocation.text(option));
  } else {
    return uninstall_completion(invocation, *invocation.text(option));
  }
  return kExitSucceeded;
}

}  // namespace

auto run_cli(std::span<const std::string> args, CliEnvironment& env) -> int {
  auto parsed = parse_command_line(kRootCommand, args, env);
  if (!parsed.ok()) {
    env.write_err(parsed.error().message);
    return kExitUsage;
  }
  Invocation invocation = std::move(parsed).value();
  invocation.set_words({args.begin(), args.end()});
  if (!invocation.eager().empty()) return run_eager(invocation);
  if (invocation.command().run == nullptr) {
    invocation.print_error(
        fmt::format("Error: '{}' is not available in this version of sky yet.", to_string(invocation.path())));
    return kExitError;
  }
  return invocation.command().run(invocation);
}

}  // namespace sky::cli
