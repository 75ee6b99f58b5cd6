#include "base/status.h"
#include "base/strings.h"
#include "cli/api_rows.h"
#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"
#include "cli/printer.h"
#include "cli/prompt.h"
#include "cli/render/text.h"
#include "cli/ssh_entries.h"

namespace sky::cli {
namespace {

constexpr std::array kWhichOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Start all existing clusters."},
});

constexpr std::array kHowOptions = std::to_array<Option>({
    {.names = "--down",
     .help =
         "Autodown the cluster: tear it down after the idle minutes. Requires --idle-minutes-to-autostop to be set."},
    {.names = "--retry-until-up, -r",
     .help = "Retry provisioning infinitely until the cluster is up, if we fail to start the cluster due to "
             "unavailability errors."},
    {.names = "--force, -f",
     .help = "Force start the cluster even if it is already UP. Useful for upgrading the runtime on the cluster."},
});

constexpr auto kOptions =
    concat(kConfigOption, kWhichOptions, kYesOption, kIdleMinutesOption, kWaitForOption, kHowOptions, kAsyncOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "clusters", .arity = Arity::kAny, .completion = Completion::kCluster},
});

// The clusters that the command line means; none: all of one.
auto find_clusters(Session& session) -> Result<std::vector<api::ClusterRecord>> {
  const Invocation& given = session.invocation();
  const std::vector<std::string> names = given.arguments("clusters");
  auto body = session.body<api::StatusBody>();
  body.all_users = !names.empty();
  body.refresh = api::RefreshMode::kAuto;
  if (!given.flag("all") && !names.empty()) body.cluster_names = names;
  if (given.flag("all") && !names.empty()) {
    given.print("Both --all and cluster(s) specified for sky start. Letting --all take effect.");
  }
  SKY_TRY(std::vector<api::ClusterRecord> records, session.wait(session.calls().status(std::move(body))));
  if (names.empty() && !given.flag("all") && records.size() > 1) {
    return usage_error("`sky start` requires either a cluster name or glob (see `sky status`), or the -a/--all flag.");
  }
  if (const std::string missing = render_not_found(names, names_of(records));
      !missing.empty() && !records.empty() && !given.flag("all")) {
    given.print(missing);
  }
  return records;
}

auto start_body(const Session& session, const std::string& name) -> api::StartBody {
  const Invocation& given = session.invocation();
  auto body = session.body<api::StartBody>();
  body.cluster_name = name;
  body.idle_minutes_to_autostop = given.integer("idle-minutes-to-autostop");
  if (const auto wait_for = given.text("wait-for")) body.wait_for = api::parse_wait_for(*wait_for);
  body.retry_until_up = given.flag("retry-until-up");
  body.down = given.flag("down");
  body.force = given.flag("force");
  return body;
}

auto start_one(Session& session, const std::string& name) -> Result<> {
  const Invocation& given = session.invocation();
  if (given.flag("async")) {
    SKY_TRY(const std::string id, session.wait(session.calls().submit("/start", start_body(session, name))));
    print_submitted(session, "sky.start", id);
    return {};
  }
  Printer printer(session);
  SKY_CHECK(wait_stream(session, printer, session.calls().start(start_body(session, name), &printer)));
  auto body = session.body<api::StatusBody>();
  body.cluster_names = {name};
  SKY_TRY(const std::vector<api::ClusterRecord> records, session.wait(session.calls().status(std::move(body))));
  SKY_CHECK(update_ssh_entries(session, client::ssh_hosts_of(records), {}));
  given.print(given.out_paint()(term::Style::kGreen, fmt::format("Cluster {} started.", name)));
  return {};
}

auto start(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  SKY_TRY(const std::vector<api::ClusterRecord> records, find_clusters(session));
  if (records.empty()) {
    given.print(
        "Cluster(s) not found (tip: see `sky status`). Do you mean to use `sky launch` to provision a new "
        "cluster?");
    return kExitSucceeded;
  }
  std::vector<std::string> names;
  for (const api::ClusterRecord& record : records) {
    if (record.status == ClusterStatus::kUp && !given.flag("force")) {
      given.print(fmt::format("Cluster {} already has status UP.", record.name));
    } else {
      names.push_back(record.name);
    }
  }
  if (names.empty()) return kExitSucceeded;
  const std::string question = fmt::format("Restarting {} cluster{}: {}. Proceed?", names.size(),
                                           names.size() == 1 ? "" : "s", join(names, ", "));
  if (!given.flag("yes") && confirm(session.env(), question, true) != Answer::kYes) return aborted();
  for (const std::string& name : names) SKY_CHECK(start_one(session, name));
  return kExitSucceeded;
}

auto run_start(Invocation& invocation) -> int {
  if (invocation.flag("down") && !invocation.integer("idle-minutes-to-autostop")) {
    return invocation.fail_usage("--idle-minutes-to-autostop must be set if --down is set.");
  }
  return with_session(invocation, start);
}

}  // namespace

constinit const Command kStartCommand = {
    .name = "start", .page = pages::start, .options = kOptions, .arguments = kArguments, .run = run_start};

}  // namespace sky::cli
