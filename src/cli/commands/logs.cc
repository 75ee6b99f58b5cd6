#include "base/status.h"
#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/commands/download.h"
#include "cli/commands/options.h"
#include "cli/pages.h"
#include "cli/printer.h"
#include "cli/quote.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--provision", .help = "Stream the cluster provisioning logs (provision.log)."},
    {.names = "--hook",
     .type = ValueType::kText,
     .help = "Stream a per-event lifecycle-hook log from the cluster. Omit the event name to auto-select whichever log "
             "exists.",
     .bare_value = ""},
    {.names = "--autostop", .help = "Stream the log of the autostop hook. Use --hook instead.", .hidden = true},
    {.names = "--worker, -w",
     .type = ValueType::kInteger,
     .help = "The worker ID to stream the logs from. If not set, stream the logs of the head node."},
    {.names = "--sync-down, -s",
     .help = "Sync down the logs of a job to the local machine. For a distributed job, a separate log file from each "
             "worker will be downloaded."},
    {.names = "--status",
     .help =
         "If specified, do not show logs but exit with a status code for the job's status: 0 for succeeded, another "
         "for all other statuses."},
    {.names = "--follow / --no-follow",
     .help =
         "Follow the logs of a job. If --no-follow is specified, print the log so far and exit. [default: --follow]",
     .fallback = "true"},
});

constexpr auto kOptions = concat(kConfigOption, kOwnOptions, kTailOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "cluster", .completion = Completion::kCluster},
    {.name = "job_ids", .arity = Arity::kAny},
});

constexpr std::int64_t kTailLinesDefault = 1000;
constexpr std::string_view kHookEvents[] = {"stop", "preemption", "down"};

// What the command line asks for, after the rules that tie its options together.
struct Question {
  std::string cluster;
  std::vector<std::string> jobs;
  std::optional<std::string> hook;  // empty: whichever log exists
};

auto read_question(const Invocation& given) -> Result<Question> {
  Question question{.cluster = given.argument("cluster").value_or(""), .jobs = given.arguments("job_ids")};
  if (given.given("hook")) question.hook = given.text("hook");
  if (given.flag("autostop")) {
    if (question.hook) {
      return usage_error("--autostop is a deprecated alias for --hook stop and cannot be combined with --hook.");
    }
    question.hook = "stop";
  }
  if (question.hook && !question.hook->empty() && std::ranges::count(kHookEvents, *question.hook) == 0) {
    // `sky logs --hook CLUSTER`: the option took the cluster's name.
    if (!question.cluster.empty()) {
      return usage_error(fmt::format("Invalid value for --hook: {} is not one of 'stop', 'preemption', 'down'.",
                                     python_quote(*question.hook)));
    }
    question.cluster = *std::exchange(question.hook, "");
  }
  if (question.cluster.empty()) return usage_error("Missing argument 'CLUSTER'.");
  return question;
}

auto check_options(const Invocation& given, const Question& question) -> Result<> {
  const bool provision = given.flag("provision");
  const bool sync_down = given.flag("sync-down");
  const bool job_options = sync_down || given.flag("status") || !question.jobs.empty();
  if (given.given("worker") && !provision) return usage_error("--worker can only be used with --provision.");
  if (given.integer("worker").value_or(1) < 1) return usage_error("--worker must be a positive integer.");
  if (provision && question.hook) return usage_error("--provision and --hook cannot be used together.");
  if (provision && job_options) {
    return usage_error("--provision cannot be combined with job log options (--sync-down/--status/job IDs).");
  }
  if (question.hook && job_options) {
    return usage_error("--hook cannot be combined with job log options (--sync-down/--status/--worker/job IDs).");
  }
  if (sync_down && given.flag("status")) {
    return usage_error("Both --sync_down and --status are specified (ambiguous). To fix: specify at most one of them.");
  }
  if (question.jobs.size() > 1 && !sync_down) {
    return usage_error(
        fmt::format("Cannot stream logs of multiple jobs (IDs: {}).\nPass -s/--sync-down to download the logs instead.",
                    join(question.jobs, ", ")));
  }
  for (const std::string& job : question.jobs) {
    if (!parse_int(job)) return usage_error(fmt::format("Invalid job ID {}. Job ID must be integers.", job));
  }
  return {};
}

