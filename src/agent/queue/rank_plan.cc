#include "agent/queue/rank_plan.h"

#include <cmath>

#include "base/strings.h"

namespace sky::agent {

namespace {

using Environment = std::map<std::string, std::string>;

auto cluster_info_text(const ClusterInfo& info) -> std::string {
  const Json none(nullptr);
  return to_json_text(JsonObject{{"cluster_name", info.cluster_name},
                                 {"cloud", info.cloud},
                                 {"region", info.region.empty() ? none : Json(info.region)},
                                 {"zone", info.zone.empty() ? none : Json(info.zone)}},
                      JsonStyle::kPython);
}

auto job_addresses(const Job& job) -> std::string {
  std::vector<std::string> addresses;
  for (const Placement& placement : job.placements) {
    addresses.push_back(job.nodes[static_cast<size_t>(placement.node)].address);
  }
  return join(addresses, "\n");
}

auto node_addresses(const Job& job) -> std::string {
  std::vector<std::string> addresses;
  for (const JobNode& node : job.nodes) addresses.push_back(node.address);
  return join(addresses, "\n");
}

auto gpu_count_text(const JobSpec& spec) -> std::string {
  return fmt::format("{}", static_cast<int>(std::ceil(spec.gpus_per_node)));
}

void add_setup_variables(const Job& job, const RankKey& key, Environment& env) {
  env["SKYPILOT_SETUP_NODE_RANK"] = fmt::format("{}", key.rank);
  env["SKYPILOT_SETUP_NODE_IPS"] = node_addresses(job);
  env["SKYPILOT_SETUP_NUM_GPUS_PER_NODE"] = gpu_count_text(job.spec);
}

void add_run_variables(const Job& job, const RankKey& key, Environment& env) {
  env["SKYPILOT_NODE_RANK"] = fmt::format("{}", key.rank);
  env["SKYPILOT_NODE_IPS"] = job_addresses(job);
  env["SKYPILOT_NUM_GPUS_PER_NODE"] = gpu_count_text(job.spec);
  env["SKYPILOT_INTERNAL_JOB_ID"] = fmt::format("{}", job.id);
  std::vector<std::string> devices;
  for (const GpuShare& gpu : job.placements[static_cast<size_t>(key.rank)].gpus) {
    devices.push_back(fmt::format("{}", gpu.index));
  }
  env["CUDA_VISIBLE_DEVICES"] = join(devices, ",");
}

}  // namespace

auto node_name(int node) -> std::string {
  return node == 0 ? "head" : fmt::format("worker{}", node);
}

auto merged_base(const Job& job) -> std::string {
  return fmt::format("sky_logs/{}/run", log_dir_name(job.id, job.spec.name));
}

auto rank_output_base(const Job& job, const RankKey& key) -> std::string {
  const bool single = job.nodes.size() == 1;
  std::string file;
  if (key.phase == Phase::kSetup) {
    file = key.rank == 0 ? "setup" : fmt::format("setup-{}", job.nodes[static_cast<size_t>(key.rank)].address);
  } else {
    file = single ? "run" : fmt::format("{}-{}", key.rank, node_name(node_of(job, key.phase, key.rank)));
  }
  return fmt::format("sky_logs/{}/tasks/{}", log_dir_name(job.id, job.spec.name), file);
}

auto rank_spec(const Job& job, const ClusterId& cluster, const RankKey& key,
               const std::map<std::string, Secret>& secrets) -> RankSpec {
  Environment env;
  env["PYTHONUNBUFFERED"] = "1";
  env["SKYPILOT_TASK_ID"] = fmt::format("{}_{}_{}", job.spec.task_id, cluster.name, job.id);
  env["SKYPILOT_CLUSTER_INFO"] = cluster_info_text(job.spec.cluster);
  env["SKYPILOT_USER"] = job.spec.user;
  env["SKYPILOT_NUM_NODES"] = fmt::format("{}", job.spec.num_nodes);
  const bool setup = key.phase == Phase::kSetup;
  if (setup) {
    add_setup_variables(job, key, env);
  } else {
    add_run_variables(job, key, env);
  }
  for (const auto& [name, value] : job.spec.envs) env[name] = value;
  // What tells a job's processes from all others, whatever the user sets.
  env["SKY_JOB"] = fmt::format("{}/{}/{}/{}/{}", cluster.server, cluster.name, job.id, job.attempt, key.rank);

  const JobNode& node = job.nodes[static_cast<size_t>(node_of(job, key.phase, key.rank))];
  RankSpec spec{.key = key,
                .boot_id = node.boot_id,
                .output_base = rank_output_base(job, key),
                .script = setup ? job.spec.setup : job.spec.run,
                .environment = {}};
  for (auto& [name, value] : env) spec.environment.emplace(name, Secret(std::move(value)));
  for (const auto& [name, value] : secrets) spec.environment.insert_or_assign(name, value);
  return spec;
}

auto line_prefix(const Job& job, const RankKey& key, int pid) -> std::string {
  const int node = node_of(job, key.phase, key.rank);
  const std::string& address = job.nodes[static_cast<size_t>(node)].address;
  if (key.phase == Phase::kSetup) {
    return node == 0 ? fmt::format("(setup pid={}) ", pid) : fmt::format("(setup pid={}, ip={}) ", pid, address);
  }
  if (job.nodes.size() == 1) {
    return fmt::format("({}, pid={}) ", job.spec.name.empty() ? "task" : job.spec.name, pid);
  }
  if (node == 0) return fmt::format("(head, rank={}, pid={}) ", key.rank, pid);
  return fmt::format("({}, rank={}, pid={}, ip={}) ", node_name(node), key.rank, pid, address);
}

auto waiting_line(const JobSpec& spec) -> std::string {
  return fmt::format("├── Waiting for task resources on {} {}.\n", spec.num_nodes,
                     spec.num_nodes == 1 ? "node" : "nodes");
}

auto started_line() -> std::string {
  return "└── Job started. Streaming logs... (Ctrl-C to exit log streaming; job will not be killed)\n";
}

auto closing_lines(const Job& job) -> std::string {
  if (job.status == JobStatus::kFailedDriver) {
    return fmt::format("ERROR: Job {} failed: {}\n", job.id,
                       job.reason.empty() ? "what ran it is gone without a record" : job.reason);
  }
  if (job.status == JobStatus::kFailedSetup) {
    std::vector<std::string> failed;
    for (const auto& exit : job.setup) {
      if (exit && exit->code != 0) failed.push_back(fmt::format("(pid={}, returncode={})", exit->pid, *exit->code));
    }
    return fmt::format("ERROR: Job {}'s setup failed. Failed workers: {}\n", job.id, join(failed, ", "));
  }
  if (job.status != JobStatus::kFailed) return {};
  std::vector<std::string> codes;
  bool segmentation_fault = false;
  for (const auto& exit : job.run) {
    codes.push_back(fmt::format("{}", exit && exit->code ? *exit->code : 137));
    segmentation_fault = segmentation_fault || (exit && exit->code == 139);
  }
  std::string text = fmt::format("ERROR: Job {} failed with return code list: [{}]", job.id, join(codes, ", "));
  if (segmentation_fault) text += " (A Worker failed with return code 139: Segmentation Fault)";
  return text + "\n";
}

}  // namespace sky::agent
