// status, cost_report, endpoints, check and the small lists: questions about what there is.
#include "api/results.h"
#include "base/strings.h"
#include "config/infra_names.h"
#include "server/handlers/handlers.h"
#include "server/views.h"
#include "task/values.h"
#include "term/check_report.h"

namespace sky::server {
namespace {

constexpr std::string_view kDefaultWorkspace = "default";

constexpr Duration kRefreshLimit = std::chrono::seconds(25);
constexpr Duration kCheckLimit = std::chrono::seconds(20);

auto display_name(const App& app, const std::string& infra) -> std::string_view {
  const infra::Infra* found = app.planner.find(infra);
  return found == nullptr ? std::string_view(infra) : found->display_name();
}

auto handle_status(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::StatusBody>(*context));
  std::vector<std::shared_ptr<const cluster::ClusterRecord>> records;
  if (body.cluster_names) {
    for (const auto& pattern : *body.cluster_names) {
      for (auto& one : app.clusters.match(pattern)) {
        if (std::ranges::find(records, one) == records.end()) records.push_back(std::move(one));
      }
    }
  } else {
    records = app.clusters.match("*");
  }
  if (body.refresh != api::RefreshMode::kNone) {
    for (const auto& record : records) {
      const Result<> refreshed =
          co_await async::with_deadline(app.deadline(kRefreshLimit), "the refresh", app.clusters.refresh(record->name));
      if (!refreshed.ok()) {
        context->output().print(
            fmt::format("Failed to refresh the status of '{}': {}\n", record->name, refreshed.error().message));
      }
    }
  }
  std::vector<api::ClusterRecord> views;
  for (const auto& record : records) {
    const auto current = app.clusters.find(record->name);
    if (current == nullptr) continue;
    if (!body.all_users && current->owner.user_id != context->record().user_id) continue;
    views.push_back(cluster_view(*current, display_name(app, current->placement.infra)));
  }
  std::ranges::sort(views, [](const auto& a, const auto& b) {
    return std::pair(b.launched_at, a.name) < std::pair(a.launched_at, b.name);
  });
  co_return Json(api::encode_list(views, api::kNativeDialect));
}

auto handle_cost_report(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::CostReportBody>(*context));
  const double oldest = body.days && *body.days > 0 ? app.now() - static_cast<double>(*body.days) * 86400.0 : 0;
  std::vector<api::CostRow> rows;
  for (const auto& [name, record] : app.tables.clusters) {
    if (!record->usage.empty()) rows.push_back(cost_row(*record, app.now()));
  }
  for (const auto& [hash, history] : app.tables.history) {
    if (history->ended_at >= oldest) rows.push_back(cost_row(*history));
  }
  const auto is_unwanted = [&](const api::CostRow& row) {
    const auto misses = [](const auto& filter, const std::string& value) {
      return filter && std::ranges::find(*filter, value) == filter->end();
    };
    return misses(body.cluster_hashes, row.cluster_hash) || misses(body.cluster_names, row.name);
  };
  std::erase_if(rows, is_unwanted);
  std::ranges::sort(rows, [](const auto& a, const auto& b) {
    return std::tuple(a.status.has_value() ? 0 : 1, b.launched_at, a.name) <
           std::tuple(b.status.has_value() ? 0 : 1, a.launched_at, b.name);
  });
  co_return Json(api::encode_list(rows, api::kNativeDialect));
}

// "8080" and "9000-9010" as single ports.
auto single_ports(const std::vector<std::string>& ranges) -> std::vector<int> {
  std::vector<int> ports;
  for (const auto& range : ranges) {
    const auto ends = split(range, '-');
    const auto first = parse_int(ends.front());
    const auto last = parse_int(ends.back());
    if (!first || !last) continue;
    for (auto port = *first; port <= *last; ++port) ports.push_back(static_cast<int>(port));
  }
  return ports;
}

