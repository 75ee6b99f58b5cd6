#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kApplyOwnOptions = std::to_array<Option>({
    {.names = "--name, -n", .type = ValueType::kText, .help = "Volume name. Override the name defined in the YAML."},
    {.names = "--infra",
     .type = ValueType::kText,
     .help = "Infrastructure to use. Format: cloud, cloud/region, cloud/region/zone, or k8s/context-name. Examples: "
             "k8s, k8s/my-context, runpod/US/US-CA-2. Override the infra defined in the YAML."},
    {.names = "--type",
     .type = ValueType::kChoice,
     .help = "Volume type. Override the type defined in the YAML.",
     .choices = "k8s-pvc|k8s-hostpath|runpod-network-volume"},
    {.names = "--size", .type = ValueType::kText, .help = "Volume size. Override the size defined in the YAML."},
    {.names = "--use-existing / --no-use-existing",
     .help = "Whether to use an existing volume. Override the use_existing defined in the YAML."},
});

constexpr auto kApplyOptions = concat(kConfigOption, kApplyOwnOptions, kYesOption, kAsyncOption);

constexpr std::array kApplyArguments = std::to_array<Argument>({
    {.name = "entrypoint", .arity = Arity::kAny, .completion = Completion::kFile},
});

constexpr std::array kRefreshOption = std::to_array<Option>({
    {.names = "--refresh, -r",
     .help = "Refresh volume state from cloud APIs before listing. Without it, the state that the server last saw is "
             "shown."},
});

constexpr auto kLsOptions = concat(kConfigOption, kVerboseOption, kRefreshOption, kOutputOption);

constexpr std::array kDeleteOwnOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Delete all volumes."},
    {.names = "--purge, -p",
     .help = "Forcibly delete the volume from the volumes table even if the deletion API fails."},
});

constexpr auto kDeleteOptions = concat(kConfigOption, kDeleteOwnOptions, kYesOption, kAsyncOption);

constexpr std::array kNamesArguments = std::to_array<Argument>({
    {.name = "names", .arity = Arity::kAny, .completion = Completion::kVolume},
});

constinit const Command kApply = {
    .name = "apply", .page = pages::volumes_apply, .options = kApplyOptions, .arguments = kApplyArguments};
constinit const Command kLs = {
    .name = "ls", .page = pages::volumes_ls, .options = kLsOptions, .arguments = kNamesArguments};
constinit const Command kDelete = {
    .name = "delete", .page = pages::volumes_delete, .options = kDeleteOptions, .arguments = kNamesArguments};

constexpr const Command* kCommands[] = {&kApply, &kLs, &kDelete};

}  // namespace

constinit const Command kVolumesCommand = {.name = "volumes", .page = pages::volumes, .commands = kCommands};
constinit const Command kVolumeCommand = {
    .name = "volume", .page = pages::volumes, .commands = kCommands, .hidden = true};

}  // namespace sky::cli
