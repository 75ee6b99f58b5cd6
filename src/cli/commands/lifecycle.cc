#include "cli/commands/lifecycle.h"

#include "base/status.h"
#include "base/strings.h"
#include "cli/api_rows.h"
#include "cli/printer.h"
#include "cli/prompt.h"
#include "cli/quote.h"
#include "cli/render/text.h"
#include "cli/ssh_entries.h"

namespace sky::cli {
namespace {

using term::Style;

// Requests that are followed at the same time.
constexpr size_t kSideBySideMax = 16;

auto command_name(LifecycleKind kind) -> std::string_view {
  switch (kind) {
    case LifecycleKind::kStop:
      return "stop";
    case LifecycleKind::kDown:
      return "down";
    case LifecycleKind::kAutostop:
      break;
  }
  return "autostop";
}

// One cluster's request among several that run side by side: one spinner stands for all of them.
class OneRequest final : public client::StreamObserver {
 public:
  explicit OneRequest(Printer& printer) : printer_(printer) {}

  void on_request(std::string_view request_id) override { id_ = request_id; }
  void on_output(std::string_view bytes) override {
    while (bytes.ends_with('\n')) bytes.remove_suffix(1);
    printer_.print_line(bytes);
  }
  void on_status(std::string_view) override {}
  void on_job(const api::JobRef&) override {}
  void on_log(std::string_view) override {}

  auto id() const -> const std::string& { return id_; }

 private:
  Printer& printer_;
  std::string id_;
};

// One run over several clusters.
class Lifecycle {
 public:
  Lifecycle(Session& session, LifecycleOperation operation)
      : session_(session),
        given_(session.invocation()),
        operation_(operation),
        down_(operation.kind == LifecycleKind::kDown ||
              (operation.kind == LifecycleKind::kAutostop && given_.flag("down"))),
        printer_(session) {}

  auto run() -> Result<int>;

 private:
  struct Outcome {
    std::string name;
    Result<> result;
  };

  // "Terminating", "Scheduling autodown on"
  auto verb() const -> std::string;
  auto choose() -> Result<std::vector<std::string>>;
  auto choose_all() -> Result<std::vector<std::string>>;
  auto operate(std::vector<std::string> names) -> async::Task<Result<std::vector<Outcome>>>;
  auto apply(std::string name) -> async::Task<Result<>>;
  auto request(const std::string& name, client::StreamObserver* observer) -> async::Task<Result<client::End>>;
  auto submit(const std::string& name) -> async::Task<Result<std::string>>;
  auto autostop_body(const std::string& name) const -> api::AutostopBody;
  auto stop_or_down_body(const std::string& name) const -> api::StopOrDownBody;
  auto done_text(const std::string& name) const -> std::string;
  auto failed_text(const std::string& name, const Error& error) const -> std::string;
  void summarize(const std::vector<Outcome>& outcomes) const;

