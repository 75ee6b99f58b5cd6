#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
constinit const Command kDashboardCommand = {.name = "dashboard", .page = pages::dashboard, .options = kConfigOption};

// The old name.
constinit const Command kUiCommand = {.name = "ui", .page = pages::dashboard, .options = kConfigOption, .hidden = true};

}  // namespace sky::cli
