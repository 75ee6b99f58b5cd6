#include "cli/api_rows.h"

namespace sky::cli {
namespace {

constexpr double kSecondsPerHour = 3600;

auto time_of(std::optional<double> seconds) -> std::optional<WallTime> {
  if (!seconds || *seconds <= 0) return std::nullopt;
  return from_epoch_seconds(*seconds);
}

auto time_of_seconds(std::optional<std::int64_t> seconds) -> std::optional<WallTime> {
  if (!seconds) return std::nullopt;
  return time_of(static_cast<double>(*seconds));
}

}  // namespace

auto to_row(const api::ClusterRecord& record) -> ClusterRow {
  ClusterRow row{.name = record.name,
                 .user_name = record.user_name,
                 .user_id = record.user_hash,
                 .workspace = record.workspace,
                 .cloud = record.cloud.value_or(""),
                 .region_or_zone = record.zone ? *record.zone : record.region.value_or(""),
                 .resources = record.resources_str.value_or("-"),
                 .resources_full = record.resources_str_full.value_or("-"),
                 .status = record.status,
                 .unhealthy = record.init_kind == "unhealthy",
                 .autostop_minutes = record.autostop,
                 .autodown = record.to_down,
                 .launched_at = time_of_seconds(record.launched_at),
                 .head_ip = std::nullopt,
                 .last_command = record.last_use.value_or("-"),
                 .last_event = record.last_event};
  if (record.handle && !record.handle->internal_external_ips.empty()) {
    row.head_ip = record.handle->internal_external_ips.front().second;
  }
  return row;
}

auto to_row(const api::JobRecord& record) -> JobRow {
  JobRow row{.id = record.job_id,
             .name = record.job_name,
             .user_name = record.username,
             .submitted_at = time_of(record.submitted_at),
             .started_at = time_of(record.start_at),
             .ended_at = time_of(record.end_at),
             .resources = record.resources,
             .status = record.status,
             .log_path = record.log_path};
  if (const Json* commit = record.metadata.if_contains("git_commit"); commit != nullptr && commit->is_string()) {
    row.git_commit = commit->get_string();
  }
  return row;
}

auto to_row(const api::CostRow& row) -> CostRow {
  const auto seconds = static_cast<double>(row.duration_seconds);
  return {.name = row.name,
          .launched_at = time_of_seconds(row.launched_at),
          .duration = std::chrono::seconds(row.duration_seconds),
          .resources = row.resources_str,
          .status = row.status,
          .hourly_cost_usd = seconds > 0 ? row.total_cost_usd * kSecondsPerHour / seconds : 0,
          .total_cost_usd = row.total_cost_usd};
}

auto to_row(const api::RequestPayload& payload) -> RequestRow {
  return {.id = payload.request_id,
          .user_name = payload.user_name.value_or("-"),
          .user_id = payload.user_id,
          .name = payload.name,
          .cluster_name = payload.cluster_name,
          .created_at = time_of(payload.created_at),
          .status = payload.status};
}

auto names_of(const std::vector<api::ClusterRecord>& records) -> std::vector<std::string> {
  std::vector<std::string> names;
  for (const api::ClusterRecord& record : records) names.push_back(record.name);
  return names;
}

}  // namespace sky::cli
