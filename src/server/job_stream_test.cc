#include "server/job_stream.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"
#include "logs/stream_writer.h"
#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::server {
namespace {

constexpr std::string_view kHash = "c0de";

// Copies as an earlier life of the server left them; no session is attached.
class JobStreamTest : public testing::Test {
 protected:
  ~JobStreamTest() override { loop_.run(store_.stop()); }

  void write_copy(std::string_view bytes, std::optional<int> exit_status) {
    ASSERT_TRUE(os::make_dirs(dir_.file(std::string(kHash))).ok());
    auto writer = logs::StreamWriter::open(store_.base_path(std::string(kHash), JobId(1)));
    ASSERT_TRUE(writer.ok());
    writer->append(bytes);
    if (exit_status) ASSERT_TRUE(writer->finish(exit_status).ok());
  }
  auto open(JobStreamRequest request) -> std::unique_ptr<logs::Follower> {
    request.cluster_hash = kHash;
    request.job = JobId(1);
    auto opened = loop_.run(open_job_stream(store_, std::move(request), Deadline::never()));
    EXPECT_TRUE(opened.ok());
    return std::move(*opened);
  }
  auto read_all(logs::Follower* follower) -> std::string {
    std::string all;
    for (;;) {
      const auto piece = loop_.run(follower->read(4096));
      EXPECT_TRUE(piece.ok());
      if (!piece.ok() || !*piece) return all;
      all += **piece;
    }
  }

  os::TempDir dir_ = std::move(os::TempDir::make()).value();
  async::SimLoop loop_;
  agent::LogStore store_{loop_, dir_.path()};
};

TEST_F(JobStreamTest, Tail_StartsAtTheAbsoluteOffsetOfItsLines) {
  write_copy("one\ntwo\nthree\n", 0);
  const auto follower = open({.tail_lines = 2});
  EXPECT_EQ(follower->offset(), 4U);
  EXPECT_EQ(read_all(follower.get()), "two\nthree\n");
  EXPECT_EQ(follower->end()->exit_status, 0);
}

TEST_F(JobStreamTest, ResumedTail_GoesOnWhereItWasThoughTheLogHasGrown) {
  write_copy("one\ntwo\nthree\nfour\nfive\n", 0);
  const auto follower = open({.tail_lines = 2, .start_offset = 8});
  EXPECT_EQ(read_all(follower.get()), "three\nfour\nfive\n");
}

TEST_F(JobStreamTest, NoFollow_EndsAtWhatThereIs) {
  write_copy("so far", std::nullopt);
  EXPECT_EQ(read_all(open({.follow = false}).get()), "so far");
}

TEST_F(JobStreamTest, ClusterGoneWithoutAnEnd_ShowsTheRestAndKnowsNoOutcome) {
  write_copy("so far", std::nullopt);
  const auto follower = open({.start_offset = 3, .cluster_gone = true});
  EXPECT_EQ(read_all(follower.get()), "far");
  EXPECT_FALSE(follower->end()->exit_status.has_value());
}

TEST_F(JobStreamTest, ClusterGoneWithItsCopy_HasTheOutcome) {
  write_copy("all", kExitJobFailed);
  const auto follower = open({.cluster_gone = true});
  EXPECT_EQ(read_all(follower.get()), "all");
  EXPECT_EQ(follower->end()->exit_status, kExitJobFailed);
}

TEST_F(JobStreamTest, UnknownClusterGone_MakesNoFiles) {
  EXPECT_EQ(read_all(open({.cluster_gone = true}).get()), "");
  EXPECT_FALSE(os::file_exists(dir_.file(std::string(kHash))));
}

TEST(StatusOfCopy, KnownWord_IsKeptWhereItAgrees) {
  EXPECT_EQ(status_of_copy(kExitJobFailed, JobStatus::kFailedSetup), JobStatus::kFailedSetup);
  EXPECT_EQ(status_of_copy(kExitJobFailed, JobStatus::kSucceeded), JobStatus::kFailed);
  EXPECT_EQ(status_of_copy(kExitSucceeded, JobStatus::kRunning), JobStatus::kSucceeded);
  EXPECT_EQ(status_of_copy(kExitSucceeded, std::nullopt), JobStatus::kSucceeded);
  EXPECT_EQ(status_of_copy(kExitJobCancelled, std::nullopt), JobStatus::kCancelled);
  EXPECT_EQ(status_of_copy(kExitJobFailed, std::nullopt), JobStatus::kFailed);
}

}  // namespace
}  // namespace sky::server
