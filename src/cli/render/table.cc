#include "cli/render/table.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "term/duration.h"
#include "term/table.h"
#include "term/width.h"

namespace sky::cli {
namespace {

using term::Style;

constexpr size_t kRegionCharactersMax = 25;
constexpr size_t kRequestIdCharactersMax = 36;
constexpr size_t kCostRowsMax = 5;

auto style_of(ClusterStatus status) -> Style {
  switch (status) {
    case ClusterStatus::kInit:
      return Style::kBlue;
    case ClusterStatus::kUp:
      return Style::kGreen;
    case ClusterStatus::kStopped:
      return Style::kYellow;
    case ClusterStatus::kAutostopping:
      return Style::kMagenta;
  }
  return Style::kPlain;
}

auto style_of(JobStatus status) -> Style {
  switch (status) {
    case JobStatus::kInit:
    case JobStatus::kPending:
    case JobStatus::kSettingUp:
      return Style::kBlue;
    case JobStatus::kRunning:
    case JobStatus::kSucceeded:
      return Style::kGreen;
    case JobStatus::kFailedDriver:
    case JobStatus::kFailed:
    case JobStatus::kFailedSetup:
      return Style::kRed;
    case JobStatus::kCancelled:
      return Style::kYellow;
  }
  return Style::kPlain;
}

auto style_of(RequestStatus status) -> Style {
  switch (status) {
    case RequestStatus::kPending:
      return Style::kBlue;
    case RequestStatus::kRunning:
    case RequestStatus::kSucceeded:
      return Style::kGreen;
    case RequestStatus::kFailed:
      return Style::kRed;
    case RequestStatus::kCancelled:
      return Style::kWhite;
  }
  return Style::kPlain;
}

auto status_row(const ClusterRow& row, const StatusTableOptions& options, const RenderContext& context) -> term::Row {
  term::Row cells = {row.name};
  if (options.show_users) cells.push_back(user_cell(row.user_name, row.user_id));
  if (options.show_users && options.verbose) cells.push_back(row.user_id);
  if (options.show_workspaces || options.verbose) cells.push_back(row.workspace);
  cells.push_back(infra_cell(row, options.verbose));
  cells.push_back(options.verbose && !row.resources_full.empty() ? row.resources_full : row.resources);
  if (cells.back().empty()) cells.back() = "-";
  cells.push_back(row.unhealthy && row.status == ClusterStatus::kInit ? context.paint(Style::kRed, "UNHEALTHY")
                                                                      : status_cell(row.status, context.paint));
  cells.push_back(autostop_cell(row));
  cells.push_back(term::format_ago(row.launched_at, context.now));
  if (options.verbose) {
    cells.push_back(row.head_ip.value_or("-"));
    cells.push_back(row.last_command);
    cells.push_back(row.last_event.value_or("No recorded events."));
  }
  return cells;
}

auto cost_row(const CostRow& row, const RenderContext& context) -> term::Row {
  return {row.name,
          term::format_ago(row.launched_at, context.now),
          term::format_span(row.duration),
          row.resources,
          row.status ? status_cell(*row.status, context.paint) : context.paint(Style::kDim, "TERMINATED"),
          fmt::format("$ {:.2f}", row.hourly_cost_usd),
          row.total_cost_usd == 0 ? "-" : fmt::format("$ {:.2f}", row.total_cost_usd)};
}

}  // namespace

auto render_status_table(std::span<const ClusterRow> rows, const StatusTableOptions& options,
                         const RenderContext& context) -> std::string {
  if (rows.empty()) return "";
  term::Row headers = {"NAME"};
  if (options.show_users) headers.emplace_back("USER");
  if (options.show_users && options.verbose) headers.emplace_back("USER_ID");
  if (options.show_workspaces || options.verbose) headers.emplace_back("WORKSPACE");
  for (const char* name : {"INFRA", "RESOURCES", "STATUS", "AUTOSTOP", "LAUNCHED"}) headers.emplace_back(name);
  if (options.verbose) {
    for (const char* name : {"HEAD_IP", "COMMAND", "LAST_EVENT"}) headers.emplace_back(name);
  }
  term::Table table(std::move(headers));
  for (const ClusterRow& row : rows) table.add(status_row(row, options, context));
  return table.render();
}

auto render_queue_table(std::span<const JobRow> rows, const RenderContext& context) -> std::string {
  term::Table table(
      {"ID", "NAME", "USER", "SUBMITTED", "STARTED", "DURATION", "RESOURCES", "STATUS", "LOG", "GIT COMMIT"});
  for (const JobRow& row : rows) {
    table.add({fmt::format("{}", row.id), row.name, row.user_name, term::format_ago(row.submitted_at, context.now),
               term::format_ago(row.started_at, context.now),
               term::format_span(row.started_at, row.ended_at.value_or(context.now)), row.resources,
               status_cell(row.status, context.paint), row.log_path, row.git_commit});
  }
  return table.render();
}

auto render_requests_table(std::span<const RequestRow> rows, const RequestTableOptions& options,
                           const RenderContext& context) -> std::string {
  term::Row headers = {"ID", "User", "Name"};
  if (options.verbose) headers.emplace_back("Cluster");
  headers.emplace_back("Created");
  headers.emplace_back("Status");
  const size_t columns = headers.size();
  term::Table table(std::move(headers));
  for (const RequestRow& row : rows) {
    term::Row cells = {options.verbose ? row.id : term::truncate_end(row.id, kRequestIdCharactersMax),
                       user_cell(row.user_name, row.user_id), row.name};
    if (options.verbose) cells.push_back(row.cluster_name.value_or("-"));
    cells.push_back(term::format_ago(row.created_at, context.now));
    cells.push_back(status_cell(row.status, context.paint));
    table.add(std::move(cells));
  }
  if (rows.empty()) table.add(term::Row(columns, "-"));
  std::string out = table.render();
  if (options.limit && static_cast<std::int64_t>(rows.size()) >= *options.limit) {
    out += fmt::format("\n\nShowing {} requests. Use \"-l none\" or \"-l all\" to show all requests.", *options.limit);
  }
  return out;
}

auto render_cost_report(std::span<const CostRow> rows, const CostReportOptions& options, const RenderContext& context)
    -> std::string {
  std::vector<CostRow> shown;
  for (const bool gone : {false, true}) {
    std::ranges::copy_if(rows, std::back_inserter(shown), [gone](const CostRow& row) { return !row.status == gone; });
  }
  if (!options.all) shown.resize(std::min(shown.size(), kCostRowsMax));
  std::string out;
  double total = 0;
  if (!shown.empty()) {
    const std::string days = options.days ? fmt::format(" (last {} days)", *options.days) : "";
    out += context.paint(Style::kBoldCyan, "Clusters" + days) + "\n";
    term::Table table({"NAME", "LAUNCHED", "DURATION", "RESOURCES", "STATUS", "COST/hr", "COST (est.)"});
    for (const CostRow& row : shown) {
      table.add(cost_row(row, context));
      total += row.total_cost_usd;
    }
    out += table.render() + "\n";
  }
  out += "\n" + context.paint(Style::kBold, fmt::format("Total Cost: ${:.2f}", total));
  if (!options.all) {
    out +=
        "\n" + context.paint(Style::kYellow, fmt::format("Showing up to {} most recent clusters. To see all clusters "
                                                         "in history, pass the --all flag.",
                                                         kCostRowsMax));
  }
  return out + "\n" +
         context.paint(Style::kYellow,
                       "This feature is experimental. Costs for clusters with auto{stop,down} scheduled "
                       "may not be accurate.");
}

auto status_cell(ClusterStatus status, const term::Paint& paint) -> std::string {
  return paint(style_of(status), to_string(status));
}

auto status_cell(JobStatus status, const term::Paint& paint) -> std::string {
  return paint(style_of(status), to_string(status));
}

auto status_cell(RequestStatus status, const term::Paint& paint) -> std::string {
  return paint(style_of(status), to_string(status));
}

auto infra_cell(const ClusterRow& row, bool whole) -> std::string {
  if (row.cloud.empty()) return "-";
  if (row.region_or_zone.empty()) return row.cloud;
  const std::string place =
      whole ? row.region_or_zone : term::truncate_middle(row.region_or_zone, kRegionCharactersMax);
  return fmt::format("{} ({})", row.cloud, place);
}

auto autostop_cell(const ClusterRow& row) -> std::string {
  std::string out;
  if (row.autostop_minutes > 0 && row.autostop_minutes % 60 == 0) {
    out = fmt::format("{}h", row.autostop_minutes / 60);
  } else if (row.autostop_minutes >= 0) {
    out = fmt::format("{}m", row.autostop_minutes);
  }
  if (row.autodown) out += out.empty() ? "(down)" : " (down)";
  return out.empty() ? "-" : out;
}

auto user_cell(std::string_view name, std::string_view id) -> std::string {
  const bool is_service_account = name != "-" && to_lower(id).starts_with("sa-");
  return fmt::format("{}{}", name, is_service_account ? " (SA)" : "");
}

}  // namespace sky::cli
