// From a task to what the layers below understand: a Demand for the planner, a JobSpec for the agent, files to sync.
// Pure: nothing here looks at disks, clocks or the state of clusters.
#pragma once

#include <string>
#include <vector>

#include "agent/protocol/messages.h"
#include "cluster/state.h"
#include "planner/planner.h"
#include "task/task.h"

namespace sky::server {

// The task that a request body carries: exactly one document. kInvalidArgument with the original's sentence for
// pipelines, and the parser's errors.
auto single_task(const std::string& yaml) -> Result<Task>;

// Of the first candidate that this version has an infra for and that asks for nothing it cannot give; else what is
// wrong with the first one: kNotSupported, by check_supported() or, for a demand of another infra, by the planner.
auto demand_of(const Task& task) -> Result<planner::Demand>;
// kNotSupported, naming the field, for what infra local would have to drop in silence. Labels and priority are only
// ever recorded: they ask for nothing.
auto check_supported(const Resources& resources, std::string_view infra) -> Result<>;

// Identifies the cluster-relevant part of a task for --fast: 16 hex digits.
auto config_hash_of(const Task& task) -> std::string;

struct JobContext {
  const cluster::ClusterRecord& cluster;
  std::string user_name;
  double submitted_at = 0;  // epoch seconds; of the request, so that a replay gives the same task id
  bool with_setup = true;
  bool planned = true;  // went through the planner; exec's tasks do not, and the original shows them differently
};
auto job_spec_of(const Task& task, const JobContext& context) -> agent::JobSpec;
// `sky-2026-11-25-10-00-00-123456`, UTC.
auto task_id_base(double epoch_seconds) -> std::string;

// "1x[CPU:0.5]", "2x[H100:8]": the queue's RESOURCES cell.
auto job_resources_text(const agent::JobSpec& spec) -> std::string;
// The same of a task that was not planned: what it asks for, "1x[CPU:1+]" when it does not say.
auto asked_resources_text(const Task& task) -> std::string;

struct FileSync {
  std::string source;
  std::string target;
  bool is_workdir = false;
};
// The workdir first, then mounts in the order of the task. kNotSupported for git workdirs, buckets and volumes.
auto file_syncs_of(const Task& task) -> Result<std::vector<FileSync>>;

// Autostop as the task, -i, --down and --wait-for ask for it; the flags win. nullopt: nobody asked.
struct AutostopFlags {
  std::optional<std::int64_t> idle_minutes;
  bool down = false;
  std::optional<std::string> wait_for;
};
auto autostop_of(const Task& task, const AutostopFlags& flags) -> std::optional<cluster::AutostopSetting>;

}  // namespace sky::server