auto handle_endpoints(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::EndpointsBody>(*context));
  const auto record = app.clusters.find(ClusterName(body.cluster));
  if (record == nullptr) {
    co_return make_error(ErrorCode::kClusterNotFound, fmt::format("Cluster '{}' not found.", body.cluster));
  }
  if (record->status != ClusterStatus::kUp) {
    co_return make_error(ErrorCode::kClusterNotUp,
                         fmt::format("Cluster '{}' is not UP (status: {}).", body.cluster, to_string(record->status)));
  }
  infra::Infra* infra = app.planner.find(record->placement.infra);
  infra::Ports* ability = infra == nullptr ? nullptr : infra->ports();
  if (ability == nullptr) {
    co_return make_error(ErrorCode::kNotSupported,
                         fmt::format("infra '{}' does not support opening ports", record->placement.infra));
  }
  std::vector<int> ports = single_ports(record->spec.ports);
  if (body.port) {
    const auto wanted = parse_int(*body.port);
    if (!wanted || std::ranges::find(ports, static_cast<int>(*wanted)) == ports.end()) {
      co_return make_error(
          ErrorCode::kInvalidArgument,
          fmt::format("Port {} not exposed yet. The cluster opened: {}.", *body.port,
                      record->spec.ports.empty() ? "none" : fmt::format("{}", fmt::join(record->spec.ports, ", "))),
          "Open it with `ports:` in the task file or `--ports` on a launch of a new cluster.");
    }
    ports = {static_cast<int>(*wanted)};
  }
  api::EndpointMap endpoints;
  for (const int port : ports) {
    SKY_CO_TRY(endpoints[port], ability->endpoint(cluster::ref_of(*record, app.state.server_id()), port));
  }
  co_return Json(api::encode(endpoints, api::kNativeDialect));
}

// The canonical names of what to check, in the order of their titles. An unknown one is an error.
// There is the default one alone.
auto check_workspace(const std::optional<std::string>& workspace) -> Result<> {
  if (!workspace || *workspace == kDefaultWorkspace) return {};
  return make_error(ErrorCode::kInvalidArgument,
                    fmt::format("Workspace '{}' not found in SkyPilot configuration. Available workspaces: {}",
                                *workspace, kDefaultWorkspace));
}

auto names_to_check(const api::CheckBody& body) -> Result<std::vector<std::string>> {
  const auto is_storage_only = [](const std::string& name) {
    return std::ranges::find(kStorageOnlyNames, name) != kStorageOnlyNames.end();
  };
  std::vector<std::string> names;
  if (body.clouds) {
    for (const auto& given : *body.clouds) {
      std::string name = to_lower(given);
      if (!is_storage_only(name)) {
        Result<std::string> canonical = parse_infra_name(given);
        if (!canonical.ok()) return make_error(ErrorCode::kInvalidArgument, canonical.error().message);
        name = *std::move(canonical);
      }
      names.push_back(std::move(name));
    }
  } else {
    names.assign(kInfraNames.begin(), kInfraNames.end());
    names.insert(names.end(), kStorageOnlyNames.begin(), kStorageOnlyNames.end());
  }
  const auto title_key = [](const std::string& name) { return to_lower(infra_title(name)); };
  std::ranges::sort(names, {}, title_key);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

auto not_available(const std::string& name) -> term::InfraCheck {
  const bool computes = canonical_infra_name(name).has_value();
  return {.name = std::string(infra_title(name)),
          .enabled_capabilities = {},
          .reasons = {{{computes ? "compute" : "storage"}, "not available in this version"}}};
}

auto check_infra(infra::Infra* infra, Deadline deadline, bool verbose) -> async::Task<term::InfraCheck> {
  term::InfraCheck report{.name = std::string(infra->display_name()), .enabled_capabilities = {}};
  const Result<infra::CheckResult> checked = co_await infra->check(deadline);
  const std::string reason = checked.ok() ? checked->reason : checked.error().message;
  const std::string hint = checked.ok() ? checked->hint : checked.error().hint;
  if (checked.ok() && checked->enabled) {
    report.enabled_capabilities = checked->capabilities;
    if (verbose && !checked->account.empty()) report.account = checked->account;
  } else {
    report.reasons.push_back({{"compute"}, reason});
  }
  if (!hint.empty()) report.hints.push_back({{"compute"}, hint});
  co_return report;
}

auto handle_check(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::CheckBody>(*context));
  SKY_CO_CHECK(check_workspace(body.workspace));
  SKY_CO_TRY(const std::vector<std::string> names, names_to_check(body));
  const term::Paint plain(false);  // the text goes to terminals and to files alike
  auto& output = context->output();
  output.print("Checking credentials to enable infra for SkyPilot.\n");
  api::CheckResult results;
  auto& enabled = results[std::string(kDefaultWorkspace)];
  std::vector<term::InfraCheck> reports;
  bool can_be_helped = false;
  for (const auto& name : names) {
    infra::Infra* infra = app.planner.find(name);
    if (infra == nullptr) {
      reports.push_back(not_available(name));
    } else {
      reports.push_back(co_await check_infra(infra, app.deadline(kCheckLimit), body.verbose));
      const auto& capabilities = reports.back().enabled_capabilities;
      if (capabilities.empty()) can_be_helped = true;
      if (!capabilities.empty()) enabled[name] = capabilities;
    }
    output.print(term::render_infra_check(reports.back(), plain) + "\n");
  }
  if (can_be_helped) output.print(term::render_check_advice(plain) + "\n");
  output.print(term::render_check_summary(reports, plain) + "\n");
  output.print(fmt::format("\nUsing SkyPilot API server: http://127.0.0.1:{}\n", app.port));
  co_return Json(api::encode(results, api::kNativeDialect));
}

