// The Controller's connection to the head's agent: attaching, events, keys, and the provision log.
#include <fmt/format.h>

#include "base/log.h"
#include "base/strings.h"
#include "cluster/controller.h"
#include "os/file.h"

namespace sky::cluster {

auto Controller::key_path() const -> std::string {
  return fmt::format("{}/keys/{}", services_.state_dir, hash_);
}

// What workers show to the head; made once per cluster.
auto Controller::key() -> Result<Secret> {
  if (!os::file_exists(key_path())) {
    std::string made;
    for (int i = 0; i < 4; ++i) made += fmt::format("{:016x}", services_.loop.random_u64());
    SKY_CHECK(os::write_file_atomic(key_path(), made, 0600));
  }
  SKY_TRY(std::string text, os::read_file(key_path()));
  return Secret(std::move(text));
}

auto Controller::provision_log() const -> std::string {
  return fmt::format("{}/clusters/{}/provision", services_.state_dir, hash_);
}

void Controller::note(std::string_view line) {
  const auto path = logs::segment_path(provision_log(), 0);
  const double time = now();
  const std::string text = fmt::format("[{}] {}\n", format_utc(time), line);
  Result<> written = os::make_dirs(os::parent_dir(path));
  if (written.ok()) written = os::append_file(path, text);
  if (!written.ok()) log_warning("cluster", "provision log of {}: {}", name_, to_string(written.error()));
}

void Controller::attach(const ClusterRecord& current) {
  const auto infra = infra_of(current);
  if (!infra.ok()) {
    note(to_string(infra.error()));
    return;
  }
  agent::SessionOptions options{.on_event = [this](agent::Event event) { return on_event(std::move(event)); },
                                .on_change = [this] { on_session_change(); }};
  session_ = std::make_shared<agent::AgentSession>(services_.loop, **infra, ref_of(current, services_.server),
                                                   std::move(options));
  services_.logs.attach(hash_, *session_);
  session_->start();
}

auto Controller::detach() -> async::Task<> {
  if (session_ == nullptr) co_return;
  co_await async::shield(services_.logs.detach(hash_));
  co_await async::shield(session_->stop());
  session_.reset();
  seen_.nodes_known = false;
  seen_.autostop_seen = false;
  silent_workers_.clear();
}

auto Controller::session() -> Result<std::shared_ptr<agent::AgentSession>> {
  if (session_up()) return session_;
  std::string reason = "no connection yet";
  if (session_ != nullptr && session_->last_error()) reason = session_->last_error()->message;
  return make_error(ErrorCode::kUnavailable,
                    fmt::format("the head node of cluster '{}' does not answer: {}", name_, reason),
                    fmt::format("`sky status -r {}` looks at the nodes again.", name_));
}

auto Controller::on_event(agent::Event event) -> async::Task<Result<>> {
  if (event.kind == agent::Event::Kind::kJob) {
    services_.logs.on_job(hash_, event.job);
    const std::string key = job_key(hash_, event.job.id);
    KnownJob known{.cluster_hash = hash_,
                   .id = event.job.id,
                   .status = event.job.status,
                   .view = to_json_text(agent::to_json(event.job))};
    const KnownJob* before = services_.tables.jobs.find(key);
    if (before != nullptr && before->view == known.view) co_return Result<>();
    // Ends of jobs may use the reserve of a full disk; the rest comes again with the next event.
    const auto urgency = is_terminal(known.status) ? journal::Urgency::kUrgent : journal::Urgency::kNormal;
    const Result<> stored = co_await services_.journal.commit(
        [this, key, known](journal::Txn& txn) -> Result<> {
          txn.put(services_.tables.jobs, key, known);
          return {};
        },
        urgency);
    if (stored.ok() || is_terminal(known.status)) co_return stored;
    log_warning("cluster", "job {} of {}: {}", known.id, name_, to_string(stored.error()));
    co_return Result<>();
  }
  if (event.kind == agent::Event::Kind::kAutostopFired || event.kind == agent::Event::Kind::kAutostopReady) {
    co_return co_await on_autostop(std::move(event));
  }
  const bool silent = event.kind == agent::Event::Kind::kNodeSilent;
  if (silent) {
    silent_workers_.insert(event.node);
  } else {
    silent_workers_.erase(event.node);
  }
  seen_.workers_silent = !silent_workers_.empty();
  wake();
  note(fmt::format("Node {} {}{}{}", event.node, silent ? "is silent" : "is back", event.text.empty() ? "" : ": ",
                   event.text));
  co_return Result<>();
}

// Fired: the hook runs. Ready: it is over, the cluster may go. Both come again with every new connection.
auto Controller::on_autostop(agent::Event event) -> async::Task<Result<>> {
  const auto current = record();
  if (current == nullptr || current->goal != Goal::kUp) co_return Result<>();
  seen_.autostop_seen = true;
  if (current->status != ClusterStatus::kAutostopping) {
    note("Autostop fired.");
    SKY_CO_CHECK(co_await commit(AutostopFired{.down = event.autostop.down, .now = now()}, journal::Urgency::kUrgent));
  }
  if (event.kind == agent::Event::Kind::kAutostopFired) co_return Result<>();
  note("Autostop is ready.");
  if (event.autostop.down) {
    co_return co_await commit(WantGone{.request = "", .now = now()}, journal::Urgency::kUrgent);
  }
  co_return co_await commit(WantStopped{.request = "", .now = now(), .use = ""}, journal::Urgency::kUrgent);
}

}  // namespace sky::cluster
