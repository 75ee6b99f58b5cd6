#include "server/handlers/job_lookup.h"

#include <algorithm>

#include "server/job_stream.h"

namespace sky::server {
namespace {

auto known_jobs(const App& app, const std::string& hash) -> Result<std::vector<agent::JobView>> {
  std::vector<agent::JobView> jobs;
  const std::string prefix = hash + "/";
  const auto& table = app.tables.jobs;
  for (auto row = table.lower_bound(prefix); row != table.end() && row->first.starts_with(prefix); ++row) {
    SKY_TRY(const Json json, parse_json(row->second->view));
    SKY_TRY(agent::JobView view, agent::job_view_from_json(json));
    jobs.push_back(std::move(view));
  }
  return jobs;
}

}  // namespace

auto jobs_of(App& app, ClusterName cluster, std::vector<JobId> ids, Deadline deadline)
    -> async::Task<Result<std::vector<agent::JobView>>> {
  const auto record = app.clusters.find(cluster);
  if (record == nullptr) co_return cluster::cluster_not_found(cluster);
  if (record->status == ClusterStatus::kStopped) {
    co_return make_error(ErrorCode::kClusterNotUp, fmt::format("Cluster '{}' is stopped (status: STOPPED).", cluster),
                         fmt::format("To start it: sky start {}", cluster));
  }
  std::vector<agent::JobView> jobs;
  auto session = app.clusters.session_now(cluster);
  if (session.ok()) {
    const std::shared_ptr<agent::AgentSession> head = *session;
    auto answer = co_await head->jobs({.ids = ids, .all = ids.empty()}, deadline);
    const bool silent = !answer.ok() && (answer.error().code == ErrorCode::kUnavailable ||
                                         answer.error().code == ErrorCode::kDeadlineExceeded);
    if (!silent) co_return answer;
  }
  SKY_CO_TRY(jobs, known_jobs(app, record->hash));
  std::erase_if(jobs, [&](const auto& job) { return !ids.empty() && std::ranges::find(ids, job.id) == ids.end(); });
  co_return jobs;
}

auto find_job(App& app, ClusterName cluster, std::optional<JobId> asked, Deadline deadline)
    -> async::Task<Result<FoundJob>> {
  const auto record = app.clusters.find(cluster);
  if (record == nullptr) co_return cluster::cluster_not_found(cluster);
  std::vector<JobId> ids;
  if (asked) ids.push_back(*asked);
  std::vector<agent::JobView> jobs;
  if (record->status == ClusterStatus::kStopped) {
    // The output outlives the nodes.
    SKY_CO_TRY(jobs, known_jobs(app, record->hash));
    if (asked) std::erase_if(jobs, [&](const auto& job) { return job.id != *asked; });
  } else {
    SKY_CO_TRY(jobs, co_await jobs_of(app, cluster, ids, deadline));
  }
  FoundJob found{.cluster_hash = record->hash, .job = std::nullopt};
  if (!jobs.empty()) {
    found.job = jobs.back().id;
    found.num_nodes = jobs.back().num_nodes;
  }
  co_return found;
}

auto wait_job(App& app, std::string cluster_hash, JobId job) -> async::Task<Result<JobStatus>> {
  const std::string key = cluster::job_key(cluster_hash, job);
  for (;;) {
    const cluster::KnownJob* known = app.tables.jobs.find(key);
    if (known != nullptr && is_terminal(known->status)) co_return known->status;
    if (!app.clusters.exists(cluster_hash)) {
      const auto end = app.logs.end_of(cluster_hash, job);
      if (end && end->exit_status) co_return status_of_copy(*end->exit_status, std::nullopt);
      co_return make_error(ErrorCode::kClusterNotFound, "The cluster was terminated before the job ended.");
    }
    SKY_CO_CHECK(co_await app.clusters.wait_job_change());
  }
}

auto followed_job(App& app, std::string cluster_hash, JobId job, std::optional<logs::StreamEnd> end)
    -> async::Task<Result<JobStatus>> {
  if (!end || !end->exit_status) co_return co_await wait_job(app, cluster_hash, job);
  const cluster::KnownJob* known = app.tables.jobs.find(cluster::job_key(cluster_hash, job));
  co_return status_of_copy(*end->exit_status, known == nullptr ? std::nullopt : std::optional(known->status));
}

}  // namespace sky::server
