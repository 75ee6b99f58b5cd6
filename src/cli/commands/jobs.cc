#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kLaunchOwnOptions = std::to_array<Option>({
    {.names = "--cluster, -c", .type = ValueType::kText, .help = "Job name. Use --name instead.", .hidden = true},
    {.names = "--job-recovery", .type = ValueType::kText, .help = "Recovery strategy to use for managed jobs."},
    {.names = "--detach-run, -d",
     .help = "If True, as soon as a job is submitted, return from this call and do not stream execution logs."},
    {.names = "--pool, -p",
     .type = ValueType::kText,
     .help = "(Experimental; optional) Pool to use for jobs submission."},
    {.names = "--num-jobs", .type = ValueType::kInteger, .help = "Number of jobs to submit."},
    {.names = "--job-group",
     .type = ValueType::kText,
     .help = "Attach to an existing job group, by job id or unique running job name. The job is shown under it and "
             "cancelled with it. Default: the group from inside which it is launched."},
    {.names = "--no-job-group",
     .help = "Launch a top-level job even when running inside a job group (do not attach to it)."},
});

constexpr std::array kWorkspaceOption = std::to_array<Option>({
    {.names = "--workspace, -w",
     .type = ValueType::kText,
     .help = "Workspace to submit the managed job into. Shorthand for --config active_workspace=<name>."},
});

constexpr auto kLaunchOptions = concat(kConfigOption, kNameOption, kTaskOptions, kPriorityOption, kAsyncOption,
                                       kLaunchOwnOptions, kGitOptions, kWorkspaceOption, kYesOption);

constexpr std::array kLaunchArguments = std::to_array<Argument>({
    {.name = "entrypoint", .arity = Arity::kSome, .completion = Completion::kFile},
});

constexpr std::array kQueueOwnOptions = std::to_array<Option>({
    {.names = "--limit, -l",
     .type = ValueType::kInteger,
     .help = "Number of jobs to show, default is 50, use \"-a/--all\" to show all jobs.",
     .fallback = "50"},
    {.names = "--refresh, -r", .help = "Query the latest statuses, restarting the jobs controller if stopped."},
    {.names = "--skip-finished", .help = "Show only pending/running jobs' information."},
    {.names = "-s, --status",
     .type = ValueType::kChoiceList,
     .help = "Filter by status, comma-separated (e.g. -s FAILED,FAILED_SETUP). A bare -s (no value) is a deprecated "
             "alias for --skip-finished.",
     .choices = "PENDING|SUBMITTED|STARTING|RUNNING|WINDING_DOWN|RECOVERING|CANCELLING|SUCCEEDED|CANCELLED|FAILED|"
                "FAILED_SETUP|FAILED_PRECHECKS|FAILED_NO_RESOURCE|FAILED_CONTROLLER",
     .bare_value = "",
     .multiple = true},
    {.names = "--since",
     .type = ValueType::kText,
     .help =
         "Show only jobs submitted within this time window, relative to now (e.g. \"30m\", \"48h\", \"7d\", \"2w\"). "
         "A bare number is seconds. Mutually exclusive with --after."},
    {.names = "--after",
     .type = ValueType::kText,
     .help = "Show only jobs submitted at or after this local time (e.g. \"2026-01-13\" or \"2026-01-13 15:30:00\"). "
             "Mutually exclusive with --since."},
    {.names = "--before",
     .type = ValueType::kText,
     .help = "Show only jobs submitted at or before this local time (e.g. \"2026-01-13\" or \"2026-01-13 15:30:00\")."},
    {.names = "--infra",
     .type = ValueType::kText,
     .help = "Show only jobs running on this infrastructure. Format as for sky jobs launch --infra."},
    {.names = "--all-users, -u", .help = "Show jobs from all users."},
    {.names = "--all, -a", .help = "Show all jobs."},
});

constexpr auto kQueueOptions = concat(kConfigOption, kVerboseOption, kQueueOwnOptions, kOutputOption);

constexpr std::array kCancelWhichOptions = std::to_array<Option>({
    {.names = "--name, -n", .type = ValueType::kText, .help = "Managed job name to cancel."},
    {.names = "--pool, -p", .type = ValueType::kText, .help = "Pool name to cancel."},
    {.names = "--task",
     .type = ValueType::kText,
     .help =
         "Cancel one dynamic task of the job (a job launched from inside it), by the index that sky jobs queue shows "
         "or by name. A declared task cannot be cancelled alone."},
});

constexpr std::array kCancelAllOption = std::to_array<Option>({
    {.names = "--all, -a", .help = "Cancel all managed jobs for the current user."},
});

constexpr std::array kCancelAllUsersOption = std::to_array<Option>({
    {.names = "--all-users, -u", .help = "Cancel all managed jobs from all users."},
});

constexpr auto kCancelOptions =
    concat(kConfigOption, kCancelWhichOptions, kGracefulOptions, kCancelAllOption, kYesOption, kCancelAllUsersOption);

constexpr std::array kCancelArguments = std::to_array<Argument>({
    {.name = "job_ids", .arity = Arity::kAny, .type = ValueType::kInteger},
});

constexpr std::array kLogsNameOption = std::to_array<Option>({
    {.names = "--name, -n", .type = ValueType::kText, .help = "Managed job name."},
});

constexpr std::array kLogsOwnOptions = std::to_array<Option>({
    {.names = "--controller",
     .help = "Show the controller logs of this job; useful for debugging launching/recoveries, etc."},
    {.names = "--refresh, -r", .help = "Query the latest job logs, restarting the jobs controller if stopped."},
    {.names = "--sync-down, -s", .help = "Download logs for all jobs shown in the queue."},
});

constexpr auto kLogsOptions = concat(kConfigOption, kLogsNameOption, kFollowOption, kLogsOwnOptions, kTailOption);

constexpr std::array kLogsArguments = std::to_array<Argument>({
    {.name = "job_id", .type = ValueType::kInteger},
    {.name = "task"},
});

constinit const Command kLaunch = {
    .name = "launch", .page = pages::jobs_launch, .options = kLaunchOptions, .arguments = kLaunchArguments};
constinit const Command kQueue = {.name = "queue", .page = pages::jobs_queue, .options = kQueueOptions};
constinit const Command kCancel = {
    .name = "cancel", .page = pages::jobs_cancel, .options = kCancelOptions, .arguments = kCancelArguments};
constinit const Command kLogs = {
    .name = "logs", .page = pages::jobs_logs, .options = kLogsOptions, .arguments = kLogsArguments};
constinit const Command kDashboard = {.name = "dashboard", .page = pages::jobs_dashboard, .options = kConfigOption};

constexpr const Command* kCommands[] = {&kLaunch, &kQueue, &kCancel, &kLogs, &kDashboard, &kPoolCommand};

}  // namespace

constinit const Command kJobsCommand = {.name = "jobs", .page = pages::jobs, .commands = kCommands};

}  // namespace sky::cli
