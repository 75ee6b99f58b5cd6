#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kUpOwnOptions = std::to_array<Option>({
    {.names = "--num-nodes",
     .type = ValueType::kCount,
     .help = "Number of nodes in the local kind cluster. More than 1 adds worker nodes.  [default: 1; x>=1]",
     .fallback = "1"},
    {.names = "--port-start",
     .type = ValueType::kInteger,
     .help = "Starting port range for the local kind cluster. Needs to be a multiple of 100. If not given, a random "
             "range will be used."},
    {.names = "--name", .type = ValueType::kText, .help = "Name of the cluster. Defaults to \"skypilot\"."},
    {.names = "--gpus / --no-gpus",
     .help = "Launch cluster without GPU support even if GPUs are detected on the host.",
     .fallback = "true"},
});

constexpr auto kUpOptions = concat(kConfigOption, kAsyncOption, kUpOwnOptions);

constexpr std::array kDownNameOption = std::to_array<Option>({
    {.names = "--name", .type = ValueType::kText, .help = "Name of the cluster to down. Defaults to \"skypilot\"."},
});

constexpr auto kDownOptions = concat(kConfigOption, kAsyncOption, kDownNameOption);

constinit const Command kUp = {.name = "up", .page = pages::local_up, .options = kUpOptions};
constinit const Command kDown = {.name = "down", .page = pages::local_down, .options = kDownOptions};

constexpr const Command* kCommands[] = {&kUp, &kDown};

}  // namespace

constinit const Command kLocalCommand = {.name = "local", .page = pages::local, .commands = kCommands, .hidden = true};

}  // namespace sky::cli
