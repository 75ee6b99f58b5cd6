// `sky logs --sync-down`.
#pragma once

#include "cli/session.h"

namespace sky::cli {

// Writes the whole log of each job (of all, when `jobs` is empty) to ~/sky_logs/CLUSTER/LOG-FOLDER/run.log and prints
// where it is. A job that does not exist is kJobNotFound after the others were written. Exit code 0.
auto download_logs(Session& session, const std::string& cluster, const std::vector<std::string>& jobs) -> Result<int>;

}  // namespace sky::cli
