#include "base/status.h"
#include "cli/api_rows.h"
#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"
#include "cli/quote.h"
#include "cli/render/table.h"
#include "cli/render/text.h"
#include "cli/session.h"
#include "cli/ssh_entries.h"

namespace sky::cli {
namespace {

constexpr std::array kOwnOptions = std::to_array<Option>({
    {.names = "--refresh, -r", .help = "Query the latest cluster statuses from the cloud provider(s)."},
    {.names = "--ip",
     .help = "Get the IP address of the head node of a cluster. This option will override all other options. On "
             "Kubernetes it is the internal IP of the head pod, which may not be reachable from outside."},
    {.names = "--endpoints",
     .help = "Get all exposed endpoints and corresponding URLs for a cluster. This option will override all other "
             "options."},
    {.names = "--endpoint",
     .type = ValueType::kInteger,
     .help = "Get the endpoint URL for the specified port number on the cluster. This option will override all other "
             "options."},
    {.names = "--show-managed-jobs / --no-show-managed-jobs",
     .help = "Also show recent in-progress managed jobs, if any.",
     .fallback = "true"},
    {.names = "--show-services / --no-show-services",
     .help = "Also show sky serve services, if any.",
     .fallback = "true"},
    {.names = "--show-pools / --no-show-pools", .help = "Also show pools, if any.", .fallback = "true"},
    {.names = "--all-users, -u", .help = "Show all clusters, including those not owned by the current user."},
});

constexpr auto kOptions = concat(kConfigOption, kVerboseOption, kOwnOptions, kOutputOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "clusters", .arity = Arity::kAny, .completion = Completion::kCluster},
});

// Also as json here: ours.
constexpr auto kKubernetesOptions = concat(kConfigOption, kVerboseOption, kOutputOption);

// --ip and --endpoint(s): what is asked for, in the original's words.
auto property_question(const Invocation& given) -> PropertyQuestion {
  PropertyQuestion question{
      .property = "endpoint(s)", .flag = "endpoints", .queried = given.arguments("clusters"), .found = std::nullopt};
  if (given.flag("ip")) {
    question.property = "IP address";
    question.flag = "ip";
  } else if (given.given("endpoint")) {
    question.flag = "endpoint port";
  }
  return question;
}

auto asks_property(const Invocation& given) -> bool {
  return given.flag("ip") || given.flag("endpoints") || given.given("endpoint");
}

auto check_property(const Invocation& given) -> Result<> {
  const auto refuse = [](std::string message) { return make_error(ErrorCode::kInvalidArgument, std::move(message)); };
  if (given.flag("refresh")) {
    return usage_error(
        "Using --ip or --endpoint(s) with --refresh is not supported for now. To fix, refresh first, "
        "then query the IP or endpoint.");
  }
  const bool endpoint = given.given("endpoint");
  if (given.flag("ip") && (endpoint || given.flag("endpoints"))) {
    return refuse("Cannot specify both --ip and --endpoint(s) at the same time.");
  }
  if (endpoint && given.flag("endpoints")) {
    return refuse("Cannot specify both --endpoint and --endpoints at the same time.");
  }
  if (given.arguments("clusters").size() != 1) return refuse(render_property_error(property_question(given)));
  return {};
}

auto show_property(Session& session, const std::vector<api::ClusterRecord>& found) -> Result<int> {
  const Invocation& given = session.invocation();
  if (found.size() != 1) {
    PropertyQuestion question = property_question(given);
    question.found = static_cast<std::int64_t>(found.size());
    return make_error(ErrorCode::kInvalidArgument, render_property_error(question));
  }
  const ClusterRow row = to_row(found.front());
  if (row.status != ClusterStatus::kUp && row.status != ClusterStatus::kAutostopping) {
    return make_error(ErrorCode::kClusterNotUp, fmt::format("Cluster {} is not in UP status.", python_quote(row.name)));
  }
  if (given.flag("ip")) {
    given.print(row.head_ip.value_or("-"));
    return kExitSucceeded;
  }
  auto body = session.body<api::EndpointsBody>();
  body.cluster = row.name;
  body.port = given.text("endpoint");
  SKY_TRY(const api::EndpointMap endpoints, session.wait(session.calls().endpoints(std::move(body))));
  if (endpoints.empty()) {
    return make_error(ErrorCode::kNotFound, fmt::format("No endpoint found for cluster {}.", python_quote(row.name)));
  }
  for (const auto& [port, url] : endpoints) {
    given.print(given.given("endpoint") ? url : render_endpoint(port, url, given.out_paint()));
  }
  return kExitSucceeded;
}

