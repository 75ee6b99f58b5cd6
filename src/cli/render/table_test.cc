#include "cli/render/table.h"

#include <gtest/gtest.h>

namespace sky::cli {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kNow{seconds{1764000000}};
const RenderContext kPlain = {.now = kNow};

auto train_cluster() -> ClusterRow {
  return {.name = "train",
          .user_name = "alice",
          .user_id = "a1b2c3d4",
          .workspace = "default",
          .cloud = "Kubernetes",
          .region_or_zone = "gke_my-project_us-central1-a_cluster-1",
          .resources = "1x(gpus=H100:8, p5.48xlarge, ...)",
          .resources_full = "1x(gpus=H100:8, cpus=192, mem=2048, p5.48xlarge, disk=256)",
          .status = ClusterStatus::kUp,
          .autostop_minutes = 10,
          .autodown = true,
          .launched_at = kNow - minutes{5},
          .head_ip = "10.0.0.1",
          .last_command = "sky launch train.yaml"};
}

TEST(RenderStatusTable, Default_ShowsSixColumns) {
  const std::vector<ClusterRow> rows = {train_cluster()};
  EXPECT_EQ(render_status_table(rows, {}, kPlain),
            "NAME   INFRA                                   RESOURCES                          STATUS  AUTOSTOP    "
            "LAUNCHED    \n"
            "train  Kubernetes (gke_my-proj...a_cluster-1)  1x(gpus=H100:8, p5.48xlarge, ...)  UP      10m (down)  "
            "5 mins ago  ");
}

TEST(RenderStatusTable, VerboseForAllUsers_ShowsEverythingInFull) {
  const std::vector<ClusterRow> rows = {train_cluster()};
  const std::string table = render_status_table(rows, {.verbose = true, .show_users = true}, kPlain);
  EXPECT_TRUE(table.starts_with("NAME   USER   USER_ID   WORKSPACE  INFRA")) << table;
  EXPECT_NE(table.find("Kubernetes (gke_my-project_us-central1-a_cluster-1)"), std::string::npos);
  EXPECT_NE(table.find("disk=256)"), std::string::npos);
  EXPECT_NE(table.find("10.0.0.1"), std::string::npos);
  EXPECT_NE(table.find("No recorded events."), std::string::npos);
}

TEST(RenderStatusTable, NoRows_IsEmpty) {
  EXPECT_EQ(render_status_table({}, {}, kPlain), "");
}

TEST(RenderStatusTable, UnhealthyInit_IsShownAsUnhealthy) {
  ClusterRow row = train_cluster();
  row.status = ClusterStatus::kInit;
  row.unhealthy = true;
  const std::vector<ClusterRow> rows = {row};
  EXPECT_NE(render_status_table(rows, {}, {.now = kNow, .paint = term::Paint(true)}).find("\033[31mUNHEALTHY\033[0m"),
            std::string::npos);
}

TEST(InfraCell, UnknownPlaces_LeaveThemOut) {
  EXPECT_EQ(infra_cell({}, false), "-");
  EXPECT_EQ(infra_cell({.cloud = "Local"}, false), "Local");
  EXPECT_EQ(infra_cell({.cloud = "AWS", .region_or_zone = "us-east-1a"}, false), "AWS (us-east-1a)");
}

TEST(AutostopCell, AllForms_MatchTheOriginal) {
  EXPECT_EQ(autostop_cell({.autostop_minutes = -1}), "-");
  EXPECT_EQ(autostop_cell({.autostop_minutes = 0}), "0m");
  EXPECT_EQ(autostop_cell({.autostop_minutes = 10}), "10m");
  EXPECT_EQ(autostop_cell({.autostop_minutes = 120}), "2h");
  EXPECT_EQ(autostop_cell({.autostop_minutes = 90, .autodown = true}), "90m (down)");
  EXPECT_EQ(autostop_cell({.autostop_minutes = -1, .autodown = true}), "(down)");
}

TEST(UserCell, ServiceAccount_IsMarked) {
  EXPECT_EQ(user_cell("alice", "a1"), "alice");
  EXPECT_EQ(user_cell("bot", "SA-12"), "bot (SA)");
  EXPECT_EQ(user_cell("-", "sa-12"), "-");
}

// The sample of skypilot's own formatting code; every line ends in two blanks.
TEST(RenderQueueTable, TwoJobs_MatchesTheOriginal) {
  const std::vector<JobRow> rows = {{.id = 2,
                                     .name = "train",
                                     .user_name = "alice",
                                     .submitted_at = kNow - minutes{5},
                                     .started_at = kNow - seconds{280},
                                     .resources = "2x[H100:8]",
                                     .status = JobStatus::kRunning,
                                     .log_path = "~/sky_logs/2-train"},
                                    {.id = 1,
                                     .name = "sky-cmd",
                                     .user_name = "alice",
                                     .submitted_at = kNow - seconds{7300},
                                     .started_at = kNow - seconds{7190},
                                     .ended_at = kNow - seconds{7100},
                                     .resources = "1x[CPU:0.5]",
                                     .status = JobStatus::kSucceeded,
                                     .log_path = "~/sky_logs/1-sky-cmd",
                                     .git_commit = "abc1234"}};
  EXPECT_EQ(render_queue_table(rows, kPlain),
            "ID  NAME     USER   SUBMITTED   STARTED     DURATION  RESOURCES    STATUS     LOG                   GIT "
            "COMMIT  \n"
            "2   train    alice  5 mins ago  4 mins ago  4m 40s    2x[H100:8]   RUNNING    ~/sky_logs/2-train    -    "
            "       \n"
            "1   sky-cmd  alice  2 hrs ago   1 hr ago    1m 30s    1x[CPU:0.5]  SUCCEEDED  ~/sky_logs/1-sky-cmd  "
            "abc1234     ");
}

TEST(RenderQueueTable, PendingJob_HasDashesForTimes) {
  const std::vector<JobRow> rows = {{.id = 3, .name = "n", .user_name = "u", .status = JobStatus::kPending}};
  const std::string table = render_queue_table(rows, kPlain);
  EXPECT_NE(table.find("3   n     u     -          -        -         "), std::string::npos) << table;
}

TEST(StatusCell, Painted_HasTheOriginalsColours) {
  const term::Paint paint(true);
  EXPECT_EQ(status_cell(JobStatus::kFailedSetup, paint), "\033[31mFAILED_SETUP\033[0m");
  EXPECT_EQ(status_cell(JobStatus::kPending, paint), "\033[34mPENDING\033[0m");
  EXPECT_EQ(status_cell(JobStatus::kCancelled, paint), "\033[33mCANCELLED\033[0m");
  EXPECT_EQ(status_cell(ClusterStatus::kAutostopping, paint), "\033[35mAUTOSTOPPING\033[0m");
  EXPECT_EQ(status_cell(ClusterStatus::kStopped, paint), "\033[33mSTOPPED\033[0m");
  EXPECT_EQ(status_cell(RequestStatus::kCancelled, paint), "\033[37mCANCELLED\033[0m");
}

TEST(RenderRequestsTable, Rows_CreatedAndStatus) {
  const std::vector<RequestRow> rows = {{.id = "0123abcd-0000-4000-8000-000000000000",
                                         .user_name = "alice",
                                         .name = "sky.launch",
                                         .cluster_name = "train",
                                         .created_at = kNow - seconds{70},
                                         .status = RequestStatus::kRunning}};
  EXPECT_EQ(render_requests_table(rows, {}, kPlain),
            "ID                                    User   Name        Created    Status   \n"
            "0123abcd-0000-4000-8000-000000000000  alice  sky.launch  1 min ago  RUNNING  ");
  EXPECT_NE(render_requests_table(rows, {.verbose = true}, kPlain).find("sky.launch  train    1 min ago"),
            std::string::npos);
}

TEST(RenderRequestsTable, NoRows_IsARowOfDashes) {
  EXPECT_EQ(render_requests_table({}, {}, kPlain),
            "ID  User  Name  Created  Status  \n"
            "-   -     -     -        -       ");
}

TEST(RenderRequestsTable, LimitReached_SaysHowToSeeMore) {
  const std::vector<RequestRow> rows(2, RequestRow{.id = "x", .name = "sky.status"});
  EXPECT_TRUE(render_requests_table(rows, {.limit = 2}, kPlain)
                  .ends_with("\n\nShowing 2 requests. Use \"-l none\" or \"-l all\" to show all requests."));
  EXPECT_EQ(render_requests_table(rows, {.limit = 3}, kPlain).find("Showing"), std::string::npos);
}

TEST(RenderCostReport, LiveAndGoneClusters_LiveFirstAndSummed) {
  const std::vector<CostRow> rows = {{.name = "old",
                                      .launched_at = kNow - seconds{7190},
                                      .duration = minutes{50},
                                      .resources = "1x AWS(m6i.large)",
                                      .hourly_cost_usd = 0.096,
                                      .total_cost_usd = 0.08},
                                     {.name = "dev",
                                      .launched_at = kNow - minutes{5},
                                      .duration = minutes{5},
                                      .resources = "1x Local",
                                      .status = ClusterStatus::kUp}};
  EXPECT_EQ(render_cost_report(rows, {.days = 30}, kPlain),
            "Clusters (last 30 days)\n"
            "NAME  LAUNCHED    DURATION  RESOURCES          STATUS      COST/hr  COST (est.)  \n"
            "dev   5 mins ago  5m        1x Local           UP          $ 0.00   -            \n"
            "old   1 hr ago    50m       1x AWS(m6i.large)  TERMINATED  $ 0.10   $ 0.08       \n"
            "\n"
            "Total Cost: $0.08\n"
            "Showing up to 5 most recent clusters. To see all clusters in history, pass the --all flag.\n"
            "This feature is experimental. Costs for clusters with auto{stop,down} scheduled may not be accurate.");
}

TEST(RenderCostReport, MoreThanFive_ShownAndCountedOnlyWithAll) {
  const std::vector<CostRow> rows(6, CostRow{.name = "c", .status = ClusterStatus::kUp, .total_cost_usd = 1});
  EXPECT_NE(render_cost_report(rows, {}, kPlain).find("Total Cost: $5.00"), std::string::npos);
  const std::string all = render_cost_report(rows, {.all = true}, kPlain);
  EXPECT_NE(all.find("Total Cost: $6.00"), std::string::npos);
  EXPECT_EQ(all.find("Showing up to"), std::string::npos);
}

TEST(RenderCostReport, NoClusters_HasNoTable) {
  EXPECT_TRUE(render_cost_report({}, {}, kPlain).starts_with("\nTotal Cost: $0.00\n"));
}

}  // namespace
}  // namespace sky::cli
