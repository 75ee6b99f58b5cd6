// launch and exec: a task onto a cluster.
#include <algorithm>

#include "agent/client/sync.h"
#include "api/results.h"
#include "base/log.h"
#include "base/strings.h"
#include "server/admin_policy.h"
#include "server/handlers/handlers.h"
#include "server/task_plan.h"
#include "server/views.h"
#include "task/emit.h"
#include "task/validate.h"

namespace sky::server {
namespace {

constexpr Duration kPlanLimit = std::chrono::seconds(30);
constexpr Duration kSyncLimit = std::chrono::hours(6);
constexpr Duration kSubmitLimit = std::chrono::minutes(2);
constexpr int kAutostopRetriesMax = 3;

// A launch without a name gets one that a replay finds again.
auto cluster_name_of(const std::string& asked, const requests::Context& context) -> Result<ClusterName> {
  if (!asked.empty()) return parse_cluster_name(asked);
  std::string user;
  for (const char c : context.record().user_name) {
    if (is_alnum(c) || c == '-') user += ascii_lower(c);
  }
  return parse_cluster_name(fmt::format("sky-{}-{}", context.id().str().substr(0, 4), user.empty() ? "user" : user));
}

auto actor_of(const requests::Context& context) -> cluster::Actor {
  const auto& record = context.record();
  return {.user_id = record.user_id, .user_name = record.user_name, .command = record.command};
}

// The cluster's hash derives from the request that made it, so that a replayed launch makes the same cluster.
auto hash_of(const RequestId& id) -> std::string {
  std::string hash;
  for (const char c : id.str()) {
    if (c != '-' && hash.size() < 16) hash += c;
  }
  return hash;
}

// Prints each stage of a launch once, in its order, whatever states are skipped.
class LaunchProgress {
 public:
  LaunchProgress(requests::Output& output, const planner::Planner& planner) : output_(output), planner_(planner) {}

  void operator()(const cluster::ClusterRecord& record) {
    if (stage_ < 1 && !record.placement.infra.empty() && record.status != ClusterStatus::kUp) {
      stage_ = 1;
      const infra::Infra* infra = planner_.find(record.placement.infra);
      const std::string& region = record.placement.region;
      output_.print(fmt::format("⚙︎ Launching on {}{}.\n", infra != nullptr ? infra->display_name() : "?",
                                region.empty() ? "" : " " + region));
      output_.status("Launching");
    }
    if (stage_ == 1 && !record.nodes.empty()) {
      stage_ = 2;
      output_.status("");
      output_.print(fmt::format("└── {}\n", record.nodes.size() == 1 ? "Instance is up." : "Instances are up."));
      output_.status("Starting the agents");
    }
    if (stage_ == 2 && record.status == ClusterStatus::kUp) {
      stage_ = 3;
      output_.status("");
      output_.print(
          fmt::format("✓ Cluster launched: {}.  View logs: sky logs --provision {}\n", record.name, record.name));
    }
  }

