#include "cli/render/text.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "base/version.h"
#include "cli/quote.h"
#include "term/tree.h"
#include "term/width.h"

namespace sky::cli {
namespace {

using term::branch;
using term::Paint;
using term::Style;

constexpr size_t kReasonCharactersMax = 120;
constexpr std::int64_t kManagedJobsShown = 5;
constexpr size_t kShortIdCharacters = 8;

// One command of a footer: the label, tabs up to the column where all commands begin, the command in bold.
auto footer_line(std::string_view label, std::string_view command, const Paint& paint, bool last = false)
    -> std::string {
  constexpr size_t kBranchColumns = 4;
  constexpr size_t kLastTabStop = 24;  // before column 32
  const std::string_view tabs = kBranchColumns + term::display_width(label) < kLastTabStop ? "\t\t" : "\t";
  return fmt::format("\n{}{}{}{}", branch(paint, last), label, tabs, paint(Style::kBold, command));
}

auto dashboard_line(const std::optional<std::string>& url, const Paint& paint) -> std::string {
  return url ? footer_line("View on dashboard:", *url, paint) : "";
}

// Two dim lines with the commands that go on with a request.
auto request_commands(std::string_view logs_label, std::string_view request_id, const Paint& paint) -> std::string {
  const std::string_view id = request_id.substr(0, kShortIdCharacters);
  const auto line = [&paint](bool last, std::string_view label, const std::string& command) {
    return branch(paint, last) + paint(Style::kDim, label) + paint(Style::kBold, command) + "\n";
  };
  return line(false, logs_label, fmt::format("sky api logs {}", id)) +
         line(true, "To cancel the request, run: ", fmt::format("sky api cancel {}", id));
}

auto managed_jobs_hint(std::int64_t in_progress, const Paint& paint) -> std::string {
  std::string info;
  if (in_progress > 0) {
    info = fmt::format("{} managed job{} in progress", in_progress, in_progress == 1 ? " is" : "s are");
    if (in_progress > kManagedJobsShown) info += fmt::format(" ({} latest ones shown)", kManagedJobsShown);
    info += ". ";
  }
  return fmt::format("* {}To see all managed jobs: {}", info, paint(Style::kBold, "sky jobs queue"));
}

auto first_line(const OperationFailure& failure) -> std::string {
  const std::string_view reason = trim(failure.reason);
  const std::string_view line = reason.substr(0, reason.find('\n'));
  const std::string_view kept = term::first_characters(line, kReasonCharactersMax);
  return fmt::format("{}{}", kept, kept == line ? "" : "…");
}

}  // namespace

auto render_title(std::string_view title, const Paint& paint) -> std::string {
  return paint(Style::kBoldCyan, title);
}

auto render_enabled_infra(const std::vector<std::string>& infras, const Paint& paint) -> std::string {
  return fmt::format("{} {}\n", paint(Style::kBoldCyan, "Enabled Infra:"), join(infras, ", "));
}

auto render_not_found(std::span<const std::string> queried, std::span<const std::string> found) -> std::string {
  std::vector<std::string> missing;
  // Exact names come before patterns, as in the original.
  for (const bool patterns : {false, true}) {
    for (const std::string& name : queried) {
      if (has_glob_chars(name) != patterns) continue;
      const bool matched = std::ranges::any_of(found, [&](const std::string& candidate) {
        return patterns ? glob_match(name, candidate) : name == candidate;
      });
      if (!matched) missing.push_back(python_quote(name));
    }
  }
  if (missing.empty()) return "";
  return fmt::format("Cluster{} {} not found.", missing.size() == 1 ? "" : "s", join(missing, ", "));
}

auto render_queue_title(std::string_view cluster, bool all_users) -> std::string {
  return fmt::format("\nJob queue of {} on cluster {}", all_users ? "all users" : "current user", cluster);
}

auto render_status_hints(const StatusHints& hints, const Paint& paint) -> std::string {
  std::vector<std::string> lines;
  if (hints.managed_jobs_in_progress) lines.push_back(managed_jobs_hint(*hints.managed_jobs_in_progress, paint));
  if (hints.has_pools) {
    lines.push_back("* To see detailed pool status: " + paint(Style::kBold, "sky jobs pool status -v"));
  }
  if (hints.has_services) {
    lines.push_back("* To see detailed service status: " + paint(Style::kBold, "sky serve status -v"));
  }
  if (hints.pending_autostops > 0 && !hints.refreshed) {
    lines.push_back(fmt::format("* {} cluster{} auto{{stop,down}} scheduled. Refresh statuses with: {}",
                                hints.pending_autostops, hints.pending_autostops == 1 ? " has" : "s have",
                                paint(Style::kBold, "sky status --refresh")));
  }
  return join(lines, "\n");
}

auto count_pending_autostops(std::span<const ClusterRow> rows) -> std::int64_t {
  return std::ranges::count_if(
      rows, [](const ClusterRow& row) { return row.autostop_minutes >= 0 && row.status != ClusterStatus::kStopped; });
}

auto render_cluster_footer(const CommandHints& hints, const Paint& paint) -> std::string {
  const std::string& cluster = hints.cluster;
  std::string out = "\n📋 Useful Commands";
  if (hints.job_id) {
    out += fmt::format("\nJob ID: {}", *hints.job_id);
    out += footer_line("To cancel the job:", fmt::format("sky cancel {} {}", cluster, *hints.job_id), paint);
    out += footer_line("To stream job logs:", fmt::format("sky logs {} {}", cluster, *hints.job_id), paint);
    out += footer_line("To view job queue:", fmt::format("sky queue {}", cluster), paint, true);
  }
  out += fmt::format("\nCluster name: {}", cluster) + dashboard_line(hints.dashboard_url, paint);
  out += footer_line("To log into the head VM:", fmt::format("ssh {}", cluster), paint);
  out += footer_line("To submit a job:", fmt::format("sky exec {} yaml_file", cluster), paint);
  out += footer_line("To stop the cluster:", fmt::format("sky stop {}", cluster), paint);
  return out + footer_line("To teardown the cluster:", fmt::format("sky down {}", cluster), paint, true);
}

auto render_submitted(std::string_view request_name, std::string_view request_id, const Paint& paint) -> std::string {
  return paint(Style::kGreen, fmt::format("Submitted {} request: {}", request_name, request_id)) + "\n" +
         request_commands("Check logs with: ", request_id, paint);
}

auto render_left_running(std::string_view request_id, const Paint& paint) -> std::string {
  return starting_line("Request will continue running asynchronously.") + "\n" +
         request_commands("View logs: ", request_id, paint);
}

auto render_property_error(const PropertyQuestion& question) -> std::string {
  const bool several = question.queried.size() > 1;
  const std::int64_t count = question.found.value_or(static_cast<std::int64_t>(question.queried.size()));
  std::string subject = count == 0 ? "No" : fmt::format("{}", count);
  std::string_view verb = "specified";
  std::string_view which = several ? "a single" : "an existing";
  if (question.found) {
    if (count == 0 && !question.queried.empty()) subject = python_quote(question.queried.front());
    verb = count == 0 ? "not found" : "found";
    which = several ? "an existing" : "a single";
  }
  return fmt::format("{} cluster{} {}. Please specify {} cluster to show its {}.\nUsage: `sky status --{} <cluster>`",
                     subject, count > 1 ? "s" : "", verb, which, question.property, question.flag);
}

auto render_endpoint(std::int64_t port, std::string_view url, const Paint& paint) -> std::string {
  return fmt::format("{}: {}", paint(Style::kBoldBlue, fmt::format("{}", port)), paint(Style::kBoldCyan, url));
}

auto render_client_version() -> std::string {
  return fmt::format("SkyPilot client version: {}, commit: {}", kVersion, build_commit());
}

auto render_server_info(const ServerInfo& info, const Paint& paint) -> std::string {
  return fmt::format(
      "Using SkyPilot API server and dashboard: {}\n{}Status: {}, commit: {}, version: {}\n{}User: {} ({})\n{}{}",
      info.url, branch(paint, false), info.status, info.commit, info.version, branch(paint, false), info.user_name,
      info.user_id, branch(paint, true), info.location);
}

auto render_no_server(const Paint& paint) -> std::string {
  return fmt::format(
      "No SkyPilot API server is connected\n{}To connect to an existing API server: sky api login\n{}To start a local "
      "API "
      "server: sky api start",
      branch(paint, false), branch(paint, true));
}

auto render_summary(std::span<const std::string> succeeded, std::span<const OperationFailure> failed) -> std::string {
  std::string out = "\nSummary:";
  if (!succeeded.empty()) out += fmt::format("\n  ✓ Succeeded: {}", fmt::join(succeeded, ", "));
  if (failed.size() == 1) {
    out += fmt::format("\n  ✗ Failed: {} ({})", failed.front().name, first_line(failed.front()));
  } else if (!failed.empty()) {
    out += "\n  ✗ Failed:";
    for (const OperationFailure& failure : failed) {
      out += fmt::format("\n      {} ({})", failure.name, first_line(failure));
    }
  }
  return out;
}

auto starting_line(std::string_view message) -> std::string {
  return fmt::format("⚙\uFE0E {}", message);
}

auto finished_line(std::string_view message, const Paint& paint) -> std::string {
  return paint(Style::kGreen, fmt::format("✓ {}", message));
}

}  // namespace sky::cli
