#include "base/status.h"
#include "base/strings.h"
#include "cli/api_rows.h"
#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"
#include "cli/quote.h"
#include "cli/render/table.h"
#include "cli/render/text.h"
#include "cli/session.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--all-users, -u", .help = "Show all users' information in full."},
    {.names = "--skip-finished, -s", .help = "Show only pending/running jobs' information."},
});

constexpr auto kOptions = concat(kConfigOption, kOwnOptions, kOutputOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "clusters", .arity = Arity::kAny, .completion = Completion::kCluster},
});

// The jobs of one cluster; nullopt: said why not.
auto jobs_of(Session& session, const std::string& cluster) -> Result<std::optional<std::vector<api::JobRecord>>> {
  const Invocation& given = session.invocation();
  auto body = session.body<api::QueueBody>();
  body.cluster_name = cluster;
  body.skip_finished = given.flag("skip-finished");
  body.all_users = given.flag("all-users");
  Result<std::vector<api::JobRecord>> jobs = session.wait(session.calls().queue(std::move(body)));
  if (jobs.ok()) return std::optional(std::move(jobs).value());
  if (is_aborted(jobs.error()) || jobs.error().code == ErrorCode::kUnavailable) return std::move(jobs).error();
  const bool json = given.text("output") == "json";
  const term::Paint paint = json ? given.err_paint() : given.out_paint();
  const std::string text = fmt::format(
      "{}\n  {}",
      paint(term::Style::kYellow, fmt::format("Failed to get the job queue for cluster {}.", python_quote(cluster))),
      jobs.error().message);
  if (json) {
    given.print_error(text);
  } else {
    given.print(text);
  }
  return std::optional<std::vector<api::JobRecord>>();
}

auto clusters_meant(Session& session) -> Result<std::vector<std::string>> {
  std::vector<std::string> names = session.invocation().arguments("clusters");
  if (!names.empty()) return names;
  auto body = session.body<api::StatusBody>();
  body.all_users = session.invocation().flag("all-users");
  SKY_TRY(const std::vector<api::ClusterRecord> records, session.wait(session.calls().status(std::move(body))));
  return names_of(records);
}

auto queue(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  const bool json = given.text("output") == "json";
  const term::Paint paint = given.out_paint();
  if (!json) given.print(paint(term::Style::kCyan, "Fetching and parsing job queue..."));
  SKY_TRY(const std::vector<std::string> clusters, clusters_meant(session));
  if (!json) given.print("Fetching job queue for: " + join(clusters, ", "));
  JsonObject all;
  for (const std::string& cluster : clusters) {
    SKY_TRY(const std::optional<std::vector<api::JobRecord>> jobs, jobs_of(session, cluster));
    if (!jobs) continue;
    if (json) {
      all[cluster] = to_cli_json(*jobs);
    } else {
      given.print(render_queue_title(cluster, given.flag("all-users")));
      given.print(render_queue_table(to_rows(*jobs), {.now = session.env().now(), .paint = paint}));
    }
  }
  if (json) given.print(to_json_text(all, JsonStyle::kIndented));
  return kExitSucceeded;
}

auto run_queue(Invocation& invocation) -> int {
  return with_session(invocation, queue);
}

}  // namespace

constinit const Command kQueueCommand = {
    .name = "queue", .page = pages::queue, .options = kOptions, .arguments = kArguments, .run = run_queue};

}  // namespace sky::cli
