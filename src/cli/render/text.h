// Lines around the tables: titles, hints and footers in the original's words. Pure; no newline at the end unless said.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/render/rows.h"
#include "term/style.h"

namespace sky::cli {

// A section's title, bold and cyan: `Clusters`.
auto render_title(std::string_view title, const term::Paint& paint) -> std::string;

// `Enabled Infra: a, b`, with an empty line behind it.
auto render_enabled_infra(const std::vector<std::string>& infras, const term::Paint& paint) -> std::string;

// `Cluster 'x' not found.`, `Clusters 'x', 'y*' not found.`; empty when every name or glob pattern of `queried` matches
// one of `found`.
auto render_not_found(std::span<const std::string> queried, std::span<const std::string> found) -> std::string;

// The title over one cluster's job queue, with an empty line before it.
auto render_queue_title(std::string_view cluster, bool all_users) -> std::string;

struct StatusHints {
  std::optional<std::int64_t> managed_jobs_in_progress;  // nullopt: no jobs controller
  bool has_services = false;                             // a serve controller exists
  bool has_pools = false;
  std::int64_t pending_autostops = 0;
  bool refreshed = false;
};

// The lines with `* ` below `sky status`; empty when there are none.
auto render_status_hints(const StatusHints& hints, const term::Paint& paint) -> std::string;

// How many of the clusters have an autostop ahead of them.
auto count_pending_autostops(std::span<const ClusterRow> rows) -> std::int64_t;

struct CommandHints {
  std::string cluster;
  std::optional<std::int64_t> job_id;  // nullopt: nothing was run
  std::optional<std::string> dashboard_url;
};

// `📋 Useful Commands` after a launch or exec, with an empty line before it.
auto render_cluster_footer(const CommandHints& hints, const term::Paint& paint) -> std::string;

// What --async prints, with an empty line at the end: `Submitted sky.launch request: <id>` and two commands.
auto render_submitted(std::string_view request_name, std::string_view request_id, const term::Paint& paint)
    -> std::string;
// What Ctrl-C prints while a request goes on, with an empty line at the end.
auto render_left_running(std::string_view request_id, const term::Paint& paint) -> std::string;

// Why `sky status --ip`, `--endpoint` or `--endpoints` cannot show what was asked for.
struct PropertyQuestion {
  std::string property;               // "IP address", "endpoint(s)"
  std::string flag;                   // "ip", "endpoint port", "endpoints"
  std::vector<std::string> queried;   // names on the command line
  std::optional<std::int64_t> found;  // clusters that matched them; nullopt: the server was not asked
};

// `2 clusters specified. Please specify a single cluster to show its IP address.` and how to; two lines.
auto render_property_error(const PropertyQuestion& question) -> std::string;

// `8080: http://…`, one of the lines of `sky status --endpoints`.
auto render_endpoint(std::int64_t port, std::string_view url, const term::Paint& paint) -> std::string;

// What `sky api info` says about the server that answered.
struct ServerInfo {
  std::string url;
  std::string status;  // "healthy"
  std::string commit;
  std::string version;
  std::string user_name;
  std::string user_id;
  std::string location;  // "Endpoint set to default local API server."
};

auto render_client_version() -> std::string;
auto render_server_info(const ServerInfo& info, const term::Paint& paint) -> std::string;
// The same when no server answers on this machine.
auto render_no_server(const term::Paint& paint) -> std::string;

struct OperationFailure {
  std::string name;
  std::string reason;  // its first line is shown, at most 120 characters
};

// `Summary:` of an operation on several clusters, with an empty line before it.
auto render_summary(std::span<const std::string> succeeded, std::span<const OperationFailure> failed) -> std::string;

// Marks in front of progress lines.
auto starting_line(std::string_view message) -> std::string;                            // ⚙︎
auto finished_line(std::string_view message, const term::Paint& paint) -> std::string;  // ✓, whole line green

}  // namespace sky::cli
