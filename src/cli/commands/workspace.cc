#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kClearOption = std::to_array<Option>({
    {.names = "--clear", .help = "Clear the saved preferred workspace."},
});

constexpr auto kUseOptions = concat(kClearOption, kConfigOption);

constexpr std::array kUseArguments = std::to_array<Argument>({
    {.name = "name"},
});

constexpr std::array kInfoOutputOption = std::to_array<Option>({
    {.names = "-o, --output",
     .type = ValueType::kCaselessChoice,
     .help = "Output format (default: table). Use \"json\" for a machine-readable shape.",
     .fallback = "table",
     .choices = "table|json"},
});

constexpr auto kInfoOptions = concat(kConfigOption, kInfoOutputOption);

constinit const Command kUse = {
    .name = "use", .page = pages::workspace_use, .options = kUseOptions, .arguments = kUseArguments};
constinit const Command kInfo = {.name = "info", .page = pages::workspace_info, .options = kInfoOptions};

constexpr const Command* kCommands[] = {&kUse, &kInfo};

}  // namespace

constinit const Command kWorkspaceCommand = {.name = "workspace", .page = pages::workspace, .commands = kCommands};

}  // namespace sky::cli