auto show_status(Session& session, const Question& question) -> Result<int> {
  const Invocation& given = session.invocation();
  auto body = session.body<api::JobStatusBody>();
  body.cluster_name = question.cluster;
  if (!question.jobs.empty()) body.job_ids = {parse_int(question.jobs.front()).value_or(0)};
  SKY_TRY(const api::JobStatusMap statuses, session.wait(session.calls().job_status(std::move(body))));
  const auto red = [&](const std::string& text) { given.print(given.out_paint()(term::Style::kRed, text)); };
  if (statuses.empty()) {
    red(fmt::format("No job found on cluster {}.", python_quote(question.cluster)));
    return kExitJobNotFound;
  }
  const auto& [id, status] = *statuses.begin();
  given.print(fmt::format("Job {}: {}", id, status ? to_string(*status) : "None"));
  if (status) return exit_code_of(*status);
  red(fmt::format("Job {} not found", id));
  return kExitJobNotFound;
}

auto logs_body(const Session& session, const Question& question) -> api::LogsBody {
  auto body = session.body<api::LogsBody>();
  body.cluster_name = question.cluster;
  if (!question.jobs.empty()) body.job_id = parse_int(question.jobs.front());
  return body;
}

auto follow_job(Session& session, const Question& question) -> Result<int> {
  const Invocation& given = session.invocation();
  api::LogsBody body = logs_body(session, question);
  body.follow = given.flag("follow");
  body.tail = std::max<std::int64_t>(given.integer("tail").value_or(0), 0);
  if (!given.given("tail") && body.follow) {
    body.tail = kTailLinesDefault;
    given.print_error(
        fmt::format("Showing the last {} lines (default). Pass --tail 0 to print the entire log.", kTailLinesDefault));
  }
  const std::string job = body.job_id ? fmt::format("job {}", *body.job_id) : "the last job";
  given.print(given.out_paint()(
      term::Style::kYellow, fmt::format("Tailing logs of {} on cluster {}...", job, python_quote(question.cluster))));
  Printer printer(session, body.follow ? JobEnd::kShown : JobEnd::kHidden);
  SKY_TRY(const client::End end, wait_stream(session, printer, session.calls().logs(body, &printer)));
  if (end.exit_code == kExitJobNotFound) {
    given.print(given.out_paint()(
        term::Style::kRed, body.job_id ? fmt::format("Job {} not found", *body.job_id)
                                       : fmt::format("No job found on cluster {}.", python_quote(question.cluster))));
  }
  return end.exit_code;
}

auto show_hook(Session& session, const Question& question) -> Result<int> {
  const Invocation& given = session.invocation();
  auto body = session.body<api::HookLogsBody>();
  body.cluster_name = question.cluster;
  if (!question.hook->empty()) body.event = question.hook;
  body.follow = given.flag("follow");
  body.tail = std::max<std::int64_t>(given.integer("tail").value_or(0), 0);
  Printer printer(session);
  SKY_TRY(const client::End end, wait_stream(session, printer, session.calls().hook_logs(std::move(body), &printer)));
  return end.exit_code;
}

auto show_provision(Session& session, const Question& question) -> Result<int> {
  const Invocation& given = session.invocation();
  auto body = session.body<api::ProvisionLogsBody>();
  body.cluster_name = question.cluster;
  body.worker = given.integer("worker");
  const std::int64_t tail = std::max<std::int64_t>(given.integer("tail").value_or(0), 0);
  Printer printer(session);
  SKY_CHECK(session.wait(session.calls().provision_logs(std::move(body), given.flag("follow"), tail, &printer)));
  return kExitSucceeded;
}

auto run_logs(Invocation& invocation) -> int {
  Result<Question> question = read_question(invocation);
  if (!question.ok()) return report(invocation, question.error());
  if (const Result<> checked = check_options(invocation, *question); !checked.ok()) {
    return report(invocation, checked.error());
  }
  return with_session(invocation, [&](Session& session) -> Result<int> {
    if (invocation.flag("provision")) return show_provision(session, *question);
    if (question->hook) return show_hook(session, *question);
    if (invocation.flag("sync-down")) return download_logs(session, question->cluster, question->jobs);
    if (invocation.flag("status")) return show_status(session, *question);
    return follow_job(session, *question);
  });
}

}  // namespace

constinit const Command kLogsCommand = {
    .name = "logs", .page = pages::logs, .options = kOptions, .arguments = kArguments, .run = run_logs};

}  // namespace sky::cli
