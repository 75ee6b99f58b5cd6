#include "cli/commands/commands.h"
#include "cli/commands/lifecycle.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kWhichOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Stop all existing clusters."},
    {.names = "--all-users, -u", .help = "Stop all existing clusters for all users."},
});

constexpr auto kOptions = concat(kConfigOption, kWhichOptions, kYesOption, kGracefulOptions, kAsyncOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "clusters", .arity = Arity::kAny, .completion = Completion::kCluster},
});

auto run_stop(Invocation& invocation) -> int {
  return run_lifecycle(invocation, {.kind = LifecycleKind::kStop});
}

}  // namespace

constinit const Command kStopCommand = {
    .name = "stop", .page = pages::stop, .options = kOptions, .arguments = kArguments, .run = run_stop};

}  // namespace sky::cli
