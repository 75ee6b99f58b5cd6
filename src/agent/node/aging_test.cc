#include "agent/node/aging.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::agent {
namespace {

using std::chrono::hours;

class AgingTest : public testing::Test {
 protected:
  AgingTest() { EXPECT_TRUE(os::make_dirs(dir_.file("jobs")).ok()); }
  auto rank(const std::string& name) const -> RankFiles { return RankFiles(dir_.file("jobs/" + name)); }
  void begin(const std::string& name) {
    ASSERT_TRUE(rank(name).write_start({{.pid = 1, .start_time = 1}, "boot"}).ok());
  }
  void end(const std::string& name) {
    begin(name);
    ASSERT_TRUE(rank(name).write_exit({.code = 0}).ok());
  }
  auto exists(const std::string& name) const -> bool { return os::file_exists(dir_.file(name)); }
  static auto job(std::int64_t id, JobStatus status, std::optional<double> ended_at) -> std::shared_ptr<const Job> {
    auto job = std::make_shared<Job>();
    job->id = JobId(id);
    job->spec.name = "train";
    job->status = status;
    job->ended_at = ended_at;
    return job;
  }

  os::TempDir dir_ = os::TempDir::make().value();
  const WallTime now_ = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
};

TEST_F(AgingTest, OldRank_GoesWithItsRecord) {
  end("1.1.run-0");
  ASSERT_TRUE(remove_old_ranks(dir_.file("jobs"), now_ - hours(1)).ok());
  EXPECT_TRUE(exists("jobs/1.1.run-0.record"));
  ASSERT_TRUE(remove_old_ranks(dir_.file("jobs"), now_ + hours(1)).ok());
  EXPECT_TRUE(os::list_dir(dir_.file("jobs"))->empty());
}

TEST_F(AgingTest, RankThatRuns_StaysHoweverOld) {
  end("1.1.setup-0");
  begin("1.1.run-0");
  ASSERT_TRUE(remove_old_ranks(dir_.file("jobs"), now_ + hours(10'000)).ok());
  EXPECT_TRUE(exists("jobs/1.1.run-0.record"));
  EXPECT_FALSE(exists("jobs/1.1.setup-0.record"));
}

TEST_F(AgingTest, NoJobsYet_IsNoError) {
  EXPECT_TRUE(remove_old_ranks(dir_.file("nowhere"), now_).ok());
}

TEST_F(AgingTest, LogsOfOldJobs_GoAndNothingElseDoes) {
  for (const char* name : {"1-train", "2-train", "3-train", "foreign"}) {
    ASSERT_TRUE(os::make_dirs(dir_.file(fmt::format("sky_logs/{}/tasks", name))).ok());
  }
  const std::vector<std::shared_ptr<const Job>> jobs{
      job(1, JobStatus::kSucceeded, 100), job(2, JobStatus::kFailed, 300), job(3, JobStatus::kRunning, std::nullopt)};
  ASSERT_TRUE(remove_old_logs(dir_.path(), jobs, from_epoch_seconds(200)).ok());
  EXPECT_FALSE(exists("sky_logs/1-train"));
  EXPECT_TRUE(exists("sky_logs/2-train"));
  EXPECT_TRUE(exists("sky_logs/3-train"));
  EXPECT_TRUE(exists("sky_logs/foreign"));
}

}  // namespace
}  // namespace sky::agent
