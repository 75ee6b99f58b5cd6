// What the tables of the command line show: plain values, filled from the server's replies. Absent times and texts are
// nullopt and shown as `-`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/time.h"

namespace sky::cli {

// One line of `sky status`.
struct ClusterRow {
  std::string name;
  std::string user_name = "-";
  std::string user_id;
  std::string workspace;
  std::string cloud;           // display name: "AWS", "Local"; empty while unknown
  std::string region_or_zone;  // the zone where there is one, else the region; may be empty
  std::string resources;       // "1x(gpus=H100:8, p5.48xlarge, ...)"
  std::string resources_full;  // the same with everything, for -v
  ClusterStatus status = ClusterStatus::kInit;
  bool unhealthy = false;              // INIT because something is wrong, not because it is being launched
  std::int64_t autostop_minutes = -1;  // negative: none
  bool autodown = false;
  std::optional<WallTime> launched_at;
  std::optional<std::string> head_ip;
  std::string last_command;
  std::optional<std::string> last_event;
};

// One line of `sky queue`.
struct JobRow {
  std::int64_t id = 0;
  std::string name;
  std::string user_name;
  std::optional<WallTime> submitted_at;
  std::optional<WallTime> started_at;
  std::optional<WallTime> ended_at;
  std::string resources;  // "1x[CPU:0.5]"
  JobStatus status = JobStatus::kInit;
  std::string log_path;
  std::string git_commit = "-";
};

// One line of `sky cost-report`.
struct CostRow {
  std::string name;
  std::optional<WallTime> launched_at;
  Duration duration = {};               // that it was up
  std::string resources;                // "2x AWS(p5.48xlarge)"
  std::optional<ClusterStatus> status;  // nullopt: the cluster is gone
  double hourly_cost_usd = 0;
  double total_cost_usd = 0;
};

// One line of `sky api status`.
struct RequestRow {
  std::string id;
  std::string user_name = "-";
  std::string user_id;
  std::string name;  // "sky.launch"
  std::optional<std::string> cluster_name;
  std::optional<WallTime> created_at;
  RequestStatus status = RequestStatus::kPending;
};

}  // namespace sky::cli
