#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

// -o on `storage ls` is ours.
constexpr auto kLsOptions = concat(kConfigOption, kVerboseOption, kOutputOption);

constexpr std::array kAllOption = std::to_array<Option>({
    {.names = "--all, -a", .help = "Delete all storage objects."},
});

constexpr auto kDeleteOptions = concat(kConfigOption, kAllOption, kYesOption, kAsyncOption);

constexpr std::array kDeleteArguments = std::to_array<Argument>({
    {.name = "names", .arity = Arity::kAny, .completion = Completion::kStorage},
});

constinit const Command kLs = {.name = "ls", .page = pages::storage_ls, .options = kLsOptions};
constinit const Command kDelete = {
    .name = "delete", .page = pages::storage_delete, .options = kDeleteOptions, .arguments = kDeleteArguments};

constexpr const Command* kCommands[] = {&kLs, &kDelete};

}  // namespace

constinit const Command kStorageCommand = {.name = "storage", .page = pages::storage, .commands = kCommands};

}  // namespace sky::cli
