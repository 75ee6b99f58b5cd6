// A task on its way to the server: as text, and with its files where the server runs on another machine.
#pragma once

#include <optional>
#include <string>

#include "cli/task_input.h"

namespace sky::cli {

struct SentTask {
  std::string text;
  std::optional<std::string> upload_id;  // the body's file_mounts_blob_id
};

// Uploads workdir and local file_mounts (of exec the workdir alone) to a server that is not this machine's, and says
// so.
auto send_task(Session& session, Task task, TaskUse use) -> Result<SentTask>;

}  // namespace sky::cli
