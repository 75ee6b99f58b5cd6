#include "api/routes.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/strings.h"

namespace sky::api {
namespace {

using enum Schedule;
using enum ReplyKind;

constexpr std::array kRoutes = {
    Route{"POST", "/launch", "sky.launch", kLong, kRequest},
    Route{"POST", "/exec", "sky.exec", kLong, kRequest},
    Route{"POST", "/start", "sky.start", kLong, kRequest},
    Route{"POST", "/stop", "sky.stop", kShort, kRequest},
    Route{"POST", "/down", "sky.down", kShort, kRequest},
    Route{"POST", "/autostop", "sky.autostop", kShort, kRequest},
    Route{"POST", "/status", "sky.status", kShort, kQuestion},
    Route{"POST", "/queue", "sky.queue", kShort, kQuestion},
    Route{"POST", "/job_status", "sky.job_status", kShort, kQuestion},
    Route{"POST", "/cancel", "sky.cancel", kShort, kRequest},
    Route{"POST", "/logs", "sky.logs", kShort, kStream},
    Route{"POST", "/download_logs", "sky.download_logs", kShort, kQuestion},
    Route{"POST", "/endpoints", "sky.endpoints", kShort, kQuestion},
    Route{"POST", "/provision_logs", "", kDirect, kText},
    Route{"POST", "/hook_logs", "sky.hook_logs", kShort, kStream},
    Route{"POST", "/autostop_logs", "sky.autostop_logs", kShort, kStream},
    Route{"POST", "/cost_report", "sky.cost_report", kShort, kQuestion},
    Route{"POST", "/cluster_events", "sky.cluster_events", kShort, kQuestion},
    Route{"POST", "/validate", "", kDirect, kValue},
    Route{"POST", "/optimize", "sky.optimize", kShort, kRequest},
    Route{"POST", "/check", "sky.check", kShort, kRequest},
    Route{"POST", "/ssh_node_pools/deploy", "sky.ssh_node_pools.up", kLong, kRequest},
    Route{"POST", "/ssh_node_pools/down", "sky.ssh_node_pools.down", kLong, kRequest},
    Route{"GET", "/enabled_clouds", "sky.enabled_clouds", kShort, kQuestion},
    Route{"GET", "/workspaces", "sky.workspaces.get", kShort, kQuestion},
    Route{"GET", "/storage/ls", "sky.storage_ls", kShort, kQuestion},
    Route{"POST", "/storage/delete", "sky.storage_delete", kLong, kQuestion},
    Route{"GET", "/volumes", "sky.volume_list", kShort, kQuestion},
    Route{"POST", "/volumes/delete", "sky.volume_delete", kLong, kQuestion},
    Route{"POST", "/jobs/queue/v2", "sky.jobs.queue_v2", kShort, kQuestion},
    Route{"POST", "/jobs/pool_status", "sky.jobs.pool_status", kShort, kQuestion},
    Route{"POST", "/serve/status", "sky.serve.status", kShort, kQuestion},
    Route{"POST", "/api/cancel", "sky.api_cancel", kShort, kQuestion},
    Route{"GET", "/api/get", "", kDirect, kValue},
    Route{"GET", "/api/stream", "", kDirect, kText},
    Route{"GET", "/api/status", "", kDirect, kValue},
    Route{"GET", "/api/health", "", kDirect, kValue},
    Route{"GET", "/api/completion/cluster_name", "", kDirect, kValue},
    Route{"GET", "/api/completion/storage_name", "", kDirect, kValue},
    Route{"GET", "/api/completion/volume_name", "", kDirect, kValue},
    Route{"GET", "/api/completion/api_request", "", kDirect, kValue},
    Route{"GET", "/upload_v2/blob", "", kDirect, kValue},
    Route{"POST", "/upload_v2", "", kDirect, kValue},
    Route{"GET", kFollowPath, "", kDirect, kText},
    Route{"GET", kSshPath, "", kDirect, kText},
    Route{"GET", kFilesPath, "", kDirect, kText},
};

constexpr std::string_view kPools = "/ssh_node_pools/";

auto without_dashboard_prefix(std::string_view path) -> std::string_view {
  constexpr std::string_view kPrefix = "/internal/dashboard";
  if (path.starts_with(kPrefix) && path.substr(kPrefix.size()).starts_with('/')) path.remove_prefix(kPrefix.size());
  return path;
}

auto count_of(const Query& query, std::string_view key) -> Result<std::uint64_t> {
  const std::string_view value = query_value(query, key).value_or("0");
  const auto number = parse_int(value);
  if (!number.has_value() || *number < 0) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("{}: expected a count, found '{}'", key, value));
  }
  return static_cast<std::uint64_t>(*number);
}

