#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kListOwnOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Show details of all GPU/TPU/accelerator offerings."},
    {.names = "--infra",
     .type = ValueType::kText,
     .help = "Infrastructure to query. Examples: \"aws\", \"aws/us-east-1\""},
    {.names = "--cloud", .type = ValueType::kText, .help = "Cloud to query. Use --infra instead.", .hidden = true},
    {.names = "--region", .type = ValueType::kText, .help = "Region to query. Use --infra instead.", .hidden = true},
    {.names = "--all-regions",
     .help = "Show pricing and instance details for a specified accelerator across all regions and clouds."},
});

constexpr auto kListOptions = concat(kConfigOption, kListOwnOptions, kVerboseOption, kOutputOption);

constexpr std::array kListArguments = std::to_array<Argument>({
    {.name = "accelerator_str"},
});

constexpr std::array kLabelOwnOptions = std::to_array<Option>({
    {.names = "--context, -c",
     .type = ValueType::kText,
     .help = "Kubernetes context to use. If not specified, uses the current context from the API server."},
    {.names = "--cleanup", .help = "Only cleanup existing GPU labeler resources."},
    {.names = "--async", .help = "Do not wait for GPU labeling to complete."},
});

constexpr auto kLabelOptions = concat(kConfigOption, kLabelOwnOptions);

constinit const Command kList = {
    .name = "list", .page = pages::gpus_list, .options = kListOptions, .arguments = kListArguments};
constinit const Command kLabel = {.name = "label", .page = pages::gpus_label, .options = kLabelOptions};

constexpr const Command* kCommands[] = {&kList, &kLabel};

}  // namespace

constinit const Command kGpusCommand = {.name = "gpus", .page = pages::gpus, .commands = kCommands};

// The old name of `gpus list`.
constinit const Command kShowGpusCommand = {.name = "show-gpus",
                                            .page = pages::gpus_list,
                                            .options = kListOptions,
                                            .arguments = kListArguments,
                                            .hidden = true};

}  // namespace sky::cli