 private:
  requests::Output& output_;
  const planner::Planner& planner_;
  int stage_ = 0;
};

auto progress_of(App& app, const ContextPtr& context) -> cluster::ClusterManager::Progress {
  auto progress = std::make_shared<LaunchProgress>(context->output(), app.planner);
  return [progress](const cluster::ClusterRecord& record) { (*progress)(record); };
}

auto make_plan(App& app, planner::Demand demand) -> async::Task<Result<planner::Plan>> {
  return app.planner.plan(std::move(demand), {}, app.deadline(kPlanLimit));
}

auto print_plan(App& app, ContextPtr context, planner::Demand demand) -> async::Task<Result<planner::Plan>> {
  SKY_CO_TRY(planner::Plan plan, co_await make_plan(app, std::move(demand)));
  context->output().print(planner::render(plan, app.planner));
  co_return plan;
}

// What the infra wants the user to know before the launch, e.g. that the machine is over-committed.
void print_remarks(App& app, requests::Output& output, const planner::Plan& plan, const ClusterName& name) {
  const infra::Placement& placement = plan.chosen().placement;
  const infra::Infra* infra = app.planner.find(placement.infra);
  if (infra == nullptr) return;
  const infra::LaunchRequest request{.server = app.state.server_id(),
                                     .cluster = name,
                                     .cluster_hash = {},
                                     .node_count = plan.demand.node_count,
                                     .shape = plan.demand.shape,
                                     .placement = placement,
                                     .ports = plan.demand.ports,
                                     .taken = cluster::taken_nodes(app.tables, placement.infra, {})};
  for (const std::string& line : infra->remarks(request)) output.print(line + "\n");
}

// All of the task's files onto all nodes. Prints what was done.
auto sync_files(App& app, ContextPtr context, cluster::ClusterRecord record, std::vector<FileSync> syncs)
    -> async::Task<Result<>> {
  if (syncs.empty()) co_return Result<>();
  infra::Infra* infra = app.planner.find(record.placement.infra);
  SKY_ASSERT(infra != nullptr);
  context->output().print("⚙︎ Syncing files.\n");
  context->output().status("Syncing files");
  bool mounts = false;
  for (const FileSync& one : syncs) {
    SKY_CO_TRY(const std::shared_ptr<const files::Snapshot> snapshot,
               co_await app.snapshots.open(context->id().str(), one.source));
    for (const std::string& note : snapshot->notes) context->output().print(note + "\n");
    agent::SyncRequest request{.tree = files::tree_of(snapshot, app.snapshots.blobs()), .target = one.target};
    SKY_CO_TRY(const agent::SyncCounts counts,
               co_await agent::sync_files(*infra, cluster::ref_of(record, app.state.server_id()), std::move(request),
                                          app.deadline(kSyncLimit)));
    if (!counts.notes.empty()) {
      co_return make_error(ErrorCode::kDataCorrupt,
                           fmt::format("the copy of '{}' is damaged: {}", one.source, counts.notes.front()),
                           "Run the command again.");
    }
    log_debug("launch", "{}: {} files, {} bytes", one.target, counts.file_count, counts.sent_bytes);
    if (one.is_workdir) context->output().print("✓ Synced workdir.\n");
    mounts = mounts || !one.is_workdir;
  }
  context->output().status("");
  if (mounts) context->output().print("✓ Synced file_mounts.\n");
  co_return Result<>();
}

auto submit_job(App& app, ContextPtr context, ClusterName name, agent::JobSpec spec)
    -> async::Task<Result<std::int64_t>> {
  const bool with_setup = !spec.setup.empty();
  SKY_CO_TRY(const auto session, co_await app.clusters.session(name, app.deadline(kSubmitLimit)));
  SKY_CO_TRY(const JobId job,
             co_await session->submit(context->id().str(), std::move(spec), app.deadline(kSubmitLimit)));
  if (with_setup) context->output().print("✓ Setup detached.\n");
  context->output().print(fmt::format("⚙︎ Job submitted, ID: {}\n", job));
  co_return job.value();
}

auto result_json(const cluster::ClusterRecord& record, std::optional<std::int64_t> job) -> Json {
  const api::LaunchResult result{
      .job_id = job, .handle = handle_of(record), .cluster_hash = record.hash, .credentials = credentials_of(record)};
  return api::encode(result, api::kNativeDialect);
}

// The cluster that was autostopping when the launch came: says so while it waits.
auto wait_autostop(App& app, ContextPtr context, ClusterName name) -> async::Task<Result<>> {
  auto record = app.clusters.find(name);
  if (record == nullptr || record->status != ClusterStatus::kAutostopping) co_return Result<>();
  context->output().status(fmt::format("Waiting for autostop to complete on '{}'", name));
  SKY_CO_CHECK(co_await app.clusters.wait_autostop(name));
  context->output().status("");
  record = app.clusters.find(name);
  context->output().print(fmt::format("Autostop completed. Cluster status: {}\n",
                                      record == nullptr ? "TERMINATED" : to_string(record->status)));
  co_return Result<>();
}

// exec syncs the workdir alone.
auto workdir_of(const Task& task) -> Result<std::vector<FileSync>> {
  SKY_TRY(std::vector<FileSync> syncs, file_syncs_of(task));
  std::erase_if(syncs, [](const FileSync& one) { return !one.is_workdir; });
  return syncs;
}

struct LaunchPlan {
  Task task;
  ClusterName name;
  planner::Demand demand;
  std::vector<FileSync> syncs;
};

auto read_launch(const api::LaunchBody& body, const requests::Context& context) -> Result<LaunchPlan> {
  LaunchPlan plan;
  SKY_TRY(plan.task, single_task(body.task));
  SKY_TRY(plan.name, cluster_name_of(body.cluster_name, context));
  if (body.clone_disk_from) {
    return make_error(ErrorCode::kNotSupported, "--clone-disk-from is not available in this version of sky");
  }
  SKY_CHECK(validate_task(plan.task));
  SKY_TRY(plan.demand, demand_of(plan.task));
  SKY_TRY(plan.syncs, file_syncs_of(plan.task));
  return plan;
}

// The plan is shown once, whatever happens to the server: a replay shows what it remembers.
auto show_plan(App& app, ContextPtr context, LaunchPlan* plan, bool quiet) -> async::Task<Result<>> {
  SKY_CO_TRY(const planner::Plan chosen, co_await app.planner.plan(plan->demand, {}, app.deadline(kPlanLimit)));
  // What the cluster really gets: the infra fills in what the task leaves open.
  plan->demand.shape = chosen.chosen().shape;
  if (!context->record().memo.empty()) co_return Result<>();
  SKY_CO_CHECK(co_await app.requests.remember(context, quiet ? " " : planner::render(chosen, app.planner)));
  print_remarks(app, context->output(), chosen, plan->name);
  co_return Result<>();
}

auto want_up_of(const LaunchPlan& plan, const requests::Context& context) -> cluster::WantUp {
  return {.request = context.id().str(),
          .name = plan.name,
          .hash = hash_of(context.id()),
          .spec = plan.demand,
          .actor = actor_of(context),
          .creation_yaml = task_to_yaml(plan.task, SecretsShown::kRedacted),
          .config_hash = config_hash_of(plan.task),
          .now = context.record().created_at};
}

// Cluster, files, autostop, job: each step is idempotent, so all of it may run again.
auto run_launch(App& app, ContextPtr context, api::LaunchBody body, LaunchPlan plan) -> async::Task<Result<Json>> {
  SKY_CO_CHECK(co_await wait_autostop(app, context, plan.name));
  const auto existing = app.clusters.find(plan.name);
  const bool is_new = existing == nullptr || existing->nodes.empty();
  if (body.dryrun || is_new) SKY_CO_CHECK(co_await show_plan(app, context, &plan, body.quiet_optimizer));
  if (context->record().memo.size() > 1) context->output().print(context->record().memo);
  if (body.dryrun) {
    context->output().print("Dryrun finished.\n");
    co_return Json(JsonObject{{"job_id", nullptr}, {"handle", nullptr}});
  }
  cluster::WantUp want = want_up_of(plan, *context);
  const bool unchanged = body.fast && existing != nullptr && existing->status == ClusterStatus::kUp &&
                         existing->config_hash == want.config_hash;
  SKY_CO_TRY(const cluster::ClusterRecord record,
             co_await bring_up(app, context, std::move(want), body.retry_until_up, progress_of(app, context)));
  SKY_CO_CHECK(co_await sync_files(app, context, record, plan.syncs));
  const std::optional<std::string> wait_for =
      body.wait_for ? std::optional<std::string>(api::to_string(*body.wait_for)) : std::nullopt;
  const AutostopFlags flags{.idle_minutes = body.idle_minutes_to_autostop, .down = body.down, .wait_for = wait_for};
  if (auto autostop = autostop_of(plan.task, flags)) {
    SKY_CO_CHECK(co_await app.clusters.set_autostop(plan.name, std::move(*autostop)));
  }
  agent::JobSpec spec = job_spec_of(plan.task, {.cluster = record,
                                                .user_name = context->record().user_name,
                                                .submitted_at = context->record().created_at,
                                                .with_setup = !body.no_setup && !unchanged});
  if (spec.setup.empty() && spec.run.empty()) co_return result_json(record, std::nullopt);
  SKY_CO_TRY(const std::int64_t job, co_await submit_job(app, context, plan.name, std::move(spec)));
  co_return result_json(record, job);
}

auto policy_request(const requests::Context& context, std::string_view name) -> PolicyRequest {
  return {.task_yaml = {},
          .config = {},
          .request_name = std::string(name),
          .cluster_name = context.record().cluster_name,
          .user_id = context.record().user_id,
          .user_name = context.record().user_name};
}

auto handle_launch(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(auto body, body_of<api::LaunchBody>(*context));
  PolicyRequest asked = policy_request(*context, "cluster.launch");
  asked.idle_minutes = body.idle_minutes_to_autostop;
  asked.down = body.down;
  asked.dryrun = body.dryrun;
  SKY_CO_TRY(body.task, co_await use_policy(app, std::move(asked), body.task, body.override_skypilot_config));
  SKY_CO_TRY(const LaunchPlan plan, read_launch(body, *context));
  for (int tries = 1;; ++tries) {
    Result<Json> outcome = co_await run_launch(app, context, body, plan);
    if (outcome.ok()) co_return outcome;
    if (app.requests.cancel_requested(context->id())) {
      SKY_CO_CHECK(co_await async::shield(app.clusters.give_up(plan.name, context->id().str())));
      co_return outcome;
    }
    // Autostop fired while the files were synced: wait for it, then start the cluster again.
    if (outcome.error().code != ErrorCode::kClusterNotUp || tries >= kAutostopRetriesMax) co_return outcome;
  }
}

auto handle_exec(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(auto body, body_of<api::ExecBody>(*context));
  PolicyRequest asked = policy_request(*context, "cluster.exec");
  asked.dryrun = body.dryrun;
  SKY_CO_TRY(body.task, co_await use_policy(app, std::move(asked), body.task, body.override_skypilot_config));
  SKY_CO_TRY(Task task, single_task(body.task));
  SKY_CO_CHECK(validate_task(task));
  const ClusterName name(body.cluster_name);
  auto record = app.clusters.find(name);
  if (record == nullptr) co_return cluster::cluster_not_found(name);
  if (record->status == ClusterStatus::kAutostopping) {
    co_return make_error(
        ErrorCode::kClusterNotUp,
        fmt::format("Cannot execute on cluster '{}': cluster is autostopping. Please wait for autostop "
                    "to complete, then use `sky start {}` to restart.",
                    name, name));
  }
  SKY_CO_TRY(const planner::Demand demand, demand_of(task));
  planner::Demand wanted = demand;
  // exec takes CPUs and memory as they are.
  wanted.cpus_text.clear();
  wanted.shape.memory_gib = 0;
  SKY_CO_CHECK(cluster::fits(*record, wanted));
  SKY_CO_TRY(std::vector<FileSync> syncs, workdir_of(task));
  SKY_CO_TRY(const auto session, co_await app.clusters.session(name, app.deadline(kSubmitLimit)));
  static_cast<void>(session);
  if (body.dryrun) co_return Json(JsonObject{{"job_id", nullptr}, {"handle", nullptr}});
  const cluster::ClusterRecord cluster = *record;
  SKY_CO_CHECK(co_await sync_files(app, context, cluster, std::move(syncs)));
  agent::JobSpec spec = job_spec_of(task, {.cluster = cluster,
                                           .user_name = context->record().user_name,
                                           .submitted_at = context->record().created_at,
                                           .with_setup = false,
                                           .planned = false});
  if (spec.run.empty()) co_return result_json(cluster, std::nullopt);
  SKY_CO_TRY(const std::int64_t job, co_await submit_job(app, context, name, std::move(spec)));
  co_return result_json(cluster, job);
}

auto handle_optimize(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(auto body, body_of<api::OptimizeBody>(*context));
  PolicyRequest asked = policy_request(*context, "optimize");
  SKY_CO_TRY(body.dag, co_await use_policy(app, std::move(asked), body.dag, body.override_skypilot_config));
  SKY_CO_TRY(const Task task, single_task(body.dag));
  SKY_CO_TRY(planner::Demand demand, demand_of(task));
  SKY_CO_TRY(const planner::Plan plan, co_await print_plan(app, context, std::move(demand)));
  static_cast<void>(plan);
  co_return Json(nullptr);
}

auto handle_validate(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(auto body, body_of<api::ValidateBody>(*context));
  PolicyRequest asked = policy_request(*context, "validate");
  SKY_CO_TRY(body.dag, co_await use_policy(app, std::move(asked), body.dag, body.override_skypilot_config));
  SKY_CO_TRY(const Task task, single_task(body.dag));
  SKY_CO_CHECK(validate_task(task));
  co_return Json(nullptr);
}

// What a request will sync; nothing when it is none of ours or wrong: its handler says what is.
auto files_of(const requests::RequestRecord& record) -> std::vector<FileSync> {
  const bool exec = record.name == "sky.exec";
  if (record.name != "sky.launch" && !exec) return {};
  const auto json = parse_json(record.body);
  if (!json.ok()) return {};
  const auto body = api::decode_body<api::ExecBody>(*json);
  if (!body.ok() || body->dryrun) return {};
  const auto task = single_task(body->task);
  if (!task.ok()) return {};
  return exec ? workdir_of(*task).value_or(std::vector<FileSync>())
              : file_syncs_of(*task).value_or(std::vector<FileSync>());
}

}  // namespace

auto take_files(App& app, requests::RequestRecord record) -> async::Task<Result<>> {
  std::vector<files::SnapshotSource> sources;
  for (FileSync& one : files_of(record)) {
    const auto same = [&](const auto& known) { return known.path == one.source; };
    if (std::ranges::none_of(sources, same)) sources.push_back({.path = std::move(one.source)});
  }
  if (sources.empty()) co_return Result<>();
  co_return co_await app.snapshots.take(record.id.str(), std::move(sources));
}

void register_launch_handlers(App& app) {
  app.requests.handle("sky.launch", [&app](ContextPtr context) { return handle_launch(app, std::move(context)); });
  app.requests.handle("sky.exec", [&app](ContextPtr context) { return handle_exec(app, std::move(context)); });
  app.requests.handle("sky.optimize", [&app](ContextPtr context) { return handle_optimize(app, std::move(context)); });
  app.requests.handle("sky.validate", [&app](ContextPtr context) { return handle_validate(app, std::move(context)); });
}

}  // namespace sky::server
