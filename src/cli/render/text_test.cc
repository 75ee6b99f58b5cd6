#include "cli/render/text.h"

#include <gtest/gtest.h>

namespace sky::cli {
namespace {

const term::Paint kPlain(false);

TEST(RenderClusterFooter, WithJob_MatchesTheOriginal) {
  EXPECT_EQ(render_cluster_footer({.cluster = "c", .job_id = 1}, kPlain),
            "\n📋 Useful Commands"
            "\nJob ID: 1"
            "\n├── To cancel the job:\t\tsky cancel c 1"
            "\n├── To stream job logs:\t\tsky logs c 1"
            "\n└── To view job queue:\t\tsky queue c"
            "\nCluster name: c"
            "\n├── To log into the head VM:\tssh c"
            "\n├── To submit a job:\t\tsky exec c yaml_file"
            "\n├── To stop the cluster:\tsky stop c"
            "\n└── To teardown the cluster:\tsky down c");
}

TEST(RenderClusterFooter, WithoutJob_ShowsTheClusterOnly) {
  const std::string footer = render_cluster_footer({.cluster = "c", .dashboard_url = "http://x"}, kPlain);
  EXPECT_TRUE(footer.starts_with("\n📋 Useful Commands\nCluster name: c\n├── View on dashboard:\t\thttp://x\n"))
      << footer;
}

TEST(RenderSubmitted, Request_NamesIdAndCommands) {
  EXPECT_EQ(render_submitted("sky.launch", "0123abcd-0000-4000-8000-000000000000", kPlain),
            "Submitted sky.launch request: 0123abcd-0000-4000-8000-000000000000\n"
            "├── Check logs with: sky api logs 0123abcd\n"
            "└── To cancel the request, run: sky api cancel 0123abcd\n");
}

TEST(RenderLeftRunning, Interrupted_SaysThatTheRequestGoesOn) {
  EXPECT_EQ(render_left_running("0123abcd-0000", kPlain),
            "⚙\uFE0E Request will continue running asynchronously.\n"
            "├── View logs: sky api logs 0123abcd\n"
            "└── To cancel the request, run: sky api cancel 0123abcd\n");
}

TEST(RenderNotFound, NamesAndPatterns_ExactNamesComeFirst) {
  const std::vector<std::string> found = {"train-1", "dev"};
  const auto missing = [&](const std::vector<std::string>& queried) { return render_not_found(queried, found); };
  EXPECT_EQ(missing({"dev", "train-*"}), "");
  EXPECT_EQ(missing({"x"}), "Cluster 'x' not found.");
  EXPECT_EQ(missing({"y*", "x", "dev"}), "Clusters 'x', 'y*' not found.");
  EXPECT_EQ(missing({"it's"}), "Cluster \"it's\" not found.");
}

TEST(RenderStatusHints, AllKinds_OneLineEach) {
  EXPECT_EQ(render_status_hints({}, kPlain), "");
  EXPECT_EQ(render_status_hints({.managed_jobs_in_progress = 0}, kPlain), "* To see all managed jobs: sky jobs queue");
  EXPECT_EQ(render_status_hints({.managed_jobs_in_progress = 7, .has_services = true, .pending_autostops = 1}, kPlain),
            "* 7 managed jobs are in progress (5 latest ones shown). To see all managed jobs: sky jobs queue\n"
            "* To see detailed service status: sky serve status -v\n"
            "* 1 cluster has auto{stop,down} scheduled. Refresh statuses with: sky status --refresh");
  EXPECT_EQ(render_status_hints({.has_pools = true, .pending_autostops = 2}, kPlain),
            "* To see detailed pool status: sky jobs pool status -v\n"
            "* 2 clusters have auto{stop,down} scheduled. Refresh statuses with: sky status --refresh");
}

TEST(RenderStatusHints, Refreshed_HasNoAutostopHint) {
  EXPECT_EQ(render_status_hints({.pending_autostops = 2, .refreshed = true}, kPlain), "");
}

TEST(CountPendingAutostops, StoppedClusters_DoNotCount) {
  const std::vector<ClusterRow> rows = {{.status = ClusterStatus::kUp, .autostop_minutes = 0},
                                        {.status = ClusterStatus::kStopped, .autostop_minutes = 5},
                                        {.status = ClusterStatus::kUp}};
  EXPECT_EQ(count_pending_autostops(rows), 1);
}

// Expectations follow the original's message for each case.
TEST(RenderPropertyError, NamesOnTheCommandLine_CountedFirst) {
  const auto specified = [](std::vector<std::string> names) {
    return render_property_error({.property = "IP address", .flag = "ip", .queried = std::move(names)});
  };
  EXPECT_EQ(specified({}),
            "No cluster specified. Please specify an existing cluster to show its IP address.\n"
            "Usage: `sky status --ip <cluster>`");
  EXPECT_TRUE(specified({"a", "b"}).starts_with("2 clusters specified. Please specify a single cluster"));
}

TEST(RenderPropertyError, Matches_CountedWhenTheServerAnswered) {
  const auto found = [](std::vector<std::string> names, std::int64_t count) {
    return render_property_error(
        {.property = "endpoint(s)", .flag = "endpoints", .queried = std::move(names), .found = count});
  };
  EXPECT_TRUE(found({"x"}, 0).starts_with("'x' cluster not found. Please specify a single cluster to show"));
  EXPECT_TRUE(found({"x*"}, 2).starts_with("2 clusters found. Please specify a single cluster to show"));
}

TEST(RenderEndpoint, Painted_PortAndUrlInBold) {
  EXPECT_EQ(render_endpoint(8080, "http://x", kPlain), "8080: http://x");
  EXPECT_EQ(render_endpoint(80, "u", term::Paint(true)), "\033[34m\033[1m80\033[0m: \033[36m\033[1mu\033[0m");
}

TEST(RenderServerInfo, Answer_FormsATree) {
  EXPECT_EQ(render_server_info({.url = "http://127.0.0.1:46580",
                                .status = "healthy",
                                .commit = "abc",
                                .version = "0.1.0",
                                .user_name = "alice",
                                .user_id = "a1b2",
                                .location = "Endpoint set to default local API server."},
                               kPlain),
            "Using SkyPilot API server and dashboard: http://127.0.0.1:46580\n"
            "├── Status: healthy, commit: abc, version: 0.1.0\n"
            "├── User: alice (a1b2)\n"
            "└── Endpoint set to default local API server.");
  EXPECT_TRUE(render_client_version().starts_with("SkyPilot client version: 0.1.0, commit: "));
}

TEST(RenderNoServer, Plain_SaysHowToGetOne) {
  EXPECT_EQ(render_no_server(kPlain),
            "No SkyPilot API server is connected\n"
            "├── To connect to an existing API server: sky api login\n"
            "└── To start a local API server: sky api start");
}

TEST(RenderSummary, OneFailure_IsOnItsLine) {
  const std::vector<std::string> ok = {"a", "b"};
  const std::vector<OperationFailure> failed = {{"c", "\nno such thing\nsecond line"}};
  EXPECT_EQ(render_summary(ok, failed), "\nSummary:\n  ✓ Succeeded: a, b\n  ✗ Failed: c (no such thing)");
}

TEST(RenderSummary, SeveralFailures_AreCutAndListed) {
  const std::vector<OperationFailure> failed = {{"c", std::string(130, 'x')}, {"d", "y"}};
  EXPECT_EQ(render_summary({}, failed),
            "\nSummary:\n  ✗ Failed:\n      c (" + std::string(120, 'x') + "…)\n      d (y)");
}

TEST(RenderEnabledInfra, Names_JoinedAndFollowedByAnEmptyLine) {
  EXPECT_EQ(render_enabled_infra({"local", "aws"}, kPlain), "Enabled Infra: local, aws\n");
}

TEST(RenderQueueTitle, Users_AreNamed) {
  EXPECT_EQ(render_queue_title("c", false), "\nJob queue of current user on cluster c");
  EXPECT_EQ(render_queue_title("c", true), "\nJob queue of all users on cluster c");
}

TEST(ProgressLines, Painted_SuccessIsGreenThroughout) {
  const term::Paint paint(true);
  EXPECT_EQ(starting_line("Launching"), "⚙\uFE0E Launching");
  EXPECT_EQ(finished_line("Done", paint), "\033[32m✓ Done\033[0m");
}

}  // namespace
}  // namespace sky::cli
