#include "cli/commands/commands.h"
#include "cli/commands/lifecycle.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kWhichOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Tear down all existing clusters."},
    {.names = "--all-users, -u", .help = "Tear down all existing clusters for all users."},
});

constexpr std::array kPurgeOption = std::to_array<Option>({
    {.names = "--purge, -p",
     .help = "(Advanced) Forget the cluster(s) even if the actual termination failed. WARNING: only for manual "
             "troubleshooting; it is then the user's responsibility that no instances are leaked."},
});

constexpr auto kOptions =
    concat(kConfigOption, kWhichOptions, kYesOption, kPurgeOption, kGracefulOptions, kAsyncOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "clusters", .arity = Arity::kAny, .completion = Completion::kCluster},
});

auto run_down(Invocation& invocation) -> int {
  return run_lifecycle(invocation, {.kind = LifecycleKind::kDown});
}

}  // namespace

constinit const Command kDownCommand = {
    .name = "down", .page = pages::down, .options = kOptions, .arguments = kArguments, .run = run_down};

}  // namespace sky::cli
