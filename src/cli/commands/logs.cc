#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--provision", .help = "Stream the cluster provisioning logs (provision.log)."},
    {.names = "--hook",
     .type = ValueType::kText,
     .help = "Stream a per-event lifecycle-hook log from the cluster. Omit the event name to auto-select whichever log "
             "exists.",
     .bare_value = ""},
    {.names = "--autostop", .help = "Stream the log of the autostop hook. Use --hook instead.", .hidden = true},
    {.names = "--worker, -w",
     .type = ValueType::kInteger,
     .help = "The worker ID to stream the logs from. If not set, stream the logs of the head node."},
    {.names = "--sync-down, -s",
     .help = "Sync down the logs of a job to the local machine. For a distributed job, a separate log file from each "
             "worker will be downloaded."},
    {.names = "--status",
     .help =
         "If specified, do not show logs but exit with a status code for the job's status: 0 for succeeded, another "
         "for all other statuses."},
    {.names = "--follow / --no-follow",
     .help =
         "Follow the logs of a job. If --no-follow is specified, print the log so far and exit. [default: --follow]",
     .fallback = "true"},
});

constexpr auto kOptions = concat(kConfigOption, kOwnOptions, kTailOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "cluster", .completion = Completion::kCluster},
    {.name = "job_ids", .arity = Arity::kAny},
});

}  // namespace

constinit const Command kLogsCommand = {
    .name = "logs", .page = pages::logs, .options = kOptions, .arguments = kArguments};

}  // namespace sky::cli