auto handle_enabled_clouds(App& app) -> async::Task<Result<Json>> {
  JsonArray names;
  for (infra::Infra* infra : app.planner.infras()) {
    const Result<infra::CheckResult> checked = co_await infra->check(app.deadline(kCheckLimit));
    if (checked.ok() && checked->enabled) names.emplace_back(infra->display_name());
  }
  co_return Json(std::move(names));
}

auto handle_cluster_events(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::ClusterEventsBody>(*context));
  std::string hash = body.cluster_hash.value_or("");
  if (hash.empty() && body.cluster_name) {
    const auto record = app.clusters.find(ClusterName(*body.cluster_name));
    if (record == nullptr) co_return cluster::cluster_not_found(ClusterName(*body.cluster_name));
    hash = record->hash;
  }
  // Events are changes of status here; there are none of other types.
  const std::vector<std::string_view> types = split(body.event_type, ',');
  if (std::ranges::find(types, "STATUS_CHANGE") == types.end()) co_return Json(JsonArray());
  journal::EventQuery query{.subject = "cluster/" + hash};
  if (body.limit) query.count_max = static_cast<size_t>(std::max<std::int64_t>(0, *body.limit));
  SKY_CO_TRY(const std::vector<journal::EventRow> rows, co_await app.journal.events(std::move(query)));
  JsonArray events;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    if (body.include_timestamps) {
      events.emplace_back(JsonObject{{"reason", row->text}, {"transitioned_at", to_epoch_seconds(row->at)}});
    } else {
      events.emplace_back(row->text);
    }
  }
  co_return Json(std::move(events));
}

auto answer(Json value) -> async::Task<Result<Json>> {
  co_return std::move(value);
}

auto refuse(Error error) -> async::Task<Result<Json>> {
  co_return error;
}

auto no_such_storage(ContextPtr context) -> async::Task<Result<Json>> {
  auto body = body_of<api::StorageBody>(*context);
  if (!body.ok()) return refuse(std::move(body).error());
  return refuse(make_error(ErrorCode::kNotFound, fmt::format("Storage name '{}' not found.", body->name)));
}

auto no_such_volume(ContextPtr context) -> async::Task<Result<Json>> {
  auto body = body_of<api::VolumeDeleteBody>(*context);
  if (!body.ok()) return refuse(std::move(body).error());
  return refuse(make_error(ErrorCode::kNotFound, fmt::format("Volume {} not found.", fmt::join(body->names, ", "))));
}

}  // namespace

void register_query_handlers(App& app) {
  auto& requests = app.requests;
  requests.handle("sky.status", [&app](ContextPtr context) { return handle_status(app, std::move(context)); });
  requests.handle("sky.cost_report",
                  [&app](ContextPtr context) { return handle_cost_report(app, std::move(context)); });
  requests.handle("sky.endpoints", [&app](ContextPtr context) { return handle_endpoints(app, std::move(context)); });
  requests.handle("sky.check", [&app](ContextPtr context) { return handle_check(app, std::move(context)); });
  requests.handle("sky.cluster_events",
                  [&app](ContextPtr context) { return handle_cluster_events(app, std::move(context)); });
  requests.handle("sky.enabled_clouds", [&app](ContextPtr) { return handle_enabled_clouds(app); });
  requests.handle("sky.workspaces.get",
                  [](ContextPtr) { return answer(JsonObject{{kDefaultWorkspace, JsonObject()}}); });
  // Buckets, volumes, managed jobs and services do not exist yet, so there are none.
  for (const char* name : {"sky.storage_ls", "sky.volume_list", "sky.jobs.pool_status", "sky.serve.status"}) {
    requests.handle(name, [](ContextPtr) { return answer(JsonArray()); });
  }
  requests.handle("sky.jobs.queue_v2", [](ContextPtr) {
    return answer(
        JsonObject{{"jobs", JsonArray()}, {"total", 0}, {"total_no_filter", 0}, {"status_counts", JsonObject()}});
  });
  requests.handle("sky.storage_delete", no_such_storage);
  requests.handle("sky.volume_delete", no_such_volume);
}

void register_handlers(App& app) {
  register_launch_handlers(app);
  register_lifecycle_handlers(app);
  register_query_handlers(app);
  register_job_handlers(app);
  register_hook_handlers(app);
  register_node_pool_handlers(app);
  register_request_handlers(app);
}

}  // namespace sky::server
