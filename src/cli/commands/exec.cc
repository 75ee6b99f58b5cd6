#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--cluster, -c",
     .type = ValueType::kText,
     .help = "The cluster to run on. Use the argument instead.",
     .hidden = true,
     .completion = Completion::kCluster},
    {.names = "--detach-run, -d",
     .help = "If True, as soon as a job is submitted, return from this call and do not stream execution logs."},
});

constexpr auto kOptions = concat(kConfigOption, kOwnOptions, kNameOption, kTaskOptions, kAsyncOption, kGitOptions);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "cluster", .completion = Completion::kCluster},
    {.name = "entrypoint", .arity = Arity::kAny, .completion = Completion::kFile},
});

}  // namespace

constinit const Command kExecCommand = {
    .name = "exec", .page = pages::exec, .options = kOptions, .arguments = kArguments};

}  // namespace sky::cli