  Session& session_;
  const Invocation& given_;
  LifecycleOperation operation_;
  bool down_;
  Printer printer_;
};

auto Lifecycle::verb() const -> std::string {
  if (operation_.kind == LifecycleKind::kDown) return "Terminating";
  if (operation_.kind == LifecycleKind::kStop) return "Stopping";
  if (operation_.idle_minutes < 0) return "Cancelling auto{stop,down} on";
  return down_ ? "Scheduling autodown on" : "Scheduling autostop on";
}

auto Lifecycle::choose_all() -> Result<std::vector<std::string>> {
  auto body = session_.body<api::StatusBody>();
  body.all_users = given_.flag("all-users");
  SKY_TRY(const std::vector<api::ClusterRecord> records, session_.wait(session_.calls().status(std::move(body))));
  std::vector<std::string> names;
  for (const api::ClusterRecord& record : records) {
    const bool already = operation_.kind == LifecycleKind::kStop && record.status == ClusterStatus::kStopped;
    if (!already) names.push_back(record.name);
  }
  return names;
}

auto Lifecycle::choose() -> Result<std::vector<std::string>> {
  const std::vector<std::string> names = given_.arguments("clusters");
  if (given_.flag("all") || given_.flag("all-users")) {
    if (!names.empty()) {
      given_.print(fmt::format("Both --all and cluster(s) specified for `sky {}`. Letting --all take effect.",
                               command_name(operation_.kind)));
    }
    return choose_all();
  }
  auto body = session_.body<api::StatusBody>();
  body.cluster_names = names;
  SKY_TRY(const std::vector<api::ClusterRecord> records, session_.wait(session_.calls().status(std::move(body))));
  const std::string missing = render_not_found(names, names_of(records));
  if (!missing.empty() && !records.empty()) given_.print(missing);
  return names_of(records);
}

auto Lifecycle::autostop_body(const std::string& name) const -> api::AutostopBody {
  auto body = session_.body<api::AutostopBody>();
  body.cluster_name = name;
  body.idle_minutes = operation_.idle_minutes;
  body.down = down_;
  if (const auto wait_for = given_.text("wait-for")) body.wait_for = api::parse_wait_for(*wait_for);
  return body;
}

auto Lifecycle::stop_or_down_body(const std::string& name) const -> api::StopOrDownBody {
  auto body = session_.body<api::StopOrDownBody>();
  body.cluster_name = name;
  body.graceful = given_.flag("graceful");
  body.graceful_timeout_seconds = given_.integer("graceful-timeout");
  if (operation_.kind == LifecycleKind::kDown) body.purge = given_.flag("purge");
  return body;
}

auto Lifecycle::submit(const std::string& name) -> async::Task<Result<std::string>> {
  if (operation_.kind == LifecycleKind::kAutostop) return session_.calls().submit("/autostop", autostop_body(name));
  return session_.calls().submit(fmt::format("/{}", command_name(operation_.kind)), stop_or_down_body(name));
}

auto Lifecycle::request(const std::string& name, client::StreamObserver* observer) -> async::Task<Result<client::End>> {
  client::Calls& calls = session_.calls();
  if (operation_.kind == LifecycleKind::kAutostop) return calls.autostop(autostop_body(name), observer);
  if (operation_.kind == LifecycleKind::kStop) return calls.stop(stop_or_down_body(name), observer);
  return calls.down(stop_or_down_body(name), observer);
}

auto Lifecycle::apply(std::string name) -> async::Task<Result<>> {
  if (given_.flag("async")) {
    SKY_CO_TRY(const std::string id, co_await submit(name));
    print_submitted(session_, "sky." + verb(), id);
    co_return Result<>();
  }
  OneRequest observer(printer_);
  Result<client::End> end = co_await request(name, &observer);
  Result<> outcome = outcome_of(end);
  if (outcome.ok() && operation_.kind != LifecycleKind::kAutostop) {
    outcome = update_ssh_entries(session_, {}, {name});
  }
  if (outcome.ok()) {
    printer_.print_line(done_text(name));
  } else if (is_aborted(outcome.error())) {
    if (!observer.id().empty()) printer_.print_line(render_left_running(observer.id(), given_.out_paint()));
  } else {
    printer_.print_line(failed_text(name, outcome.error()));
  }
  co_return outcome;
}

auto Lifecycle::operate(std::vector<std::string> names) -> async::Task<Result<std::vector<Outcome>>> {
  std::vector<Outcome> outcomes;
  for (size_t begin = 0; begin < names.size(); begin += kSideBySideMax) {
    std::vector<async::Task<Result<>>> tasks;
    for (size_t i = begin; i < std::min(names.size(), begin + kSideBySideMax); ++i) tasks.push_back(apply(names[i]));
    std::vector<Result<>> results = co_await async::all(std::move(tasks));
    for (Result<>& result : results) {
      if (!result.ok() && is_aborted(result.error())) co_return std::move(result).error();
      outcomes.push_back({.name = names[outcomes.size()], .result = std::move(result)});
    }
  }
  co_return outcomes;
}

auto Lifecycle::done_text(const std::string& name) const -> std::string {
  const term::Paint paint = given_.out_paint();
  if (operation_.kind != LifecycleKind::kAutostop) {
    std::string text = paint(Style::kGreen, fmt::format("{} cluster {}...done.", verb(), name));
    if (!down_) text += "\n  To restart the cluster, run: " + paint(Style::kBold, "sky start " + name);
    return text;
  }
  std::string text = paint(Style::kGreen, fmt::format("{} cluster {}...done", verb(), python_quote(name)));
  if (operation_.idle_minutes < 0) return text;
  return text + fmt::format(
                    "\n  The cluster will be auto{} after {} minute{} of idleness.\n  To cancel the auto{}, "
                    "run: {}",
                    down_ ? "downed" : "stopped", operation_.idle_minutes, operation_.idle_minutes == 1 ? "" : "s",
                    down_ ? "down" : "stop", paint(Style::kBold, fmt::format("sky autostop {} --cancel", name)));
}

auto Lifecycle::failed_text(const std::string& name, const Error& error) const -> std::string {
  return fmt::format("{}\nReason: {}{}{}",
                     given_.out_paint()(Style::kRed, fmt::format("{} cluster {}...failed. ", verb(), name)),
                     error.message, error.hint.empty() ? "" : "\n", error.hint);
}

void Lifecycle::summarize(const std::vector<Outcome>& outcomes) const {
  std::vector<std::string> succeeded;
  std::vector<OperationFailure> failed;
  for (const auto& [name, result] : outcomes) {
    if (result.ok()) {
      succeeded.push_back(name);
    } else {
      failed.push_back({.name = name, .reason = result.error().message});
    }
  }
  if (given_.flag("async")) {
    given_.print(fmt::format("{} requests are sent. Check the requests' status with `sky api status`.", verb()));
  }
  if (outcomes.size() > 1) given_.print(render_summary(succeeded, failed));
  if (failed.empty()) return;
  given_.print(fmt::format("Cluster(s) failed. See details above.{}",
                           operation_.kind == LifecycleKind::kDown
                               ? " If you want to ignore the errors and remove the cluster(s) from the status table, "
                                 "use `sky down --purge`."
                               : ""));
}

auto Lifecycle::run() -> Result<int> {
  SKY_TRY(const std::vector<std::string> names, choose());
  if (names.empty()) {
    given_.print("Cluster(s) not found (tip: see `sky status`).");
    return kExitSucceeded;
  }
  const std::string what = fmt::format("{} {} cluster{}", verb(), names.size(), names.size() == 1 ? "" : "s");
  const std::string question = fmt::format("{}: {}. Proceed?", what, join(names, ", "));
  if (!given_.flag("yes") && confirm(session_.env(), question, true) != Answer::kYes) return aborted();
  given_.print("");
  if (!given_.flag("async")) printer_.on_status(fmt::format("[bold cyan]{}[/]", what));
  Result<std::vector<Outcome>> outcomes = session_.wait(operate(names));
  printer_.on_status("");
  SKY_TRY(const std::vector<Outcome> done, std::move(outcomes));
  summarize(done);
  return kExitSucceeded;
}

}  // namespace

auto run_lifecycle(const Invocation& invocation, LifecycleOperation operation) -> int {
  if (invocation.arguments("clusters").empty() && !invocation.flag("all") && !invocation.flag("all-users")) {
    return invocation.fail_usage(
        fmt::format("`sky {}` requires either a cluster name or glob (see `sky status`), or the -a/--all flag for all "
                    "your clusters, or the -u/--all-users flag for all clusters in your team.",
                    command_name(operation.kind)));
  }
  return with_session(invocation, [&](Session& session) { return Lifecycle(session, operation).run(); });
}

}  // namespace sky::cli
