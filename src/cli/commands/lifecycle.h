// stop, down and autostop: the same choice of clusters, prompt, progress lines and summary.
#pragma once

#include "cli/session.h"

namespace sky::cli {

enum class LifecycleKind { kStop, kDown, kAutostop };

struct LifecycleOperation {
  LifecycleKind kind = LifecycleKind::kStop;
  std::int64_t idle_minutes = 0;  // of kAutostop; negative cancels
};

auto run_lifecycle(const Invocation& invocation, LifecycleOperation operation) -> int;

}  // namespace sky::cli
