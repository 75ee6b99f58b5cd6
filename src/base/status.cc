#include "base/status.h"

#include <array>
#include <utility>

namespace sky {
namespace {

constexpr std::array<std::string_view, 4> kClusterWords = {"INIT", "UP", "STOPPED", "AUTOSTOPPING"};
constexpr std::array<std::string_view, 9> kJobWords = {
    "INIT", "PENDING", "SETTING_UP", "RUNNING", "FAILED_DRIVER", "SUCCEEDED", "FAILED", "FAILED_SETUP", "CANCELLED"};
constexpr std::array<std::string_view, 5> kRequestWords = {"PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"};

template <class Enum, size_t N>
auto find_word(const std::array<std::string_view, N>& words, std::string_view text) -> std::optional<Enum> {
  for (size_t i = 0; i < N; ++i) {
    if (words[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

auto to_string(ClusterStatus status) -> std::string_view {
  return kClusterWords[static_cast<size_t>(status)];
}
auto to_string(JobStatus status) -> std::string_view {
  return kJobWords[static_cast<size_t>(status)];
}
auto to_string(RequestStatus status) -> std::string_view {
  return kRequestWords[static_cast<size_t>(status)];
}
auto parse_cluster_status(std::string_view text) -> std::optional<ClusterStatus> {
  return find_word<ClusterStatus>(kClusterWords, text);
}
auto parse_job_status(std::string_view text) -> std::optional<JobStatus> {
  return find_word<JobStatus>(kJobWords, text);
}
auto parse_request_status(std::string_view text) -> std::optional<RequestStatus> {
  return find_word<RequestStatus>(kRequestWords, text);
}

auto is_terminal(JobStatus status) -> bool {
  return status >= JobStatus::kFailedDriver;
}
auto is_terminal(RequestStatus status) -> bool {
  return status >= RequestStatus::kSucceeded;
}

auto exit_code_of(JobStatus status) -> int {
  if (!is_terminal(status)) return kExitJobNotFinished;
  if (status == JobStatus::kSucceeded) return kExitSucceeded;
  return status == JobStatus::kCancelled ? kExitJobCancelled : kExitJobFailed;
}

}  // namespace sky