auto parse_log_position(const Query& query) -> Result<std::optional<LogPosition>> {
  if (!query_value(query, "log_offset").has_value()) return std::optional<LogPosition>();
  LogPosition log{.cluster_hash = std::string(query_value(query, "cluster_hash").value_or(""))};
  if (log.cluster_hash.empty() || !std::ranges::all_of(log.cluster_hash, is_alnum)) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("cluster_hash: expected letters and digits, found '{}'", log.cluster_hash));
  }
  SKY_TRY(const std::uint64_t job_id, count_of(query, "job_id"));
  log.job_id = static_cast<std::int64_t>(job_id);
  SKY_TRY(log.offset_bytes, count_of(query, "log_offset"));
  return std::optional(std::move(log));
}

}  // namespace

auto routes() -> std::span<const Route> {
  return kRoutes;
}

auto pool_in_path(std::string_view path) -> std::string_view {
  path = without_dashboard_prefix(path);
  if (!path.starts_with(kPools)) return {};
  const std::string_view rest = path.substr(kPools.size());
  const size_t slash = rest.find('/');
  return slash == std::string_view::npos ? std::string_view() : rest.substr(0, slash);
}

auto find_route(std::string_view method, std::string_view path) -> const Route* {
  path = without_dashboard_prefix(path);
  std::string general;
  if (const std::string_view pool = pool_in_path(path); !pool.empty()) {
    general = fmt::format("{}{}", kPools, path.substr(kPools.size() + pool.size() + 1));
    path = general;
  }
  const auto* found =
      std::ranges::find_if(kRoutes, [&](const Route& route) { return route.method == method && route.path == path; });
  return found == kRoutes.end() ? nullptr : found;
}

auto find_route_by_name(std::string_view name) -> const Route* {
  if (name.empty()) return nullptr;
  const auto* found = std::ranges::find(kRoutes, name, &Route::name);
  return found == kRoutes.end() ? nullptr : found;
}

auto path_exists(std::string_view path) -> bool {
  path = without_dashboard_prefix(path);
  return std::ranges::any_of(kRoutes, [&](const Route& route) { return route.path == path; });
}

auto to_string(Schedule schedule) -> std::string_view {
  return schedule == kLong ? "long" : "short";
}

auto to_query(const FollowQuery& follow) -> Query {
  Query query{{"request_id", follow.request_id}, {"output_offset", std::to_string(follow.output_offset_bytes)}};
  if (follow.log.has_value()) {
    query.emplace_back("cluster_hash", follow.log->cluster_hash);
    query.emplace_back("job_id", std::to_string(follow.log->job_id));
    query.emplace_back("log_offset", std::to_string(follow.log->offset_bytes));
  }
  return query;
}

auto parse_follow_query(const Query& query) -> Result<FollowQuery> {
  FollowQuery follow{.request_id = std::string(query_value(query, "request_id").value_or(""))};
  if (follow.request_id.empty()) return make_error(ErrorCode::kInvalidArgument, "request_id: missing");
  SKY_TRY(follow.output_offset_bytes, count_of(query, "output_offset"));
  SKY_TRY(follow.log, parse_log_position(query));
  return follow;
}

}  // namespace sky::api
