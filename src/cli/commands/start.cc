#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kWhichOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Start all existing clusters."},
});

constexpr std::array kHowOptions = std::to_array<Option>({
    {.names = "--down",
     .help =
         "Autodown the cluster: tear it down after the idle minutes. Requires --idle-minutes-to-autostop to be set."},
    {.names = "--retry-until-up, -r",
     .help = "Retry provisioning infinitely until the cluster is up, if we fail to start the cluster due to "
             "unavailability errors."},
    {.names = "--force, -f",
     .help = "Force start the cluster even if it is already UP. Useful for upgrading the runtime on the cluster."},
});

constexpr auto kOptions =
    concat(kConfigOption, kWhichOptions, kYesOption, kIdleMinutesOption, kWaitForOption, kHowOptions, kAsyncOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "clusters", .arity = Arity::kAny, .completion = Completion::kCluster},
});

}  // namespace

constinit const Command kStartCommand = {
    .name = "start", .page = pages::start, .options = kOptions, .arguments = kArguments};

}  // namespace sky::cli
