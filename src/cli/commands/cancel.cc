#include "base/status.h"
#include "base/strings.h"
#include "cli/api_rows.h"
#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"
#include "cli/printer.h"
#include "cli/prompt.h"
#include "cli/quote.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Cancel all jobs from current user on the specified cluster."},
    {.names = "--all-users, -u", .help = "Cancel all jobs on the specified cluster for all users."},
});

constexpr auto kOptions = concat(kConfigOption, kOwnOptions, kYesOption, kAsyncOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "cluster", .arity = Arity::kOne, .completion = Completion::kCluster},
    {.name = "jobs", .arity = Arity::kAny, .type = ValueType::kInteger},
});

// The clusters that the argument names; patterns are matched by the server.
auto clusters_meant(Session& session) -> Result<std::vector<std::string>> {
  const std::string name = *session.invocation().argument("cluster");
  if (!has_glob_chars(name)) return std::vector{name};
  auto body = session.body<api::StatusBody>();
  body.cluster_names = {name};
  SKY_TRY(const std::vector<api::ClusterRecord> records, session.wait(session.calls().status(std::move(body))));
  if (records.empty()) return usage_error(fmt::format("No clusters match pattern: {}", python_quote(name)));
  if (records.size() > 1 && !session.invocation().arguments("jobs").empty()) {
    return usage_error(
        fmt::format("Cannot specify job IDs when cluster pattern matches multiple clusters. Pattern {} matches: {}",
                    python_quote(name), join(names_of(records), ", ")));
  }
  return names_of(records);
}

auto jobs_text(const Invocation& given) -> std::string {
  const std::vector<std::string> jobs = given.arguments("jobs");
  if (given.flag("all-users")) return "all users' jobs";
  if (jobs.empty() && !given.flag("all")) return "the latest running job";
  std::string text = given.flag("all") ? "all your jobs" : "";
  if (!jobs.empty()) {
    text += fmt::format("{}job{} {}", text.empty() ? "" : " and ", jobs.size() > 1 ? "s" : "", join(jobs, " "));
  }
  return text;
}

auto cancel_body(const Session& session, const std::string& cluster) -> api::CancelBody {
  const Invocation& given = session.invocation();
  auto body = session.body<api::CancelBody>();
  body.cluster_name = cluster;
  body.all = given.flag("all");
  body.all_users = given.flag("all-users");
  for (const std::string& job : given.arguments("jobs")) {
    if (!body.all_users) body.job_ids = body.job_ids.value_or(std::vector<std::int64_t>());
    if (body.job_ids) body.job_ids->push_back(parse_int(job).value_or(0));
  }
  return body;
}

auto cancel(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  SKY_TRY(const std::vector<std::string> clusters, clusters_meant(session));
  if (given.arguments("jobs").empty() && !given.flag("all") && !given.flag("all-users")) {
    given.print(given.out_paint()(term::Style::kYellow,
                                  "No job IDs or --all/--all-users provided; cancelling the latest running job."));
  }
  const std::string question =
      fmt::format("Cancelling {} on cluster(s): {}. Proceed?", jobs_text(given), join(clusters, ", "));
  if (!given.flag("yes") && confirm(session.env(), question, true) != Answer::kYes) return aborted();
  for (const std::string& cluster : clusters) {
    api::CancelBody body = cancel_body(session, cluster);
    if (given.flag("async")) {
      SKY_TRY(const std::string id, session.wait(session.calls().submit("/cancel", std::move(body))));
      print_submitted(session, "sky.cancel", id);
      continue;
    }
    Printer printer(session);
    SKY_CHECK(wait_stream(session, printer, session.calls().cancel(std::move(body), &printer)));
  }
  return kExitSucceeded;
}

auto run_cancel(Invocation& invocation) -> int {
  return with_session(invocation, cancel);
}

}  // namespace

constinit const Command kCancelCommand = {
    .name = "cancel", .page = pages::cancel, .options = kOptions, .arguments = kArguments, .run = run_cancel};

}  // namespace sky::cli