auto query(Session& session) -> Result<std::vector<api::ClusterRecord>> {
  const Invocation& given = session.invocation();
  auto body = session.body<api::StatusBody>();
  const std::vector<std::string> names = given.arguments("clusters");
  if (!names.empty()) body.cluster_names = names;
  if (given.flag("refresh")) body.refresh = api::RefreshMode::kForce;
  body.all_users = given.flag("all-users");
  SKY_TRY(std::vector<api::ClusterRecord> records, session.wait(session.calls().status(std::move(body))));
  std::vector<client::SshHost> hosts = client::ssh_hosts_of(records);
  SKY_CHECK(names.empty() && given.flag("all-users") ? synchronize_ssh_entries(session, std::move(hosts))
                                                     : update_ssh_entries(session, std::move(hosts), {}));
  return records;
}

// Managed jobs, pools and services: none exist in this version, which is said as the original says it.
void show_sections(const Invocation& given) {
  if (!given.arguments("clusters").empty()) return;
  const term::Paint paint = given.out_paint();
  const auto help = [&](std::string_view command) { return paint(term::Style::kBold, command); };
  if (given.flag("show-managed-jobs")) {
    given.print("\n" + render_title("Managed jobs", paint));
    given.print(fmt::format("No in-progress managed jobs. (See: {})", help("sky jobs -h")));
  }
  if (given.flag("show-services")) {
    given.print("\n" + render_title("Services", paint));
    given.print(fmt::format("No live services. (See: {})", help("sky serve -h")));
  }
}

auto show_table(Session& session, const std::vector<api::ClusterRecord>& records) -> Result<int> {
  const Invocation& given = session.invocation();
  const term::Paint paint = given.out_paint();
  SKY_TRY(const std::vector<std::string> infras, session.wait(session.calls().enabled_clouds()));
  given.print(render_enabled_infra(infras, paint));
  given.print(render_title("Clusters", paint));
  const std::vector<ClusterRow> rows = to_rows(records);
  if (!rows.empty()) {
    given.print(render_status_table(rows, {.verbose = given.flag("verbose"), .show_users = given.flag("all-users")},
                                    {.now = session.env().now(), .paint = paint}));
  }
  const std::vector<std::string> queried = given.arguments("clusters");
  const std::string missing = render_not_found(queried, names_of(records));
  if (!missing.empty()) given.print(missing);
  if (rows.empty() && queried.empty()) given.print("No existing clusters.");
  show_sections(given);
  const StatusHints hints{.managed_jobs_in_progress = std::nullopt,
                          .pending_autostops = count_pending_autostops(rows),
                          .refreshed = given.flag("refresh")};
  if (const std::string text = render_status_hints(hints, paint); !text.empty()) given.print("\n" + text);
  return kExitSucceeded;
}

auto status(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  SKY_TRY(const std::vector<api::ClusterRecord> records, query(session));
  if (given.text("output") == "json") {
    given.print(to_json_text(to_cli_json(records), JsonStyle::kIndented));
    return kExitSucceeded;
  }
  return asks_property(given) ? show_property(session, records) : show_table(session, records);
}

auto run_status(Invocation& invocation) -> int {
  if (asks_property(invocation)) {
    if (const Result<> checked = check_property(invocation); !checked.ok()) return report(invocation, checked.error());
  }
  return with_session(invocation, status);
}

}  // namespace

constinit const Command kStatusCommand = {
    .name = "status", .page = pages::status, .options = kOptions, .arguments = kArguments, .run = run_status};

constinit const Command kStatusKubernetesCommand = {
    .name = "status-kubernetes", .page = pages::status_kubernetes, .options = kKubernetesOptions, .hidden = true};

}  // namespace sky::cli
