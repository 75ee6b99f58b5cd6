#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Show all cluster information."},
    {.names = "--days",
     .type = ValueType::kInteger,
     .help = "Show clusters from the last N days. Default is 30 days. If set to 0, show all clusters.",
     .fallback = "30"},
});

constexpr auto kOptions = concat(kConfigOption, kOwnOptions, kOutputOption);

}  // namespace

constinit const Command kCostReportCommand = {.name = "cost-report", .page = pages::cost_report, .options = kOptions};

}  // namespace sky::cli
