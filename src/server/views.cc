#include "server/views.h"

#include <fmt/format.h>

namespace sky::server {
namespace {

constexpr size_t kInstanceNameMax = 15;

auto non_empty(const std::string& text) -> std::optional<std::string> {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

auto figure(double value) -> std::optional<std::string> {
  return value > 0 ? std::optional<std::string>(fmt::format("{:g}", value)) : std::nullopt;
}

auto accelerators_text(const infra::NodeShape& shape) -> std::optional<std::string> {
  if (shape.accelerator_count <= 0) return std::nullopt;
  return fmt::format("{{'{}': {:g}}}", shape.accelerator, shape.accelerator_count);
}

auto launched_resources(const planner::Demand& spec, const infra::Placement& placement) -> JsonObject {
  JsonObject object;
  object["infra"] = placement.infra.empty() ? "local" : std::string_view(placement.infra);
  if (spec.shape.cpus > 0) object["cpus"] = fmt::format("{:g}", spec.shape.cpus);
  if (spec.shape.memory_gib > 0) object["memory"] = fmt::format("{:g}", spec.shape.memory_gib);
  if (spec.shape.accelerator_count > 0) {
    object["accelerators"] = JsonObject{{spec.shape.accelerator, spec.shape.accelerator_count}};
  }
  return object;
}

auto seconds_of(const std::vector<cluster::UsageSpan>& usage, double now) -> std::int64_t {
  double total = 0;
  for (const auto& span : usage) total += span.end.value_or(now) - span.start;
  return static_cast<std::int64_t>(total);
}

template <class Record>
auto cost_row_base(const Record& record, double now) -> api::CostRow {
  api::CostRow row;
  row.name = record.name.str();
  row.launched_at = static_cast<std::int64_t>(record.launched_at);
  row.duration_seconds = seconds_of(record.usage, now);
  row.num_nodes = record.spec.node_count;
  row.resources = launched_resources(record.spec, record.placement);
  row.cluster_hash = record.hash;
  for (const auto& span : record.usage) {
    row.usage_intervals.emplace_back(static_cast<std::int64_t>(span.start),
                                     span.end ? std::optional(static_cast<std::int64_t>(*span.end)) : std::nullopt);
  }
  row.user_hash = record.owner.user_id;
  row.user_name = record.owner.user_name;
  row.last_creation_yaml = non_empty(record.last_creation_yaml);
  row.last_creation_command = non_empty(record.owner.command);
  row.total_cost_usd = record.hourly_cost_usd * static_cast<double>(row.duration_seconds) / 3600.0;
  row.cloud = non_empty(record.placement.infra);
  row.region = non_empty(record.placement.region);
  row.cpus = figure(record.spec.shape.cpus);
  row.memory = figure(record.spec.shape.memory_gib);
  row.accelerators = accelerators_text(record.spec.shape);
  row.resources_str = resources_text(record.spec, record.placement, false);
  row.resources_str_full = resources_text(record.spec, record.placement, true);
  return row;
}

auto node_names(const std::vector<infra::NodeRecord>& nodes) -> std::optional<std::string> {
  std::string names;
  for (const auto& node : nodes) names += (names.empty() ? "" : ", ") + node.id;
  return non_empty(names);
}

}  // namespace

auto resources_text(const planner::Demand& spec, const infra::Placement& placement, bool full) -> std::string {
  std::string inside;
  const auto add = [&](std::string part) { inside += (inside.empty() ? "" : ", ") + std::move(part); };
  if (spec.shape.accelerator_count > 0) {
    add(fmt::format("gpus={}:{:g}", spec.shape.accelerator, spec.shape.accelerator_count));
  }
  if (full || spec.shape.accelerator_count <= 0) {
    if (spec.shape.cpus > 0) add(fmt::format("cpus={:g}", spec.shape.cpus));
    if (spec.shape.memory_gib > 0) add(fmt::format("mem={:g}", spec.shape.memory_gib));
  }
  std::string type = placement.instance_type;
  if (!full && type.size() > kInstanceNameMax) type = type.substr(0, kInstanceNameMax - 3) + "...";
  if (!type.empty()) add(type);
  if (full && spec.shape.disk_size_gib > 0) add(fmt::format("disk={}", spec.shape.disk_size_gib));
  if (full && !spec.ports.empty()) {
    std::string ports;
    for (const auto& port : spec.ports) ports += (ports.empty() ? "" : ",") + port;
    add("ports=" + ports);
  }
  if (!full) add("...");
  return fmt::format("{}x{}({})", spec.node_count, spec.shape.use_spot ? "[spot]" : "", inside);
}

auto credentials_of(const cluster::ClusterRecord& record) -> std::optional<api::SshCredentials> {
  if (record.nodes.empty()) return std::nullopt;
  const infra::SshLogin& login = record.nodes.front().ssh;
  if (login.user.empty()) {  // no sshd: through the server to the ssh server of the agent, which takes any name
    api::SshCredentials through_server;
    through_server.ssh_user = "sky";
    through_server.ssh_proxy_command = std::string(api::kOwnProxyCommand);
    return through_server;
  }
  return api::SshCredentials{.ssh_user = login.user,
                             .ssh_private_key = login.identity_file,
                             .ssh_private_key_content = {},
                             .ssh_proxy_command = non_empty(login.proxy_command),
                             .ssh_check_host_key = true};
}

auto handle_of(const cluster::ClusterRecord& record) -> api::Handle {
  api::Handle handle;
  handle.cluster_name = record.name.str();
  handle.cluster_name_on_cloud = fmt::format("{}-{}", record.name, record.hash.substr(0, 8));
  handle.launched_nodes = record.spec.node_count;
  handle.launched_resources = launched_resources(record.spec, record.placement);
  for (const auto& node : record.nodes) {
    handle.internal_external_ips.emplace_back(node.address,
                                              node.external_address.empty() ? node.address : node.external_address);
    if (!node.ssh.user.empty()) handle.ssh_ports.push_back(node.ssh.port);
  }
  return handle;
}

auto cluster_view(const cluster::ClusterRecord& record, std::string_view infra_display_name) -> api::ClusterRecord {
  api::ClusterRecord view;
  view.name = record.name.str();
  view.launched_at = static_cast<std::int64_t>(record.launched_at);
  if (!record.nodes.empty()) view.handle = handle_of(record);
  view.credentials = credentials_of(record);
  view.last_use = non_empty(record.last_use);
  view.status = record.status;
  view.autostop = record.autostop.idle_minutes;
  view.to_down = record.autostop.down;
  view.cluster_hash = record.hash;
  view.cluster_ever_up = record.ever_up;
  view.status_updated_at = static_cast<std::int64_t>(record.status_updated_at);
  view.user_hash = record.owner.user_id;
  view.user_name = record.owner.user_name;
  view.config_hash = non_empty(record.config_hash);
  view.last_creation_yaml = non_empty(record.last_creation_yaml);
  view.last_creation_command = non_empty(record.owner.command);
  view.last_event = non_empty(record.last_event);
  if (record.status == ClusterStatus::kInit) {
    view.init_kind = record.goal == cluster::Goal::kUp ? "launching" : "unhealthy";
    view.init_status_reason = non_empty(record.last_event);
  }
  view.resources_str = resources_text(record.spec, record.placement, false);
  view.resources_str_full = resources_text(record.spec, record.placement, true);
  view.nodes = record.spec.node_count;
  if (!infra_display_name.empty()) view.cloud = std::string(infra_display_name);
  view.region = non_empty(record.placement.region);
  view.zone = non_empty(record.placement.zone);
  view.cpus = figure(record.spec.shape.cpus);
  view.memory = figure(record.spec.shape.memory_gib);
  view.accelerators = accelerators_text(record.spec.shape);
  view.cluster_name_on_cloud = fmt::format("{}-{}", record.name, record.hash.substr(0, 8));
  view.node_names = node_names(record.nodes);
  return view;
}

auto job_view(const agent::JobView& job, std::string_view user_id) -> api::JobRecord {
  api::JobRecord record;
  record.job_id = job.id.value();
  record.job_name = job.name.empty() ? "-" : job.name;
  record.username = job.user;
  record.user_hash = user_id;
  record.submitted_at = job.submitted_at.value_or(0);
  record.start_at = job.started_at;
  record.end_at = job.ended_at;
  record.resources = job.resources;
  record.status = job.status;
  record.log_path = "~/" + job.log_path;
  if (!job.git_commit.empty()) record.metadata["git_commit"] = std::string_view(job.git_commit);
  return record;
}

auto cost_row(const cluster::ClusterRecord& record, double now) -> api::CostRow {
  api::CostRow row = cost_row_base(record, now);
  row.status = record.status;
  row.last_event = non_empty(record.last_event);
  row.node_names = node_names(record.nodes);
  return row;
}

auto cost_row(const cluster::ClusterHistory& history) -> api::CostRow {
  return cost_row_base(history, history.ended_at);
}

}  // namespace sky::server
