// Options that several commands share, so that a flag means the same everywhere. Order within a set is the order on the
// help page, which is the original's (skypilot 0.14.1); our additions are marked.
#pragma once

#include <algorithm>
#include <array>

#include "cli/command.h"

namespace sky::cli {

template <size_t... N>
constexpr auto concat(const std::array<Option, N>&... sets) -> std::array<Option, (N + ...)> {
  std::array<Option, (N + ...)> out;
  auto* at = out.data();
  ((at = std::ranges::copy(sets, at).out), ...);
  return out;
}

using OneOption = std::array<Option, 1>;

inline constexpr OneOption kConfigOption = {{
    {.names = "--config",
     .type = ValueType::kText,
     .help =
         "Path to a config file or a single key-value pair. To add multiple key-value pairs add multiple flags (e.g. "
         "--config nested.key1=val1 --config nested.key2=val2).",
     .multiple = true,
     .completion = Completion::kFile},
}};

inline constexpr OneOption kAsyncOption = {{
    {.names = "--async / --no-async", .help = "Run the command asynchronously."},
}};

inline constexpr OneOption kYesOption = {{
    {.names = "--yes, -y", .help = "Skip confirmation prompt."},
}};

inline constexpr OneOption kVerboseOption = {{
    {.names = "--verbose, -v", .help = "Show all information in full."},
}};

inline constexpr OneOption kOutputOption = {{
    {.names = "--output, -o",
     .type = ValueType::kCaselessChoice,
     .help = "Output format. Choices: table, json. Default: table.",
     .fallback = "table",
     .choices = "table|json"},
}};

inline constexpr OneOption kFollowOption = {{
    {.names = "--follow / --no-follow",
     .help =
         "Follow the logs of the job. [default: --follow] If --no-follow is specified, print the log so far and exit.",
     .fallback = "true"},
}};

// Follows a job or a controller from its last lines on.
inline constexpr OneOption kTailOption = {{
    {.names = "--tail",
     .type = ValueType::kInteger,
     .help = "Number of lines to display from the end of the log. Following starts with the last 1000 lines; 0 prints "
             "the whole log.",
     .fallback = "-1"},
}};

inline constexpr std::array<Option, 2> kGracefulOptions = {{
    {.names = "--graceful",
     .help = "Wait for MOUNT_CACHED uploads to complete before stopping/terminating. Will cancel current jobs first."},
    {.names = "--graceful-timeout",
     .type = ValueType::kInteger,
     .help = "Timeout in seconds for --graceful. When not set, uploads are waited for until they are finished."},
}};

inline constexpr std::array<Option, 2> kGitOptions = {{
    {.names = "--git-url", .type = ValueType::kText, .help = "Git repository URL."},
    {.names = "--git-ref", .type = ValueType::kText, .help = "Git reference (branch, tag, or commit hash) to use."},
}};

inline constexpr OneOption kIdleMinutesOption = {{
    {.names = "--idle-minutes-to-autostop, -i",
     .type = ValueType::kInteger,
     .help = "Automatically stop the cluster after this many minutes of idleness, i.e., no running or pending jobs in "
             "its job queue. What else counts as activity is set by --wait-for. If not set, the cluster will not be "
             "autostopped."},
}};

inline constexpr OneOption kWaitForOption = {{
    {.names = "--wait-for",
     .type = ValueType::kChoice,
     .help = "What resets the idle timer. jobs_and_ssh (default): jobs in progress and open SSH sessions; jobs: jobs "
             "only; none: nothing, the cluster stops when the idle minutes are over.",
     .choices = "jobs_and_ssh|jobs|none"},
}};

inline constexpr OneOption kNameOption = {{
    {.names = "--name, -n",
     .type = ValueType::kText,
     .help = "Task name. Overrides the \"name\" config in the YAML if both are supplied."},
}};

// Overrides of the task file: launch, exec, jobs launch, pools and services.
inline constexpr std::array<Option, 21> kTaskOptions = {{
    {.names = "--workdir",
     .type = ValueType::kDirectory,
     .help = "If specified, sync this dir to the remote working directory, where the task will be invoked. Overrides "
             "the \"workdir\" config in the YAML if both are supplied.",
     .completion = Completion::kDirectory},
    {.names = "--infra",
     .type = ValueType::kText,
     .help = "Infrastructure to use. Format: cloud, cloud/region, cloud/region/zone, k8s/context-name, or "
             "ssh/node-pool-name. Examples: local, aws, aws/us-east-1, aws/us-east-1/us-east-1a, aws/*/us-east-1a, "
             "k8s/my-context, ssh/my-nodes."},
    {.names = "--cloud", .type = ValueType::kText, .help = "The cloud to use. Use --infra instead.", .hidden = true},
    {.names = "--region", .type = ValueType::kText, .help = "The region to use. Use --infra instead.", .hidden = true},
    {.names = "--zone", .type = ValueType::kText, .help = "The zone to use. Use --infra instead.", .hidden = true},
    {.names = "--num-nodes",
     .type = ValueType::kInteger,
     .help = "Number of nodes to execute the task on. Overrides the \"num_nodes\" config in the YAML if both are "
             "supplied."},
    {.names = "--cpus",
     .type = ValueType::kText,
     .help = "Number of vCPUs each instance must have: --cpus=4 (exactly 4) or --cpus=4+ (at least 4). This is used to "
             "automatically select the instance type."},
    {.names = "--memory",
     .type = ValueType::kText,
     .help = "Amount of memory each instance must have in GB: --memory=16 (exactly 16GB) or --memory=16+ (at least "
             "16GB)."},
    {.names = "--disk-size", .type = ValueType::kInteger, .help = "OS disk size in GBs."},
    {.names = "--disk-tier",
     .type = ValueType::kCaselessChoice,
     .help = "OS disk tier. With best, the best tier that the infrastructure has; none resets the option of the YAML. "
             "Default: medium",
     .choices = "low|medium|high|ultra|best|none"},
    {.names = "--network-tier",
     .type = ValueType::kCaselessChoice,
     .help = "Network tier. With best, the best tier that the instance has. Default: standard",
     .choices = "standard|best"},
    {.names = "--use-spot / --no-use-spot",
     .help = "Whether to request spot instances. If specified, overrides the \"resources.use_spot\" config."},
    {.names = "--image-id",
     .type = ValueType::kText,
     .help = "Custom image id for launching the instances. Passing \"none\" resets the config."},
    {.names = "--env-file",
     .type = ValueType::kDotenvFile,
     .help = "Path to a dotenv file with environment variables to set on the remote node. A value of --env is "
             "preferred. The variables are loaded as secrets too, with less preference than --secret and "
             "--secret-file.",
     .completion = Completion::kFile},
    {.names = "--env",
     .type = ValueType::kVariable,
     .help = "Environment variable to set on the remote node, as KEY=VALUE, or as KEY to pass on the local value. It "
             "can be specified multiple times.",
     .multiple = true},
    {.names = "--secret-file",
     .type = ValueType::kDotenvFile,
     .help = "Path to a dotenv file with secret variables to set on the remote node. A value of --secret is "
             "preferred.",
     .completion = Completion::kFile},
    {.names = "--secret",
     .type = ValueType::kVariable,
     .help = "Secret variable to set on the remote node, as KEY=VALUE, or as KEY to pass on the local value. It is "
             "redacted wherever it would be shown. It can be specified multiple times.",
     .multiple = true},
    {.names = "--local-disk",
     .type = ValueType::kText,
     .help =
         "Local (instance) storage requirement: [mode:]size[+] or mode, where mode is nvme (default) or ssd and "
         "size is the total in GB (default 100+). Examples: nvme:1000+, ssd:500, nvme. It is lost when the instance "
         "terminates."},
    {.names = "--gpus",
     .type = ValueType::kText,
     .help = "Type and number of GPUs to use: V100:8, V100 (short for one), or V100:0.5. For a new cluster, what is "
             "provisioned; on an existing one, what the task needs of it. Overrides the \"accelerators\" config in the "
             "YAML if both are supplied. Passing \"none\" resets the config."},
    {.names = "--instance-type, -t",
     .type = ValueType::kText,
     .help = "The instance type to use. If specified, overrides the \"resources.instance_type\" config. Passing "
             "\"none\" resets the config."},
    {.names = "--ports",
     .type = ValueType::kText,
     .help = "Ports to open on the cluster: a port (8080), a range (8000-8010) or a list (8080,9090). Repeat the flag "
             "for several. If specified, overrides the \"ports\" config in the YAML.",
     .multiple = true},
}};

inline constexpr OneOption kPriorityOption = {{
    {.names = "--priority",
     .type = ValueType::kText,
     .help = "Priority for this task: an integer from -1000 to 1000, or the name of a priority class. Passing \"none\" "
             "clears both."},
}};

}  // namespace sky::cli
