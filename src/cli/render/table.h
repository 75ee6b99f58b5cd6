// The tables of the command line, cell by cell as skypilot 0.14.1 shows them. Pure functions from rows to text without
// a newline at the end; what depends on the moment or the terminal comes in RenderContext.
#pragma once

#include <span>
#include <string>

#include "base/time.h"
#include "cli/render/rows.h"
#include "term/style.h"

namespace sky::cli {

struct RenderContext {
  WallTime now;
  term::Paint paint = term::Paint(false);
};

struct StatusTableOptions {
  bool verbose = false;
  bool show_users = false;       // --all-users
  bool show_workspaces = false;  // there are several; -v shows them anyway
};

// NAME [USER] [USER_ID] [WORKSPACE] INFRA RESOURCES STATUS AUTOSTOP LAUNCHED, and with -v HEAD_IP COMMAND LAST_EVENT.
// Empty without rows.
auto render_status_table(std::span<const ClusterRow> rows, const StatusTableOptions& options,
                         const RenderContext& context) -> std::string;

// ID NAME USER SUBMITTED STARTED DURATION RESOURCES STATUS LOG `GIT COMMIT`; only the header without rows.
auto render_queue_table(std::span<const JobRow> rows, const RenderContext& context) -> std::string;

struct RequestTableOptions {
  bool verbose = false;               // whole ids, and the cluster
  std::optional<std::int64_t> limit;  // what was asked for; reached, a hint says so
};

// ID User Name [Cluster] Created Status, in the original's mixed case. Without rows one row of dashes.
auto render_requests_table(std::span<const RequestRow> rows, const RequestTableOptions& options,
                           const RenderContext& context) -> std::string;

struct CostReportOptions {
  bool all = false;                  // else the five first
  std::optional<std::int64_t> days;  // nullopt: no limit
};

// The whole report: title, table (clusters that exist first), total of the shown rows and the notes.
auto render_cost_report(std::span<const CostRow> rows, const CostReportOptions& options, const RenderContext& context)
    -> std::string;

// Cells that other texts use too.
auto status_cell(ClusterStatus status, const term::Paint& paint) -> std::string;
auto status_cell(JobStatus status, const term::Paint& paint) -> std::string;
auto status_cell(RequestStatus status, const term::Paint& paint) -> std::string;
// `AWS (us-east-1a)`; the part in brackets keeps at most 25 characters unless `whole`.
auto infra_cell(const ClusterRow& row, bool whole) -> std::string;
// `10m`, `2h`, `10m (down)`, `(down)`, `-`.
auto autostop_cell(const ClusterRow& row) -> std::string;
// Service accounts are marked `name (SA)`.
auto user_cell(std::string_view name, std::string_view id) -> std::string;

}  // namespace sky::cli
