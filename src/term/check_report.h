// What `sky check` says: a tree per infrastructure and a summary, in the original's form (sky/check.py of skypilot
// 0.14.1). It is text of the server, which the clients print as it comes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "term/style.h"

namespace sky::term {

// Something to tell about some capabilities of an infrastructure.
struct CheckNote {
  std::vector<std::string> capabilities;
  std::string text;
};

// A Kubernetes context, an SSH node pool, a Slurm cluster.
struct CheckedContext {
  std::string name;
  bool enabled = false;
  std::string reason = {};  // why it is disabled, or a hint; may be empty
};

struct InfraCheck {
  std::string name;                               // "AWS"
  std::vector<std::string> enabled_capabilities;  // {"compute", "storage"}; empty: the infrastructure is disabled
  std::optional<std::string> account = {};        // shown if present
  std::vector<CheckNote> hints = {};              // of what is enabled
  std::vector<CheckNote> reasons = {};            // of what is not
  std::string contexts_title = {};                // "Allowed contexts"
  std::vector<CheckedContext> contexts = {};
};

// The lines about one infrastructure, without a newline at the end.
auto render_infra_check(const InfraCheck& check, const Paint& paint) -> std::string;

// `🎉 Enabled infra 🎉` and what is enabled, sorted by name, with an empty line before it.
auto render_check_summary(std::span<const InfraCheck> checks, const Paint& paint) -> std::string;

// What to do about the rest, with an empty line before it.
auto render_check_advice(const Paint& paint) -> std::string;

}  // namespace sky::term
