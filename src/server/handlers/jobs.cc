// queue, job_status, cancel, logs: the jobs of one cluster.
#include "api/results.h"
#include "base/strings.h"
#include "server/handlers/handlers.h"
#include "server/handlers/job_lookup.h"
#include "server/views.h"

namespace sky::server {
namespace {

constexpr Duration kAskLimit = std::chrono::seconds(20);

auto handle_queue(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::QueueBody>(*context));
  const ClusterName name(body.cluster_name);
  SKY_CO_TRY(const std::vector<agent::JobView> jobs, co_await jobs_of(app, name, {}, app.deadline(kAskLimit)));
  JsonArray rows;
  const auto record = app.clusters.find(name);
  const std::string owner = record == nullptr ? std::string() : record->owner.user_id;
  for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
    if (body.skip_finished && is_terminal(job->status)) continue;
    if (!body.all_users && job->user != context->record().user_name) continue;
    rows.emplace_back(api::encode(job_view(*job, owner), api::kNativeDialect));
  }
  co_return Json(std::move(rows));
}

auto handle_job_status(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::JobStatusBody>(*context));
  std::vector<JobId> ids;
  for (const std::int64_t id : body.job_ids.value_or(std::vector<std::int64_t>())) ids.emplace_back(id);
  SKY_CO_TRY(std::vector<agent::JobView> jobs,
             co_await jobs_of(app, ClusterName(body.cluster_name), ids, app.deadline(kAskLimit)));
  api::JobStatusMap statuses;
  for (const JobId id : ids) statuses[id.value()] = std::nullopt;
  if (ids.empty() && !jobs.empty()) jobs.erase(jobs.begin(), jobs.end() - 1);
  for (const auto& job : jobs) statuses[job.id.value()] = job.status;
  co_return Json(api::encode(statuses, api::kNativeDialect));
}

// With ids: those. With --all: all of this user (--all-users: of everybody) that have not ended. Else the latest that
// runs.
auto ids_to_cancel(const api::CancelBody& body, const std::vector<agent::JobView>& jobs, std::string_view user)
    -> std::vector<JobId> {
  std::vector<JobId> ids;
  for (const std::int64_t id : body.job_ids.value_or(std::vector<std::int64_t>())) ids.emplace_back(id);
  if (!ids.empty()) return ids;
  for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
    const bool mine = body.all_users || job->user == user;
    if ((body.all || body.all_users) && mine && !is_terminal(job->status)) ids.push_back(job->id);
    const bool runs = job->status == JobStatus::kRunning || job->status == JobStatus::kSettingUp;
    if (!body.all && !body.all_users && runs) return {job->id};
  }
  return ids;
}

// The jobs that this request ends, chosen once: a replay must not cancel what runs by then.
auto chosen_jobs(App& app, ContextPtr context, api::CancelBody body, std::shared_ptr<agent::AgentSession> session)
    -> async::Task<Result<std::vector<JobId>>> {
  std::vector<JobId> ids;
  if (!context->record().memo.empty()) {
    for (const auto part : split(context->record().memo, ' ')) {
      if (const auto id = parse_int(part)) ids.emplace_back(*id);
    }
    co_return ids;
  }
  SKY_CO_TRY(const std::vector<agent::JobView> jobs, co_await session->jobs({.all = true}, app.deadline(kAskLimit)));
  ids = ids_to_cancel(body, jobs, context->record().user_name);
  std::string memo = "jobs";
  for (const JobId id : ids) memo += fmt::format(" {}", id);
  SKY_CO_CHECK(co_await app.requests.remember(context, std::move(memo)));
  co_return ids;
}

auto handle_cancel(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::CancelBody>(*context));
  const ClusterName name(body.cluster_name);
  SKY_CO_TRY(const auto session, co_await app.clusters.session(name, app.deadline(kAskLimit)));
  SKY_CO_TRY(const std::vector<JobId> ids, co_await chosen_jobs(app, context, body, session));
  std::vector<JobId> cancelled;
  if (!ids.empty()) {
    SKY_CO_TRY(cancelled, co_await session->cancel({.ids = ids}, app.deadline(kAskLimit)));
  }
  if (cancelled.empty()) {
    context->output().print("No jobs to cancel.\n");
  } else {
    std::string list;
    for (const JobId id : cancelled) list += fmt::format("{}{}", list.empty() ? "" : ", ", id);
    context->output().print(fmt::format("Cancelled job ID {}.\n", list));
  }
  co_return Json(nullptr);
}

// The value of a log request is the exit code of who follows it; the bytes are streamed by the route itself.
auto handle_logs(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::LogsBody>(*context));
  const std::optional<JobId> asked = body.job_id ? std::optional(JobId(*body.job_id)) : std::nullopt;
  SKY_CO_TRY(const FoundJob found,
             co_await find_job(app, ClusterName(body.cluster_name), asked, app.deadline(kAskLimit)));
  if (!found.job) co_return Json(kExitJobNotFound);
  if (!body.follow) co_return Json(kExitSucceeded);
  SKY_CO_TRY(const JobStatus status, co_await wait_job(app, found.cluster_hash, *found.job));
  co_return Json(exit_code_of(status));
}

auto handle_download_logs(App& app, ContextPtr context) -> async::Task<Result<Json>> {
  SKY_CO_TRY(const auto body, body_of<api::DownloadLogsBody>(*context));
  const ClusterName name(body.cluster_name);
  SKY_CO_TRY(const std::vector<agent::JobView> jobs, co_await jobs_of(app, name, {}, app.deadline(kAskLimit)));
  const auto record = app.clusters.find(name);
  if (record == nullptr) co_return cluster::cluster_not_found(name);
  JsonObject paths;
  for (const auto& job : jobs) {
    const std::string id = fmt::format("{}", job.id);
    if (body.job_ids && std::ranges::find(*body.job_ids, id) == body.job_ids->end()) continue;
    const auto caught_up = co_await app.logs.catch_up(record->hash, job.id, app.deadline(kAskLimit));
    if (!caught_up.ok()) co_return caught_up.error();
    paths[id] = app.logs.base_path(record->hash, job.id);
  }
  co_return Json(std::move(paths));
}

}  // namespace

void register_job_handlers(App& app) {
  app.requests.handle("sky.queue", [&app](ContextPtr context) { return handle_queue(app, std::move(context)); });
  app.requests.handle("sky.job_status",
                      [&app](ContextPtr context) { return handle_job_status(app, std::move(context)); });
  app.requests.handle("sky.cancel", [&app](ContextPtr context) { return handle_cancel(app, std::move(context)); });
  app.requests.handle("sky.logs", [&app](ContextPtr context) { return handle_logs(app, std::move(context)); });
  app.requests.handle("sky.download_logs",
                      [&app](ContextPtr context) { return handle_download_logs(app, std::move(context)); });
}

}  // namespace sky::server
