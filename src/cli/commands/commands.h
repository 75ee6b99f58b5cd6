// All commands. Each is defined in the file that is named after it, together with its handler; the tree is in root.cc.
#pragma once

#include "cli/command.h"

namespace sky::cli {

// The whole tree, the program itself at its root.
extern const Command kRootCommand;

extern const Command kLaunchCommand;
extern const Command kExecCommand;
extern const Command kStatusCommand;
extern const Command kStatusKubernetesCommand;
extern const Command kCostReportCommand;
extern const Command kQueueCommand;
extern const Command kLogsCommand;
extern const Command kCancelCommand;
extern const Command kStopCommand;
extern const Command kAutostopCommand;
extern const Command kStartCommand;
extern const Command kDownCommand;
extern const Command kCheckCommand;
extern const Command kShowGpusCommand;
extern const Command kGpusCommand;
extern const Command kStorageCommand;
extern const Command kVolumesCommand;
extern const Command kVolumeCommand;
extern const Command kJobsCommand;
extern const Command kPoolCommand;
extern const Command kDashboardCommand;
extern const Command kUiCommand;
extern const Command kServeCommand;
extern const Command kLocalCommand;
extern const Command kApiCommand;
extern const Command kWorkspaceCommand;
extern const Command kSshCommand;
extern const Command kDebugDumpCommand;

// Ours.
extern const Command kTaskCommand;
extern const Command kCatalogCommand;
extern const Command kSimulateCommand;
extern const Command kCompleteCommand;
extern const Command kManCommand;
extern const Command kProxyCommand;

}  // namespace sky::cli
