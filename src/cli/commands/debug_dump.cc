#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kOptions = std::to_array<Option>({
    {.names = "--request-ids, -r",
     .type = ValueType::kText,
     .help = "Request IDs or prefixes to include in the dump.",
     .multiple = true,
     .completion = Completion::kRequest},
    {.names = "--cluster-names, -c",
     .type = ValueType::kText,
     .help = "Cluster names to include in the dump.",
     .multiple = true,
     .completion = Completion::kCluster},
    {.names = "--job-ids, -j",
     .type = ValueType::kInteger,
     .help = "Managed job IDs to include in the dump.",
     .multiple = true},
    {.names = "--recent-minutes",
     .type = ValueType::kNumber,
     .help = "Include resources active within the last N minutes."},
    {.names = "--output",
     .type = ValueType::kText,
     .help = "Output path for the dump file.",
     .completion = Completion::kFile},
    {.names = "--async", .help = "Run the command asynchronously.", .hidden = true},
});

}  // namespace

constinit const Command kDebugDumpCommand = {.name = "debug-dump", .page = pages::debug_dump, .options = kOptions};

}  // namespace sky::cli
