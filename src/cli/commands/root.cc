#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kOptions = std::to_array<Option>({
    {.names = "--install-shell-completion",
     .type = ValueType::kChoice,
     .help = "Install shell completion for the specified shell.",
     .choices = "bash|zsh|fish|auto",
     .eager = true},
    {.names = "--uninstall-shell-completion",
     .type = ValueType::kChoice,
     .help = "Uninstall shell completion for the specified shell.",
     .choices = "bash|zsh|fish|auto",
     .eager = true},
    {.names = "--version, -v", .help = "Show the version and exit.", .eager = true},
    {.names = "--commit, -c", .help = "Show the commit hash and exit", .eager = true},
});

// The original's order, then ours. Hidden ones are not shown.
constexpr const Command* kCommands[] = {
    &kLaunchCommand,     &kExecCommand,     &kStatusCommand,    &kStatusKubernetesCommand,
    &kCostReportCommand, &kQueueCommand,    &kLogsCommand,      &kCancelCommand,
    &kStopCommand,       &kAutostopCommand, &kStartCommand,     &kDownCommand,
    &kCheckCommand,      &kShowGpusCommand, &kGpusCommand,      &kStorageCommand,
    &kVolumesCommand,    &kVolumeCommand,   &kJobsCommand,      &kDashboardCommand,
    &kUiCommand,         &kServeCommand,    &kLocalCommand,     &kApiCommand,
    &kWorkspaceCommand,  &kSshCommand,      &kDebugDumpCommand, &kTaskCommand,
    &kCatalogCommand,    &kSimulateCommand, &kCompleteCommand,  &kManCommand,
    &kProxyCommand,
};

}  // namespace

constinit const Command kRootCommand = {.name = "sky", .page = "", .options = kOptions, .commands = kCommands};

}  // namespace sky::cli
