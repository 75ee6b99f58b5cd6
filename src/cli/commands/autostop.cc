#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kWhichOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Autostop all existing clusters."},
    {.names = "--all-users, -u", .help = "Autostop all existing clusters for all users."},
    {.names = "--idle-minutes, -i",
     .type = ValueType::kInteger,
     .help = "Set the idle minutes before autostopping the cluster. See the doc above for detailed semantics."},
});

constexpr std::array kHowOptions = std::to_array<Option>({
    {.names = "--cancel",
     .help =
         "Cancel any currently active auto{stop,down} setting for the cluster. No-op if there is no active setting."},
    {.names = "--down",
     .help = "Use autodown (tear down the cluster; non-restartable), instead of autostop (restartable)."},
});

constexpr auto kOptions = concat(kConfigOption, kWhichOptions, kWaitForOption, kHowOptions, kYesOption, kAsyncOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "clusters", .arity = Arity::kAny, .completion = Completion::kCluster},
});

}  // namespace

constinit const Command kAutostopCommand = {
    .name = "autostop", .page = pages::autostop, .options = kOptions, .arguments = kArguments};

}  // namespace sky::cli
