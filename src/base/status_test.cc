#include "base/status.h"

#include <gtest/gtest.h>

namespace sky {
namespace {

TEST(JobStatus, Words_RoundTrip) {
  for (int i = 0; i <= static_cast<int>(JobStatus::kCancelled); ++i) {
    const auto status = static_cast<JobStatus>(i);
    EXPECT_EQ(parse_job_status(to_string(status)), status);
  }
  EXPECT_FALSE(parse_job_status("running").has_value());
}

TEST(JobStatus, ExitCodes_AreTheOriginals) {
  EXPECT_EQ(exit_code_of(JobStatus::kSucceeded), 0);
  EXPECT_EQ(exit_code_of(JobStatus::kFailed), 100);
  EXPECT_EQ(exit_code_of(JobStatus::kFailedSetup), 100);
  EXPECT_EQ(exit_code_of(JobStatus::kFailedDriver), 100);
  EXPECT_EQ(exit_code_of(JobStatus::kRunning), 101);
  EXPECT_EQ(exit_code_of(JobStatus::kCancelled), 103);
}

TEST(ClusterStatus, Words_RoundTrip) {
  EXPECT_EQ(parse_cluster_status("AUTOSTOPPING"), ClusterStatus::kAutostopping);
  EXPECT_EQ(to_string(ClusterStatus::kUp), "UP");
  EXPECT_EQ(parse_request_status("CANCELLED"), RequestStatus::kCancelled);
}

}  // namespace
}  // namespace sky
