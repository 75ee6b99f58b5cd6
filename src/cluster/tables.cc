#include "cluster/tables.h"

#include "format/fields.h"

namespace sky {

namespace infra {

template <class Visitor>
void describe(Visitor& visit, Placement& record) {
  visit("infra", record.infra);
  visit("region", record.region);
  visit("zone", record.zone);
  visit("instance_type", record.instance_type);
}

template <class Visitor>
void describe(Visitor& visit, NodeShape& record) {
  visit("cpus", record.cpus);
  visit("memory_gib", record.memory_gib);
  visit("accelerator", record.accelerator);
  visit("accelerator_count", record.accelerator_count);
  visit("disk_size_gib", record.disk_size_gib);
  visit("use_spot", record.use_spot);
}

template <class Visitor>
void describe(Visitor& visit, NodeRecord& record) {
  visit("index", record.index);
  visit("id", record.id);
  visit("address", record.address);
  visit("external_address", record.external_address);
  visit("home", record.home);
  visit("gpus", record.gpus);
  visit("cpus", record.cpus);
  visit("memory_gib", record.memory_gib);
  visit("ssh_user", record.ssh.user);
  visit("ssh_port", record.ssh.port);
  visit("ssh_identity_file", record.ssh.identity_file);
  visit("ssh_proxy_command", record.ssh.proxy_command);
}

}  // namespace infra

namespace planner {

template <class Visitor>
void describe(Visitor& visit, Demand& record) {
  visit("node_count", record.node_count);
  visit("shape", record.shape);
  visit("infra", record.infra);
  visit("region", record.region);
  visit("zone", record.zone);
  visit("ports", record.ports);
  visit("cpus_text", record.cpus_text);
  visit("memory_text", record.memory_text);
}

}  // namespace planner

namespace cluster {
namespace {

auto parse_goal(std::string_view text) -> std::optional<Goal> {
  for (const Goal goal : {Goal::kUp, Goal::kStopped, Goal::kGone, Goal::kRest}) {
    if (to_string(goal) == text) return goal;
  }
  return std::nullopt;
}

template <class Record>
auto codec() -> journal::Codec<Record> {
  return {.encode = [](const Record& record) { return encode_fields(record); },
          .decode = [](std::string_view text) { return decode_fields<Record>(text); }};
}

}  // namespace

template <class Visitor>
void describe(Visitor& visit, AutostopSetting& record) {
  visit("idle_minutes", record.idle_minutes);
  visit("down", record.down);
  visit("wait_for", record.wait_for);
  visit("hook", record.hook);
  visit("hook_timeout_seconds", record.hook_timeout_seconds);
}

template <class Visitor>
void describe(Visitor& visit, Actor& record) {
  visit("user_id", record.user_id);
  visit("user_name", record.user_name);
  visit("command", record.command);
}

template <class Visitor>
void describe(Visitor& visit, UsageSpan& record) {
  visit("start", record.start);
  visit("end", record.end);
}

template <class Visitor>
void describe(Visitor& visit, ClusterRecord& record) {
  visit("name", record.name);
  visit("hash", record.hash);
  visit.word("status", record.status, parse_cluster_status);
  visit.word("goal", record.goal, parse_goal);
  visit("goal_sequence", record.goal_sequence);
  visit("goal_request", record.goal_request);
  visit("spec", record.spec);
  visit("placement", record.placement);
  visit("hourly_cost_usd", record.hourly_cost_usd);
  visit("attempt", record.attempt);
  visit("attempt_open", record.attempt_open);
  visit("nodes", record.nodes);
  visit("ever_up", record.ever_up);
  visit("config_hash", record.config_hash);
  visit("autostop", record.autostop);
  visit("autostop_sent", record.autostop_sent);
  visit("launched_at", record.launched_at);
  visit("status_updated_at", record.status_updated_at);
  visit("last_event", record.last_event);
  visit("owner", record.owner);
  visit("last_use", record.last_use);
  visit("last_creation_yaml", record.last_creation_yaml);
  visit("usage", record.usage);
}

template <class Visitor>
void describe(Visitor& visit, ClusterHistory& record) {
  visit("name", record.name);
  visit("hash", record.hash);
  visit("spec", record.spec);
  visit("placement", record.placement);
  visit("hourly_cost_usd", record.hourly_cost_usd);
  visit("launched_at", record.launched_at);
  visit("usage", record.usage);
  visit("owner", record.owner);
  visit("last_creation_yaml", record.last_creation_yaml);
  visit("ended_at", record.ended_at);
}

template <class Visitor>
void describe(Visitor& visit, KnownJob& record) {
  visit("cluster_hash", record.cluster_hash);
  visit("id", record.id);
  visit.word("status", record.status, parse_job_status);
  visit("view", record.view);
}

Tables::Tables()
    : clusters("clusters", codec<ClusterRecord>()),
      history("cluster_history", codec<ClusterHistory>()),
      jobs("known_jobs", codec<KnownJob>()) {}

auto taken_nodes(const Tables& tables, std::string_view infra_name, std::string_view hash)
    -> std::vector<infra::NodeRecord> {
  std::vector<infra::NodeRecord> taken;
  for (const auto& [name, other] : tables.clusters) {
    if (other->hash == hash || other->placement.infra != infra_name) continue;
    taken.insert(taken.end(), other->nodes.begin(), other->nodes.end());
  }
  return taken;
}

auto job_key(std::string_view cluster_hash, JobId id) -> std::string {
  return fmt::format("{}/{:010}", cluster_hash, id.value());
}

auto encode(const ClusterRecord& record) -> std::string {
  return encode_fields(record);
}

auto decode_cluster(std::string_view text) -> Result<ClusterRecord> {
  return decode_fields<ClusterRecord>(text);
}

}  // namespace cluster
}  // namespace sky
