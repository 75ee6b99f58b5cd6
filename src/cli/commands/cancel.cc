#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Cancel all jobs from current user on the specified cluster."},
    {.names = "--all-users, -u", .help = "Cancel all jobs on the specified cluster for all users."},
});

constexpr auto kOptions = concat(kConfigOption, kOwnOptions, kYesOption, kAsyncOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "cluster", .arity = Arity::kOne, .completion = Completion::kCluster},
    {.name = "jobs", .arity = Arity::kAny, .type = ValueType::kInteger},
});

}  // namespace

constinit const Command kCancelCommand = {
    .name = "cancel", .page = pages::cancel, .options = kOptions, .arguments = kArguments};

}  // namespace sky::cli
