#include "agent/node/queue_store.h"

#include "base/strings.h"

namespace sky::agent {

using async::Task;
using journal::Txn;

namespace {

constexpr std::string_view kAutostopKey = "autostop";
constexpr std::string_view kJobCounter = "job_id";

// Sorts as the number does.
auto row_key(std::int64_t id) -> std::string {
  return fmt::format("{:012}", id);
}

auto number_codec() -> journal::Codec<std::int64_t> {
  return {.encode = [](const std::int64_t& value) { return fmt::format("{}", value); },
          .decode = [](std::string_view text) -> Result<std::int64_t> {
            const std::optional<std::int64_t> value = parse_int(text);
            if (value) return *value;
            return make_error(ErrorCode::kDataCorrupt, fmt::format("expected a number, found '{}'", text));
          }};
}

}  // namespace

QueueStore::QueueStore(async::Loop& loop, std::unique_ptr<journal::Store> store, const std::vector<ClusterNode>& nodes,
                       std::function<void(const Error&)> on_lost)
    : nodes_(nodes),
      jobs_("jobs", {.encode = encode_job, .decode = decode_job}),
      submissions_("submissions", number_codec()),
      counters_("counters", number_codec()),
      autostop_("autostop", {.encode = encode_autostop, .decode = decode_autostop}),
      journal_(loop, std::move(store), {.on_lost = std::move(on_lost)}) {
  journal_.add(jobs_);
  journal_.add(submissions_);
  journal_.add(counters_);
  journal_.add(autostop_);
  jobs_.on_change([this](const std::string&, const Job*, const Job* after) { on_change(after); });
}

auto QueueStore::open() -> Task<Result<>> {
  SKY_CO_CHECK(co_await journal_.open());
  for (const auto& [key, job] : jobs_) index(*job);
  co_return Result<>();
}

void QueueStore::on_change(const Job* after) {
  if (after == nullptr) return;
  index(*after);
  if (listener_) listener_(*after);
}

auto QueueStore::find(JobId id) const -> std::shared_ptr<const Job> {
  return jobs_.get(row_key(id.value()));
}

auto QueueStore::all() const -> std::vector<std::shared_ptr<const Job>> {
  std::vector<std::shared_ptr<const Job>> jobs;
  jobs.reserve(jobs_.size());
  for (const auto& [key, job] : jobs_) jobs.push_back(job);
  return jobs;
}

void QueueStore::index(const Job& job) {
  const std::int64_t id = job.id.value();
  pending_.erase(id);
  dispatched_.erase(id);
  if (!is_terminal(job.status)) (phase_of(job) ? dispatched_ : pending_).insert(id);
}

auto QueueStore::active() const -> std::vector<const Job*> {
  std::vector<const Job*> jobs;
  for (const std::set<std::int64_t>* ids : {&dispatched_, &pending_}) {
    for (const std::int64_t id : *ids) {
      const Job* job = jobs_.find(row_key(id));
      if (job != nullptr && !is_terminal(job->status)) jobs.push_back(job);
    }
  }
  std::sort(jobs.begin(), jobs.end(), [](const Job* a, const Job* b) { return a->id < b->id; });
  return jobs;
}

auto QueueStore::next() const -> std::vector<const Job*> {
  return collect([this](std::int64_t id) { return jobs_.find(row_key(id)); });
}

auto QueueStore::collect(const std::function<const Job*(std::int64_t)>& look_up) const -> std::vector<const Job*> {
  std::vector<const Job*> jobs;
  size_t pending_count = 0;
  for (const std::int64_t id : dispatched_) {
    const Job* job = look_up(id);
    if (job != nullptr && !is_terminal(job->status)) jobs.push_back(job);
  }
  for (const std::int64_t id : pending_) {
    if (pending_count == kLookaheadMax) break;
    const Job* job = look_up(id);
    if (job == nullptr || is_terminal(job->status)) continue;
    jobs.push_back(job);
    if (!phase_of(*job)) ++pending_count;
  }
  std::sort(jobs.begin(), jobs.end(), [](const Job* a, const Job* b) { return a->id < b->id; });
  return jobs;
}

auto QueueStore::autostop() const -> Autostop {
  const Autostop* stored = autostop_.find(kAutostopKey);
  return stored == nullptr ? Autostop() : *stored;
}

void QueueStore::schedule_in(Txn& txn) {
  const std::vector<const Job*> jobs = collect([this, &txn](std::int64_t id) { return txn.find(jobs_, row_key(id)); });
  std::vector<NodeCapacity> capacities;
  Dispatched dispatched{.placements = {}, .nodes = {}, .at = to_epoch_seconds(txn.now())};
  for (const ClusterNode& node : nodes_) {
    capacities.push_back(node.capacity);
    dispatched.nodes.push_back(node.identity);
  }
  for (const Action& action : decide(jobs, capacities)) {
    const auto* dispatch = std::get_if<DispatchJob>(&action);
    if (dispatch == nullptr) continue;
    const std::string key = row_key(dispatch->job.value());
    Job job = *txn.find(jobs_, key);
    dispatched.placements = dispatch->placements;
    apply(job, dispatched);
    txn.put(jobs_, key, std::move(job));
  }
}

auto QueueStore::submit_in(Txn& txn, const std::string& key, const JobSpec& spec, const std::string& sealed)
    -> Result<JobId> {
  if (const std::int64_t* known = txn.find(submissions_, key)) return JobId(*known);
  const Autostop* autostop = txn.find(autostop_, kAutostopKey);
  if (autostop != nullptr && autostop->fired) {
    return make_error(ErrorCode::kClusterNotUp, "the cluster is autostopping and accepts no jobs");
  }
  const std::int64_t* last = txn.find(counters_, kJobCounter);
  const std::int64_t id = (last == nullptr ? 0 : *last) + 1;
  Job job{.id = JobId(id), .key = key, .spec = spec, .sealed_secrets = sealed};
  job.submitted_at = to_epoch_seconds(txn.now());
  txn.put(counters_, kJobCounter, id);
  txn.put(submissions_, key, id);
  txn.put(jobs_, row_key(id), std::move(job));
  // Behind others it waits, whatever it asks for.
  const bool first_in_line = pending_.empty();
  pending_.insert(id);
  if (first_in_line) schedule_in(txn);
  return JobId(id);
}

auto QueueStore::submit(std::string key, JobSpec spec, std::string sealed_secrets) -> Task<Result<JobId>> {
  std::vector<NodeCapacity> capacities;
  bool all_known = true;
  for (const ClusterNode& node : nodes_) {
    capacities.push_back(node.capacity);
    all_known = all_known && node.known;
  }
  if (all_known || static_cast<size_t>(spec.num_nodes) > nodes_.size()) SKY_CO_CHECK(check_fits(spec, capacities));
  spec.secrets.clear();
  JobId id;
  journal::Change change = [&](Txn& txn) -> Result<> {
    SKY_TRY(id, submit_in(txn, key, spec, sealed_secrets));
    return {};
  };
  SKY_CO_CHECK(co_await journal_.commit(std::move(change)));
  co_return id;
}

auto QueueStore::change(JobId id, JobChange change) -> Task<Result<>> {
  const std::string key = row_key(id.value());
  journal::Change write = [&](Txn& txn) -> Result<> {
    const Job* found = txn.find(jobs_, key);
    if (found == nullptr) return make_error(ErrorCode::kJobNotFound, fmt::format("Job {} not found", id));
    SKY_CHECK(can_apply(*found, change));
    Job job = *found;
    const bool was_dispatched = phase_of(job).has_value();
    agent::apply(job, change);
    const bool frees = was_dispatched && is_terminal(job.status);
    txn.put(jobs_, key, std::move(job));
    if (frees) schedule_in(txn);
    return {};
  };
  co_return co_await journal_.commit(std::move(write), journal::Urgency::kUrgent);
}

auto QueueStore::schedule() -> Task<Result<>> {
  journal::Change write = [this](Txn& txn) -> Result<> {
    schedule_in(txn);
    return {};
  };
  co_return co_await journal_.commit(std::move(write));
}

auto QueueStore::set_autostop(AutostopSpec spec) -> Task<Result<>> {
  journal::Change write = [&](Txn& txn) -> Result<> {
    const Autostop* before = txn.find(autostop_, kAutostopKey);
    if (before != nullptr && before->fired) {
      return make_error(ErrorCode::kConflict, "expected autostop to be pending, found that it has fired");
    }
    txn.put(autostop_, kAutostopKey, Autostop{.spec = spec, .fired = false, .boot_id = {}});
    return {};
  };
  co_return co_await journal_.commit(std::move(write));
}

auto QueueStore::fire_autostop() -> Task<Result<>> {
  journal::Change write = [this](Txn& txn) -> Result<> {
    const Autostop* before = txn.find(autostop_, kAutostopKey);
    // A submit or a new setting may have come in between.
    if (before == nullptr || before->fired || before->spec.idle_minutes < 0) {
      return make_error(ErrorCode::kConflict, "expected autostop to be set");
    }
    if (before->spec.wait_for != WaitFor::kNone) {
      const auto jobs = collect([this, &txn](std::int64_t id) { return txn.find(jobs_, row_key(id)); });
      if (!jobs.empty()) {
        return make_error(ErrorCode::kConflict, fmt::format("expected no job, found job {}", jobs.front()->id));
      }
    }
    const Autostop fired{.spec = before->spec, .fired = true, .boot_id = nodes_.front().identity.boot_id};
    txn.put(autostop_, kAutostopKey, fired);
    return {};
  };
  co_return co_await journal_.commit(std::move(write), journal::Urgency::kUrgent);
}

auto QueueStore::rearm_autostop() -> Task<Result<>> {
  if (!autostop().fired) co_return Result<>();
  journal::Change write = [this](Txn& txn) -> Result<> {
    txn.erase(autostop_, kAutostopKey);
    return {};
  };
  co_return co_await journal_.commit(std::move(write));
}

}  // namespace sky::agent
