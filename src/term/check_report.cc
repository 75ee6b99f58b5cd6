#include "term/check_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "term/tree.h"

namespace sky::term {
namespace {

auto verdict(const CheckedContext& context, const Paint& paint) -> std::string {
  const std::string word = context.enabled ? paint(Style::kGreen, "enabled.") : paint(Style::kBrightRed, "disabled.");
  if (context.reason.empty()) return word;
  return fmt::format("{} {}", word, paint(Style::kDim, (context.enabled ? "Note: " : "Reason: ") + context.reason));
}

// The tree of contexts, starting with a newline; empty without contexts.
auto contexts_tree(const InfraCheck& check, bool only_enabled, const Paint& paint) -> std::string {
  std::vector<const CheckedContext*> shown;
  for (const CheckedContext& context : check.contexts) {
    if (context.enabled || !only_enabled) shown.push_back(&context);
  }
  if (shown.empty()) return "";
  std::string out = fmt::format("\n    {}:", check.contexts_title);
  for (const CheckedContext* context : shown) {
    out += fmt::format("\n    {}{}", branch(paint, context == shown.back()), context->name);
    if (!only_enabled) out += ": " + verdict(*context, paint);
  }
  return out;
}

}  // namespace

auto render_infra_check(const InfraCheck& check, const Paint& paint) -> std::string {
  const bool enabled = !check.enabled_capabilities.empty();
  std::string out = enabled ? paint(Style::kGreen, fmt::format("  {}: enabled [{}]", check.name,
                                                               fmt::join(check.enabled_capabilities, ", ")))
                            : paint(Style::kDim, fmt::format("  {}: disabled", check.name));
  out += contexts_tree(check, false, paint);
  if (check.account) out += fmt::format("\n    Activated account: {}", *check.account);
  for (const CheckNote& note : check.hints) {
    out +=
        fmt::format("\n    Hint [{}]: {}", fmt::join(note.capabilities, ", "), paint(Style::kBrightYellow, note.text));
  }
  for (const CheckNote& note : check.reasons) {
    out += fmt::format("\n    Reason [{}]: {}", fmt::join(note.capabilities, ", "), note.text);
  }
  return out;
}

auto render_check_summary(std::span<const InfraCheck> checks, const Paint& paint) -> std::string {
  std::vector<const InfraCheck*> enabled;
  for (const InfraCheck& check : checks) {
    if (!check.enabled_capabilities.empty()) enabled.push_back(&check);
  }
  std::ranges::sort(enabled, {}, &InfraCheck::name);
  std::string out = "\n" + paint(Style::kGreen, "🎉 Enabled infra 🎉");
  if (enabled.empty()) return out + "\n  No infra to check/enabled.";
  for (const InfraCheck* check : enabled) {
    out += "\n  " +
           paint(Style::kGreen, fmt::format("{} [{}]", check->name, fmt::join(check->enabled_capabilities, ", ")));
    out += contexts_tree(*check, true, paint);
  }
  return out;
}

auto render_check_advice(const Paint& paint) -> std::string {
  return fmt::format("\n{}{}", paint(Style::kDim, "To enable a cloud, follow the hints above and rerun: "),
                     paint(Style::kBold, "sky check"));
}

}  // namespace sky::term
