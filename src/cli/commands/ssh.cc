#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kUpOptions = std::to_array<Option>({
    {.names = "--infra",
     .type = ValueType::kText,
     .help =
         "Name of the pool to set up in ~/.sky/ssh_node_pools.yaml. If not specified, all pools in the file will be "
         "set up."},
    {.names = "--async", .help = "Run the command asynchronously.", .hidden = true},
    {.names = "--file, -f",
     .type = ValueType::kText,
     .help = "The file containing the SSH targets.",
     .completion = Completion::kFile},
});

constexpr std::array kDownOptions = std::to_array<Option>({
    {.names = "--infra",
     .type = ValueType::kText,
     .help = "Name of the pool to clean up in ~/.sky/ssh_node_pools.yaml. If not specified, all pools in the file will "
             "be cleaned up."},
    {.names = "--async", .help = "Run the command asynchronously.", .hidden = true},
});

constinit const Command kUp = {.name = "up", .page = pages::ssh_up, .options = kUpOptions};
constinit const Command kDown = {.name = "down", .page = pages::ssh_down, .options = kDownOptions};

constexpr const Command* kCommands[] = {&kUp, &kDown};

}  // namespace

constinit const Command kSshCommand = {.name = "ssh", .page = pages::ssh, .commands = kCommands};

}  // namespace sky::cli
