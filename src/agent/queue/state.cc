#include "agent/queue/state.h"

#include "base/assert.h"
#include "base/strings.h"

namespace sky::agent {

namespace {

auto exits_to_json(const std::vector<std::optional<RankExit>>& exits) -> Json {
  JsonArray array;
  for (const auto& exit : exits) array.push_back(exit ? to_json(*exit) : Json(nullptr));
  return array;
}

auto exits_from_json(const JsonObject& object, std::string_view key) -> Result<std::vector<std::optional<RankExit>>> {
  SKY_TRY(const JsonArray* array, get_array(object, key));
  std::vector<std::optional<RankExit>> exits;
  for (const Json& item : *array) {
    if (item.is_null()) {
      exits.emplace_back();
      continue;
    }
    SKY_TRY(RankExit exit, rank_exit_from_json(item));
    exits.emplace_back(std::move(exit));
  }
  return exits;
}

auto placements_to_json(const std::vector<Placement>& placements) -> Json {
  JsonArray array;
  for (const Placement& placement : placements) {
    JsonArray gpus;
    for (const GpuShare& gpu : placement.gpus) gpus.push_back(JsonArray{gpu.index, gpu.share});
    array.push_back(JsonObject{{"node", placement.node}, {"gpus", std::move(gpus)}});
  }
  return array;
}

auto gpu_from_json(const Json& json) -> Result<GpuShare> {
  SKY_TRY(const JsonArray* pair, as_array(json, "/placements/gpus"));
  if (pair->size() != 2 || !pair->at(1).is_number()) {
    return make_error(ErrorCode::kInvalidArgument, "/placements/gpus: expected an index and a share");
  }
  SKY_TRY(const std::int64_t index, as_int(pair->at(0), "/placements/gpus"));
  return GpuShare{static_cast<int>(index), pair->at(1).to_number<double>()};
}

auto placements_from_json(const JsonObject& object) -> Result<std::vector<Placement>> {
  SKY_TRY(const JsonArray* array, get_array(object, "placements"));
  std::vector<Placement> placements;
  for (const Json& item : *array) {
    SKY_TRY(const JsonObject* members, as_object(item, "/placements"));
    SKY_TRY(const std::int64_t node, get_int(*members, "node", "/placements"));
    SKY_TRY(const JsonArray* gpus, get_array(*members, "gpus", "/placements"));
    Placement placement{.node = static_cast<int>(node), .gpus = {}};
    for (const Json& gpu : *gpus) {
      SKY_TRY(const GpuShare share, gpu_from_json(gpu));
      placement.gpus.push_back(share);
    }
    placements.push_back(std::move(placement));
  }
  return placements;
}

auto nodes_to_json(const std::vector<JobNode>& nodes) -> Json {
  JsonArray array;
  for (const JobNode& node : nodes) array.push_back(JsonObject{{"address", node.address}, {"boot_id", node.boot_id}});
  return array;
}

auto nodes_from_json(const JsonObject& object) -> Result<std::vector<JobNode>> {
  SKY_TRY(const JsonArray* array, get_array(object, "nodes"));
  std::vector<JobNode> nodes;
  for (const Json& item : *array) {
    SKY_TRY(const JsonObject* members, as_object(item, "/nodes"));
    JobNode& node = nodes.emplace_back();
    SKY_TRY(node.address, get_string(*members, "address", "/nodes"));
    SKY_TRY(node.boot_id, get_string(*members, "boot_id", "/nodes"));
  }
  return nodes;
}

auto optional_number(std::optional<double> value) -> Json {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace

auto phase_of(const Job& job) -> std::optional<Phase> {
  if (job.status == JobStatus::kSettingUp) return Phase::kSetup;
  if (job.status == JobStatus::kRunning) return Phase::kRun;
  return std::nullopt;
}

auto exits_of(const Job& job, Phase phase) -> const std::vector<std::optional<RankExit>>& {
  return phase == Phase::kSetup ? job.setup : job.run;
}

auto node_of(const Job& job, Phase phase, int rank) -> int {
  if (phase == Phase::kSetup) return rank;
  SKY_ASSERT(rank >= 0 && static_cast<size_t>(rank) < job.placements.size());
  return job.placements[static_cast<size_t>(rank)].node;
}

auto log_dir_name(JobId id, std::string_view name) -> std::string {
  return fmt::format("{}-{}", id, name.empty() ? std::string("-") : replace_all(name, "/", "_"));
}

auto view_of(const Job& job) -> JobView {
  JobView view{.id = job.id,
               .name = job.spec.name,
               .user = job.spec.user,
               .resources = job.spec.resources,
               .git_commit = job.spec.git_commit,
               .log_path = "sky_logs/" + log_dir_name(job.id, job.spec.name),
               .num_nodes = job.spec.num_nodes,
               .status = job.status,
               .attempt = job.attempt,
               .reason = job.reason,
               .submitted_at = job.submitted_at,
               .started_at = job.started_at,
               .ended_at = job.ended_at,
               .exit_codes = {}};
  if (!is_terminal(job.status)) return view;
  for (const auto& exit : exits_of(job, job.status == JobStatus::kFailedSetup ? Phase::kSetup : Phase::kRun)) {
    if (exit && exit->code) view.exit_codes.push_back(*exit->code);
  }
  return view;
}

auto encode_job(const Job& job) -> std::string {
  return to_json_text(JsonObject{{"id", job.id.value()},
                                 {"key", job.key},
                                 {"spec", to_json(job.spec, SecretsAs::kOmitted)},
                                 {"sealed_secrets", job.sealed_secrets},
                                 {"status", to_string(job.status)},
                                 {"attempt", job.attempt},
                                 {"cancel_requested", job.cancel_requested},
                                 {"reason", job.reason},
                                 {"submitted_at", job.submitted_at},
                                 {"started_at", optional_number(job.started_at)},
                                 {"ended_at", optional_number(job.ended_at)},
                                 {"placements", placements_to_json(job.placements)},
                                 {"nodes", nodes_to_json(job.nodes)},
                                 {"setup", exits_to_json(job.setup)},
                                 {"run", exits_to_json(job.run)}});
}

auto decode_job(std::string_view text) -> Result<Job> {
  SKY_TRY(const Json json, parse_json(text));
  SKY_TRY(const JsonObject* object, as_object(json));
  Job job;
  SKY_TRY(const std::int64_t id, get_int(*object, "id"));
  job.id = JobId(id);
  SKY_TRY(job.key, get_string(*object, "key"));
  SKY_TRY(const JsonObject* spec, get_object(*object, "spec"));
  SKY_TRY(job.spec, job_spec_from_json(*spec));
  SKY_TRY(job.sealed_secrets, get_string(*object, "sealed_secrets"));
  SKY_TRY(const std::string status, get_string(*object, "status"));
  const std::optional<JobStatus> known = parse_job_status(status);
  if (!known) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("/status: expected a job status, found '{}'", status));
  }
  job.status = *known;
  SKY_TRY(const std::int64_t attempt, get_int(*object, "attempt"));
  job.attempt = static_cast<int>(attempt);
  SKY_TRY(job.cancel_requested, get_bool(*object, "cancel_requested"));
  SKY_TRY(job.reason, get_string(*object, "reason"));
  SKY_TRY(job.submitted_at, get_double(*object, "submitted_at"));
  SKY_TRY(job.started_at, find_double(*object, "started_at"));
  SKY_TRY(job.ended_at, find_double(*object, "ended_at"));
  SKY_TRY(job.placements, placements_from_json(*object));
  SKY_TRY(job.nodes, nodes_from_json(*object));
  SKY_TRY(job.setup, exits_from_json(*object, "setup"));
  SKY_TRY(job.run, exits_from_json(*object, "run"));
  return job;
}

auto encode_autostop(const Autostop& autostop) -> std::string {
  return to_json_text(
      JsonObject{{"spec", to_json(autostop.spec)}, {"fired", autostop.fired}, {"boot_id", autostop.boot_id}});
}

auto decode_autostop(std::string_view text) -> Result<Autostop> {
  SKY_TRY(const Json json, parse_json(text));
  SKY_TRY(const JsonObject* object, as_object(json));
  Autostop autostop;
  SKY_TRY(const JsonObject* spec, get_object(*object, "spec"));
  SKY_TRY(autostop.spec, autostop_from_json(*spec));
  SKY_TRY(autostop.fired, get_bool(*object, "fired"));
  SKY_TRY(autostop.boot_id, get_string(*object, "boot_id"));
  return autostop;
}

}  // namespace sky::agent
