#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--refresh, -r", .help = "Query the latest cluster statuses from the cloud provider(s)."},
    {.names = "--ip",
     .help = "Get the IP address of the head node of a cluster. This option will override all other options. On "
             "Kubernetes it is the internal IP of the head pod, which may not be reachable from outside."},
    {.names = "--endpoints",
     .help = "Get all exposed endpoints and corresponding URLs for a cluster. This option will override all other "
             "options."},
    {.names = "--endpoint",
     .type = ValueType::kInteger,
     .help = "Get the endpoint URL for the specified port number on the cluster. This option will override all other "
             "options."},
    {.names = "--show-managed-jobs / --no-show-managed-jobs",
     .help = "Also show recent in-progress managed jobs, if any.",
     .fallback = "true"},
    {.names = "--show-services / --no-show-services",
     .help = "Also show sky serve services, if any.",
     .fallback = "true"},
    {.names = "--show-pools / --no-show-pools", .help = "Also show pools, if any.", .fallback = "true"},
    {.names = "--all-users, -u", .help = "Show all clusters, including those not owned by the current user."},
});

constexpr auto kOptions = concat(kConfigOption, kVerboseOption, kOwnOptions, kOutputOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "clusters", .arity = Arity::kAny, .completion = Completion::kCluster},
});

// Also as json here: ours.
constexpr auto kKubernetesOptions = concat(kConfigOption, kVerboseOption, kOutputOption);

}  // namespace

constinit const Command kStatusCommand = {
    .name = "status", .page = pages::status, .options = kOptions, .arguments = kArguments};

constinit const Command kStatusKubernetesCommand = {
    .name = "status-kubernetes", .page = pages::status_kubernetes, .options = kKubernetesOptions, .hidden = true};

}  // namespace sky::cli
