#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--verbose, -v", .help = "Show the activated account for each cloud."},
    {.names = "--workspace, -w",
     .type = ValueType::kText,
     .help = "The workspace to check. If None, all workspaces will be checked."},
});

constexpr auto kOptions = concat(kConfigOption, kOwnOptions, kOutputOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "infra_list", .arity = Arity::kAny},
});

}  // namespace

constinit const Command kCheckCommand = {
    .name = "check", .page = pages::check, .options = kOptions, .arguments = kArguments};

}  // namespace sky::cli
