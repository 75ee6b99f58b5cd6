// The lifecycle words of the product and their one spelling. What they look like in a table is cli/render's business.
// Sources: sky/utils/status_lib.py, sky/skylet/job_lib.py, sky/server/requests (skypilot 0.14.1).
#pragma once

#include <optional>
#include <string_view>

namespace sky {

enum class ClusterStatus { kInit, kUp, kStopped, kAutostopping };

// Order matters: a job only moves to a later state. kFailed may be corrected to kFailedSetup, nothing else may.
enum class JobStatus {
  kInit,          // the id is reserved, nothing was queued yet
  kPending,       // queued, waiting for its resources
  kSettingUp,     // the setup script runs
  kRunning,       // the run script runs
  kFailedDriver,  // what drove the job died without reporting an exit
  kSucceeded,
  kFailed,
  kFailedSetup,
  kCancelled,
};

enum class RequestStatus { kPending, kRunning, kSucceeded, kFailed, kCancelled };

auto to_string(ClusterStatus status) -> std::string_view;
auto to_string(JobStatus status) -> std::string_view;
auto to_string(RequestStatus status) -> std::string_view;
auto parse_cluster_status(std::string_view text) -> std::optional<ClusterStatus>;
auto parse_job_status(std::string_view text) -> std::optional<JobStatus>;
auto parse_request_status(std::string_view text) -> std::optional<RequestStatus>;

auto is_terminal(JobStatus status) -> bool;
auto is_terminal(RequestStatus status) -> bool;

// Exit codes of commands that follow a job (JobExitCode of sky/exceptions.py).
inline constexpr int kExitSucceeded = 0;
inline constexpr int kExitError = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitJobFailed = 100;
inline constexpr int kExitJobNotFinished = 101;
inline constexpr int kExitJobNotFound = 102;
inline constexpr int kExitJobCancelled = 103;

auto exit_code_of(JobStatus status) -> int;

}  // namespace sky
