#include "api/bodies.h"

#include "api/codec.h"

namespace sky::api {

auto to_string(WaitFor wait_for) -> std::string_view {
  switch (wait_for) {
    case WaitFor::kJobsAndSsh:
      return "jobs_and_ssh";
    case WaitFor::kJobs:
      return "jobs";
    case WaitFor::kNone:
      break;
  }
  return "none";
}

auto parse_wait_for(std::string_view text) -> std::optional<WaitFor> {
  for (const WaitFor value : {WaitFor::kJobsAndSsh, WaitFor::kJobs, WaitFor::kNone}) {
    if (text == to_string(value)) return value;
  }
  return std::nullopt;
}

// Found by the codec through the enum's namespace, hence not in an unnamed one.
static auto to_string(RefreshMode mode) -> std::string_view {
  switch (mode) {
    case RefreshMode::kNone:
      return "NONE";
    case RefreshMode::kAuto:
      return "AUTO";
    case RefreshMode::kForce:
      break;
  }
  return "FORCE";
}

namespace {

auto parse_refresh_mode(std::string_view text) -> std::optional<RefreshMode> {
  for (const RefreshMode value : {RefreshMode::kNone, RefreshMode::kAuto, RefreshMode::kForce}) {
    if (text == to_string(value)) return value;
  }
  return std::nullopt;
}

// On the wire an optimize target is the number of the original's enum.
template <class Visitor>
void describe_target(Visitor& visit, std::string_view key, OptimizeTarget& target) {
  auto number = static_cast<std::int64_t>(target);
  visit(key, number);
  target = number == static_cast<std::int64_t>(OptimizeTarget::kTime) ? OptimizeTarget::kTime : OptimizeTarget::kCost;
}

}  // namespace

template <class Visitor>
void describe_common(Visitor& visit, RequestBody& body) {
  visit("env_vars", body.env_vars);
  visit("entrypoint", body.entrypoint);
  visit("entrypoint_command", body.entrypoint_command);
  visit("using_remote_api_server", body.using_remote_api_server);
  visit("override_skypilot_config", body.override_skypilot_config);
  visit("override_skypilot_config_path", body.override_skypilot_config_path);
  visit("file_mounts_blob_id", body.file_mounts_blob_id);
}

template <class Visitor>
void describe(Visitor& visit, LaunchBody& body) {
  visit.required("task", body.task);
  visit.required("cluster_name", body.cluster_name);
  visit("retry_until_up", body.retry_until_up);
  visit("idle_minutes_to_autostop", body.idle_minutes_to_autostop);
  visit.word("wait_for", body.wait_for, parse_wait_for);
  visit("dryrun", body.dryrun);
  visit("down", body.down);
  describe_target(visit, "optimize_target", body.optimize_target);
  visit("no_setup", body.no_setup);
  visit("clone_disk_from", body.clone_disk_from);
  visit("fast", body.fast);
  visit("quiet_optimizer", body.quiet_optimizer);
  visit("include_credentials", body.include_credentials);
  visit("detach_run", body.detach_run);
}
template <class Visitor>
void describe(Visitor& visit, ExecBody& body) {
  visit.required("task", body.task);
  visit.required("cluster_name", body.cluster_name);
  visit("dryrun", body.dryrun);
  visit("down", body.down);
  visit("detach_run", body.detach_run);
}
template <class Visitor>
void describe(Visitor& visit, StartBody& body) {
  visit.required("cluster_name", body.cluster_name);
  visit("idle_minutes_to_autostop", body.idle_minutes_to_autostop);
  visit.word("wait_for", body.wait_for, parse_wait_for);
  visit("retry_until_up", body.retry_until_up);
  visit("down", body.down);
  visit("force", body.force);
}
template <class Visitor>
void describe(Visitor& visit, StopOrDownBody& body) {
  visit.required("cluster_name", body.cluster_name);
  visit("purge", body.purge);
  visit("graceful", body.graceful);
  visit("graceful_timeout", body.graceful_timeout_seconds);
}
template <class Visitor>
void describe(Visitor& visit, AutostopBody& body) {
  visit.required("cluster_name", body.cluster_name);
  visit.required("idle_minutes", body.idle_minutes);
  visit.word("wait_for", body.wait_for, parse_wait_for);
  visit("down", body.down);
  visit("hook", body.hook);
  visit("hook_timeout", body.hook_timeout_seconds);
}
template <class Visitor>
void describe(Visitor& visit, StatusBody& body) {
  visit("cluster_names", body.cluster_names);
  visit.word("refresh", body.refresh, parse_refresh_mode);
  visit("all_users", body.all_users);
  visit("include_credentials", body.include_credentials);
  visit("summary_response", body.summary_response);
  visit("include_handle", body.include_handle);
}
template <class Visitor>
void describe(Visitor& visit, QueueBody& body) {
  visit.required("cluster_name", body.cluster_name);
  visit("skip_finished", body.skip_finished);
  visit("all_users", body.all_users);
}
template <class Visitor>
void describe(Visitor& visit, JobStatusBody& body) {
  visit.required("cluster_name", body.cluster_name);
  visit("job_ids", body.job_ids);
}
template <class Visitor>
void describe(Visitor& visit, CancelBody& body) {
  visit.required("cluster_name", body.cluster_name);
  visit("job_ids", body.job_ids);
  visit("all", body.all);
  visit("all_users", body.all_users);
  visit("try_cancel_if_cluster_is_init", body.try_cancel_if_cluster_is_init);
}
template <class Visitor>
void describe(Visitor& visit, LogsBody& body) {
  visit.required("cluster_name", body.cluster_name);
  visit("job_id", body.job_id);
  visit("follow", body.follow);
  visit("tail", body.tail);
}
template <class Visitor>
void describe(Visitor& visit, DownloadLogsBody& body) {
  visit.required("cluster_name", body.cluster_name);
  visit("job_ids", body.job_ids);
  visit("local_dir", body.local_dir);
}
template <class Visitor>
void describe(Visitor& visit, ProvisionLogsBody& body) {
  visit.required("cluster_name", body.cluster_name);
  visit("worker", body.worker);
}
template <class Visitor>
void describe(Visitor& visit, HookLogsBody& body) {
  visit.required("cluster_name", body.cluster_name);
  visit("event", body.event);
  visit("follow", body.follow);
  visit("tail", body.tail);
}
template <class Visitor>
void describe(Visitor& visit, EndpointsBody& body) {
  visit.required("cluster", body.cluster);
  if constexpr (std::is_same_v<Visitor, Reader>) {
    Json port;
    visit("port", port);
    if (port.is_int64()) {
      body.port = std::to_string(port.get_int64());
      return;
    }
  }
  visit("port", body.port);
}
template <class Visitor>
void describe(Visitor& visit, CostReportBody& body) {
  visit("days", body.days);
  visit("cluster_hashes", body.cluster_hashes);
  visit("cluster_names", body.cluster_names);
  visit("dashboard_summary_response", body.dashboard_summary_response);
  visit("exclude_managed_clusters", body.exclude_managed_clusters);
}
template <class Visitor>
void describe(Visitor& visit, ClusterEventsBody& body) {
  visit("cluster_name", body.cluster_name);
  visit("cluster_hash", body.cluster_hash);
  visit.required("event_type", body.event_type);
  visit("include_timestamps", body.include_timestamps);
  visit("limit", body.limit);
}
template <class Visitor>
void describe(Visitor& visit, ValidateBody& body) {
  visit.required("dag", body.dag);
}
template <class Visitor>
void describe(Visitor& visit, OptimizeBody& body) {
  visit.required("dag", body.dag);
  describe_target(visit, "minimize", body.minimize);
}
template <class Visitor>
void describe(Visitor& visit, CheckBody& body) {
  visit("clouds", body.clouds);
  visit("verbose", body.verbose);
  visit("workspace", body.workspace);
}
template <class Visitor>
void describe(Visitor& visit, SshPoolsBody& body) {
  visit("infra", body.infra);
  visit("cleanup", body.cleanup);
  visit("pools", body.pools);
}
template <class Visitor>
void describe(Visitor& visit, ApiCancelBody& body) {
  visit("request_ids", body.request_ids);
  visit("user_id", body.of_user_id);
}
template <class Visitor>
void describe(Visitor& visit, StorageBody& body) {
  visit.required("name", body.name);
}
template <class Visitor>
void describe(Visitor& visit, VolumeDeleteBody& body) {
  visit.required("names", body.names);
  visit("purge", body.purge);
}
template <class Visitor>
void describe(Visitor& /*visit*/, PlainBody& /*body*/) {}

auto RequestBody::user_id() const -> std::string {
  const auto found = env_vars.find("SKYPILOT_USER_ID");
  return found == env_vars.end() ? "" : found->second;
}

auto RequestBody::user_name() const -> std::string {
  const auto found = env_vars.find("SKYPILOT_USER");
  return found == env_vars.end() ? "" : found->second;
}

template <class Body>
auto decode_body(const Json& json) -> Result<Body> {
  SKY_TRY(const JsonObject* object, as_object(json));
  Body body;
  Reader reader(*object, {});
  describe(reader, body);
  describe_common(reader, body);
  SKY_CHECK(reader.finish());
  return body;
}

template <class Body>
auto encode_body(const Body& body) -> JsonObject {
  Writer writer;
  describe(writer, const_cast<Body&>(body));
  describe_common(writer, const_cast<Body&>(body));
  return writer.take();
}

#define SKY_DEFINE_BODY(Body)                                   \
  template auto decode_body<Body>(const Json&) -> Result<Body>; \
  template auto encode_body<Body>(const Body&) -> JsonObject;
SKY_DEFINE_BODY(LaunchBody)
SKY_DEFINE_BODY(ExecBody)
SKY_DEFINE_BODY(StartBody)
SKY_DEFINE_BODY(StopOrDownBody)
SKY_DEFINE_BODY(AutostopBody)
SKY_DEFINE_BODY(StatusBody)
SKY_DEFINE_BODY(QueueBody)
SKY_DEFINE_BODY(JobStatusBody)
SKY_DEFINE_BODY(CancelBody)
SKY_DEFINE_BODY(LogsBody)
SKY_DEFINE_BODY(DownloadLogsBody)
SKY_DEFINE_BODY(ProvisionLogsBody)
SKY_DEFINE_BODY(HookLogsBody)
SKY_DEFINE_BODY(EndpointsBody)
SKY_DEFINE_BODY(CostReportBody)
SKY_DEFINE_BODY(ClusterEventsBody)
SKY_DEFINE_BODY(ValidateBody)
SKY_DEFINE_BODY(OptimizeBody)
SKY_DEFINE_BODY(CheckBody)
SKY_DEFINE_BODY(SshPoolsBody)
SKY_DEFINE_BODY(ApiCancelBody)
SKY_DEFINE_BODY(StorageBody)
SKY_DEFINE_BODY(VolumeDeleteBody)
SKY_DEFINE_BODY(PlainBody)
#undef SKY_DEFINE_BODY

}  // namespace sky::api
