#include "api/records.h"

#include "api/codec.h"

namespace sky::api {

// A pickled None, which older stock clients unpickle without looking.
inline constexpr std::string_view kPickledNone = "gAROLg==";
inline constexpr int kAutostoppingVersionMin = 29;

template <class Visitor>
void describe(Visitor& visit, Handle& handle) {
  visit.required("cluster_name", handle.cluster_name);
  visit("cluster_name_on_cloud", handle.cluster_name_on_cloud);
  visit("launched_nodes", handle.launched_nodes);
  visit("launched_resources", handle.launched_resources);
  visit("stable_internal_external_ips", handle.internal_external_ips);
  visit("stable_ssh_ports", handle.ssh_ports);
  visit("ssh_user", handle.ssh_user);
}

template <class Visitor>
void describe(Visitor& visit, SshCredentials& credentials) {
  visit("ssh_user", credentials.ssh_user);
  visit("ssh_private_key", credentials.ssh_private_key);
  visit("ssh_private_key_content", credentials.ssh_private_key_content);
  visit("ssh_proxy_command", credentials.ssh_proxy_command);
  visit("ssh_check_host_key", credentials.ssh_check_host_key);
}

template <class Visitor>
void describe(Visitor& visit, ClusterRecord& record) {
  visit.required("name", record.name);
  visit("launched_at", record.launched_at);
  visit("handle", record.handle);
  visit("last_use", record.last_use);
  visit.word("status", record.status, parse_cluster_status);
  visit("autostop", record.autostop);
  visit("to_down", record.to_down);
  visit("owner", record.owner);
  visit("metadata", record.metadata);
  visit("cluster_hash", record.cluster_hash);
  visit("cluster_ever_up", record.cluster_ever_up);
  visit("status_updated_at", record.status_updated_at);
  visit("user_hash", record.user_hash);
  visit("user_name", record.user_name);
  visit("config_hash", record.config_hash);
  visit("workspace", record.workspace);
  visit("last_creation_yaml", record.last_creation_yaml);
  visit("last_creation_command", record.last_creation_command);
  visit("is_managed", record.is_managed);
  visit("last_event", record.last_event);
  visit("init_kind", record.init_kind);
  visit("init_status_reason", record.init_status_reason);
  visit("resources_str", record.resources_str);
  visit("resources_str_full", record.resources_str_full);
  visit("credentials", record.credentials);
  visit("nodes", record.nodes);
  visit("cloud", record.cloud);
  visit("region", record.region);
  visit("zone", record.zone);
  visit("cpus", record.cpus);
  visit("memory", record.memory);
  visit("accelerators", record.accelerators);
  visit("labels", record.labels);
  visit("cluster_name_on_cloud", record.cluster_name_on_cloud);
  visit("node_names", record.node_names);
  visit("priority", record.priority);
  visit("priority_class", record.priority_class);
  visit("links", record.links);
}

template <class Visitor>
void describe(Visitor& visit, JobRecord& record) {
  visit.required("job_id", record.job_id);
  visit("job_name", record.job_name);
  visit("username", record.username);
  visit("user_hash", record.user_hash);
  visit("submitted_at", record.submitted_at);
  visit("start_at", record.start_at);
  visit("end_at", record.end_at);
  visit("resources", record.resources);
  visit.word("status", record.status, parse_job_status);
  visit("log_path", record.log_path);
  visit("metadata", record.metadata);
  visit("links", record.links);
}

template <class Visitor>
void describe(Visitor& visit, CostRow& row) {
  visit.required("name", row.name);
  visit("launched_at", row.launched_at);
  visit("duration", row.duration_seconds);
  visit("num_nodes", row.num_nodes);
  visit("resources", row.resources);
  visit("priority", row.priority);
  visit("priority_class", row.priority_class);
  visit("cluster_hash", row.cluster_hash);
  visit("usage_intervals", row.usage_intervals);
  visit.word("status", row.status, parse_cluster_status);
  visit("user_hash", row.user_hash);
  visit("user_name", row.user_name);
  visit("workspace", row.workspace);
  visit("last_event", row.last_event);
  visit("node_names", row.node_names);
  visit("last_creation_yaml", row.last_creation_yaml);
  visit("last_creation_command", row.last_creation_command);
  visit("total_cost", row.total_cost_usd);
  visit("cloud", row.cloud);
  visit("region", row.region);
  visit("cpus", row.cpus);
  visit("memory", row.memory);
  visit("accelerators", row.accelerators);
  visit("resources_str", row.resources_str);
  visit("resources_str_full", row.resources_str_full);
}

namespace {

// What stock clients expect in a handle besides what we know.
void complete_for_stock(JsonObject& handle) {
  handle["cluster_yaml"] = nullptr;
  handle["docker_user"] = nullptr;
  handle["is_grpc_enabled"] = false;
}

}  // namespace

auto encode(const Handle& handle, Dialect dialect) -> JsonObject {
  JsonObject json = encode_struct(handle);
  if (!dialect.native()) complete_for_stock(json);
  return json;
}

auto decode_handle(const Json& json, std::string_view where) -> Result<Handle> {
  return decode_struct<Handle>(json, where);
}

auto encode(const SshCredentials& credentials) -> JsonObject {
  return encode_struct(credentials);
}

auto decode_ssh_credentials(const Json& json, std::string_view where) -> Result<SshCredentials> {
  return decode_struct<SshCredentials>(json, where);
}

auto encode(const ClusterRecord& record, Dialect dialect) -> JsonObject {
  JsonObject json = encode_struct(record);
  if (dialect.native()) return json;
  // It would write a proxy command that it does not have.
  if (record.credentials && record.credentials->ssh_proxy_command == kOwnProxyCommand) json["credentials"] = nullptr;
  if (record.handle.has_value()) complete_for_stock(json["handle"].as_object());
  json["storage_mounts_metadata"] = kPickledNone;
  if (record.status == ClusterStatus::kAutostopping && dialect.version < kAutostoppingVersionMin) {
    json["status"] = to_string(ClusterStatus::kInit);
  }
  return json;
}

auto encode_cli(const ClusterRecord& record) -> JsonObject {
  JsonObject json = encode_struct(record);
  for (const std::string_view key : {"handle", "credentials", "zone"}) json.stable_erase(key);
  return json;
}

auto decode_cluster_record(const Json& json, std::string_view where) -> Result<ClusterRecord> {
  return decode_struct<ClusterRecord>(json, where);
}

auto encode(const JobRecord& record, Dialect /*dialect*/) -> JsonObject {
  return encode_struct(record);
}

auto encode_cli(const JobRecord& record) -> JsonObject {
  return encode_struct(record);
}

auto decode_job_record(const Json& json, std::string_view where) -> Result<JobRecord> {
  return decode_struct<JobRecord>(json, where);
}

auto encode(const CostRow& row, Dialect /*dialect*/) -> JsonObject {
  return encode_struct(row);
}

auto encode_cli(const CostRow& row) -> JsonObject {
  JsonObject json = encode_struct(row);
  if (!row.status.has_value()) json["status"] = "TERMINATED";
  return json;
}

auto decode_cost_row(const Json& json, std::string_view where) -> Result<CostRow> {
  return decode_struct<CostRow>(json, where);
}

}  // namespace sky::api
