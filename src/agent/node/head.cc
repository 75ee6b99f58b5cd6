#include "agent/node/head.h"

#include "base/log.h"

namespace sky::agent {

using async::Task;

namespace {

// A full disk, or a store that is busy: outcomes are kept and written as soon as it can be.
constexpr Duration kCommitRetry = std::chrono::seconds(1);
// A node that is ready and still could not be asked; it may also not know the rank yet.
constexpr Duration kAskRetry = std::chrono::milliseconds(50);

auto secrets_to_text(const std::map<std::string, Secret>& secrets) -> std::string {
  JsonObject object;
  for (const auto& [name, value] : secrets) object[name] = value.reveal();
  return to_json_text(object);
}

auto rank_pending(const Job& job, const RankKey& key) -> bool {
  return phase_of(job) == key.phase && !exits_of(job, key.phase)[static_cast<size_t>(key.rank)];
}

}  // namespace

Head::Head(async::Loop& loop, HeadOptions options, std::unique_ptr<journal::Store> store)
    : loop_(loop),
      options_(std::move(options)),
      nodes_(options_.nodes.size()),
      silent_why_(options_.nodes.size()),
      store_(loop, std::move(store), nodes_, options_.on_lost),
      logs_(loop, options_.home, options_.merging_dir,
            [this](int node) -> Node& { return *options_.nodes[static_cast<size_t>(node)]; }),
      active_last_(loop.now()),
      tasks_(loop) {}

auto Head::open(Start start) -> Task<Result<>> {
  store_.on_job_change([this](const Job& job) { on_job_change(job); });
  SKY_CO_CHECK(co_await store_.open());
  const std::string fired_boot = store_.autostop().boot_id;
  const bool booted = !fired_boot.empty() && fired_boot != options_.boot_id;
  if (start == Start::kAfterStop || booted) SKY_CO_CHECK(co_await store_.rearm_autostop());
  SKY_CO_TRY(const std::vector<JobId> unfinished, logs_.unfinished());
  for (const JobId id : unfinished) {
    const std::shared_ptr<const Job> job = store_.find(id);
    if (job == nullptr) continue;
    logs_.resume(job);
    if (is_terminal(job->status)) logs_.finish(job);
  }
  touch();
  tasks_.spawn("drive", drive_loop());
  dirty_.set();
  co_return Result<>();
}

auto Head::stop() -> Task<> {
  events_.close();
  co_await tasks_.stop();
  co_await logs_.stop();
  co_await store_.stop();
}

// ---- Nodes ---------------------------------------------------------------------------------------------------------

void Head::set_ready(int node, const NodeFacts& facts) {
  const auto index = static_cast<size_t>(node);
  nodes_[index] = {.capacity = {.cpus = facts.cpus, .gpus = facts.gpus, .ready = true},
                   .identity = {.address = facts.address, .boot_id = facts.boot_id},
                   .known = true};
  const bool was_silent = !silent_why_[index].empty();
  silent_why_[index].clear();
  if (was_silent) events_.publish({.kind = Event::Kind::kNodeBack, .node = node});
  changed_.notify_all();
  dirty_.set();
}

void Head::set_silent(int node, std::string why) {
  const auto index = static_cast<size_t>(node);
  nodes_[index].capacity.ready = false;
  const bool news = silent_why_[index].empty();
  silent_why_[index] = std::move(why);
  log_warning("head", "node {} is silent: {}", node, silent_why_[index]);
  if (news) events_.publish({.kind = Event::Kind::kNodeSilent, .node = node, .text = silent_why_[index]});
}

auto Head::standing_events() const -> std::vector<Event> {
  std::vector<Event> events;
  for (size_t node = 0; node < nodes_.size(); ++node) {
    if (silent_why_[node].empty()) continue;
    events.push_back({.kind = Event::Kind::kNodeSilent, .node = static_cast<int>(node), .text = silent_why_[node]});
  }
  return events;
}

auto Head::node_lost(int node) -> Task<Result<>> {
  std::vector<JobId> ids;
  for (const Job* job : store_.active()) {
    if (phase_of(*job)) ids.push_back(job->id);
  }
  for (const JobId id : ids) {
    const Result<> changed = co_await store_.change(id, NodeLost{node, to_epoch_seconds(loop_.wall_now())});
    if (!changed.ok() && changed.error().code != ErrorCode::kConflict) co_return changed.error();
  }
  co_return Result<>();
}

// ---- Jobs ----------------------------------------------------------------------------------------------------------

auto Head::submit(SubmitRequest request) -> Task<Result<JobId>> {
  std::string sealed;
  if (!request.spec.secrets.empty()) sealed = options_.sealer->seal(secrets_to_text(request.spec.secrets));
  touch();
  co_return co_await store_.submit(std::move(request.key), std::move(request.spec), std::move(sealed));
}

auto Head::jobs(const JobsRequest& request) const -> std::vector<JobView> {
  std::vector<JobView> views;
  if (request.all) {
    const auto all = store_.all();
    const size_t skip = all.size() - std::min(all.size(), kJobsReplyMax);
    for (size_t i = skip; i < all.size(); ++i) views.push_back(view_of(*all[i]));
    return views;
  }
  for (const JobId id : request.ids) {
    if (const std::shared_ptr<const Job> job = store_.find(id)) views.push_back(view_of(*job));
  }
  return views;
}

auto Head::find(JobId id) const -> Result<std::shared_ptr<const Job>> {
  std::shared_ptr<const Job> job = store_.find(id);
  if (job == nullptr) return make_error(ErrorCode::kJobNotFound, fmt::format("Job {} not found", id));
  return job;
}

auto Head::cancel_one(JobId id) -> Task<Result<bool>> {
  const Result<> changed = co_await store_.change(id, CancelRequested{to_epoch_seconds(loop_.wall_now())});
  if (changed.ok()) co_return true;
  const ErrorCode code = changed.error().code;
  if (code == ErrorCode::kConflict || code == ErrorCode::kJobNotFound) co_return false;
  co_return changed.error();
}

auto Head::cancel(JobsRequest request) -> Task<Result<std::vector<JobId>>> {
  std::vector<JobId> ids = std::move(request.ids);
  if (request.all) {
    ids.clear();
    for (const Job* job : store_.active()) ids.push_back(job->id);
  }
  // The youngest first, so that a freed slot is not given to one that is about to be cancelled.
  std::sort(ids.begin(), ids.end(), std::greater<>());
  std::vector<Task<Result<bool>>> tasks;
  for (const JobId id : ids) tasks.push_back(cancel_one(id));
  const std::vector<Result<bool>> results = co_await async::all(std::move(tasks));
  std::vector<JobId> cancelled;
  for (size_t i = ids.size(); i > 0; --i) {
    if (!results[i - 1].ok()) co_return results[i - 1].error();
    if (*results[i - 1]) cancelled.push_back(ids[i - 1]);
  }
  co_return cancelled;
}

auto Head::wait_ended(JobId id) -> Task<Result<JobStatus>> {
  for (;;) {
    SKY_CO_TRY(const std::shared_ptr<const Job> job, find(id));
    if (is_terminal(job->status)) co_return job->status;
    SKY_CO_CHECK(co_await changed_.wait());
  }
}

void Head::on_job_change(const Job& job) {
  events_.publish({.kind = Event::Kind::kJob, .job = view_of(job)});
  if (is_terminal(job.status)) {
    touch();
    logs_.finish(store_.find(job.id));
    end_leftovers(job);
  }
  changed_.notify_all();
  dirty_.set();
}

void Head::end_leftovers(const Job& job) {
  for (size_t rank = 0; rank < job.setup.size(); ++rank) {
    const auto& exit = job.setup[rank];
    if (!exit || !exit->left_running) continue;
    const RankKey key{job.id, job.attempt, Phase::kSetup, static_cast<int>(rank)};
    tasks_.spawn("leftovers", end_left_running(key, key.rank));
  }
}

// ---- Driving -------------------------------------------------------------------------------------------------------

auto Head::drive_loop() -> Task<Result<>> {
  for (;;) {
    SKY_CO_CHECK(co_await dirty_.wait());
    dirty_.reset();
    drive();
  }
}

void Head::drive() {
  std::vector<NodeCapacity> capacities;
  for (const ClusterNode& node : nodes_) capacities.push_back(node.capacity);
  bool dispatchable = false;
  for (const Action& action : decide(store_.next(), capacities)) {
    if (const auto* run = std::get_if<RunRank>(&action)) {
      if (ranks_.try_emplace(run->key).second) tasks_.spawn("rank", run_rank(run->key, run->node));
    } else if (const auto* kill = std::get_if<KillRank>(&action)) {
      Rank& rank = ranks_[kill->key];
      if (rank.kill != Kill::kNone) continue;
      rank.kill = Kill::kAsking;
      tasks_.spawn("kill", kill_rank(kill->key, kill->node));
    } else {
      dispatchable = true;
    }
  }
  if (dispatchable && !std::exchange(scheduling_, true)) tasks_.spawn("schedule", schedule_now());
}

auto Head::schedule_now() -> Task<Result<>> {
  const Result<> scheduled = co_await store_.schedule();
  scheduling_ = false;
  if (scheduled.ok() || scheduled.error().code == ErrorCode::kCancelled) co_return scheduled;
  log_warning("head", "cannot dispatch: {}", to_string(scheduled.error()));
  SKY_CO_CHECK(co_await async::sleep_for(kCommitRetry));
  dirty_.set();
  co_return Result<>();
}

auto Head::run_rank(RankKey key, int node) -> Task<Result<>> {
  for (;;) {
    SKY_CO_TRY(const bool pending, co_await wait_for_node(key, node));
    if (!pending) break;
    SKY_CO_TRY(const std::shared_ptr<const Job> job, find(key.job));
    Result<RankExit> exit = co_await run_rank_once(job, key, node);
    if (exit.ok()) {
      SKY_CO_CHECK(co_await record_exit(key, std::move(*exit)));
      break;
    }
    if (exit.error().code == ErrorCode::kCancelled) co_return exit.error();
    log_warning("head", "rank {}: {}", to_string(key), to_string(exit.error()));
    // The node may have forgotten a request to end the rank.
    Rank& rank = ranks_[key];
    if (rank.kill == Kill::kTaken) rank.kill = Kill::kNone;
    dirty_.set();
    SKY_CO_CHECK(co_await async::sleep_for(kAskRetry));
  }
  ranks_.erase(key);
  co_return Result<>();
}

// True once the node can be asked; false when the rank is no longer to be run.
auto Head::wait_for_node(RankKey key, int node) -> Task<Result<bool>> {
  for (;;) {
    SKY_CO_TRY(const std::shared_ptr<const Job> job, find(key.job));
    if (!rank_pending(*job, key)) co_return false;
    if (nodes_[static_cast<size_t>(node)].capacity.ready) co_return true;
    SKY_CO_CHECK(co_await changed_.wait());
  }
}

auto Head::run_rank_once(std::shared_ptr<const Job> job, RankKey key, int node) -> Task<Result<RankExit>> {
  const Result<std::map<std::string, Secret>> secrets = unseal(*job);
  if (!secrets.ok()) co_return RankExit{.code = {}, .detail = secrets.error().message};
  RankSpec spec = rank_spec(*job, options_.cluster, key, *secrets);
  Node::OnStarted on_started = [this, job, key](int pid) { logs_.start_rank(job, key, pid); };
  Node* const where = options_.nodes[static_cast<size_t>(node)];
  co_return co_await where->run_rank(std::move(spec), std::move(on_started));
}

auto Head::record_exit(RankKey key, RankExit exit) -> Task<Result<>> {
  for (;;) {
    const RankEnded change{key.phase, key.rank, exit, to_epoch_seconds(loop_.wall_now())};
    Result<> recorded = co_await store_.change(key.job, change);
    if (recorded.ok()) co_return Result<>();
    const ErrorCode code = recorded.error().code;
    // The node was declared lost meanwhile.
    if (code == ErrorCode::kConflict) co_return Result<>();
    if (code != ErrorCode::kStorageFull && code != ErrorCode::kUnavailable) co_return recorded;
    SKY_CO_CHECK(co_await async::sleep_for(kCommitRetry));
  }
}

// Until the node has taken the request, or the rank has ended.
auto Head::kill_rank(RankKey key, int node) -> Task<Result<>> {
  Node* const where = options_.nodes[static_cast<size_t>(node)];
  for (;;) {
    SKY_CO_TRY(const bool pending, co_await wait_for_node(key, node));
    if (!pending) co_return Result<>();
    Result<> killed = co_await where->kill_rank(key);
    if (killed.ok()) break;
    if (killed.error().code == ErrorCode::kCancelled) co_return killed;
    SKY_CO_CHECK(co_await async::sleep_for(kAskRetry));
  }
  const auto rank = ranks_.find(key);
  if (rank != ranks_.end()) rank->second.kill = Kill::kTaken;
  co_return Result<>();
}

auto Head::end_left_running(RankKey key, int node) -> Task<Result<>> {
  Node* const where = options_.nodes[static_cast<size_t>(node)];
  for (;;) {
    SKY_CO_CHECK(co_await wait_until_ready(node));
    Result<> ended = co_await where->kill_rank(key);
    if (ended.ok() || ended.error().code != ErrorCode::kUnavailable) co_return ended;
    SKY_CO_CHECK(co_await async::sleep_for(kAskRetry));
  }
}

auto Head::wait_until_ready(int node) -> Task<Result<>> {
  while (!nodes_[static_cast<size_t>(node)].capacity.ready) SKY_CO_CHECK(co_await changed_.wait());
  co_return Result<>();
}

auto Head::unseal(const Job& job) const -> Result<std::map<std::string, Secret>> {
  std::map<std::string, Secret> secrets;
  if (job.sealed_secrets.empty()) return secrets;
  SKY_TRY(const std::string text, options_.sealer->unseal(job.sealed_secrets));
  SKY_TRY(const Json json, parse_json(text));
  SKY_TRY(const JsonObject* object, as_object(json));
  for (const auto& member : *object) {
    SKY_TRY(std::string value, as_string(member.value()));
    secrets.emplace(member.key(), Secret(std::move(value)));
  }
  return secrets;
}

}  // namespace sky::agent
