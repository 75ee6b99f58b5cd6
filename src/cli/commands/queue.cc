#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--all-users, -u", .help = "Show all users' information in full."},
    {.names = "--skip-finished, -s", .help = "Show only pending/running jobs' information."},
});

constexpr auto kOptions = concat(kConfigOption, kOwnOptions, kOutputOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "clusters", .arity = Arity::kAny, .completion = Completion::kCluster},
});

}  // namespace

constinit const Command kQueueCommand = {
    .name = "queue", .page = pages::queue, .options = kOptions, .arguments = kArguments};

}  // namespace sky::cli
