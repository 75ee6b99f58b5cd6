#include "cli/commands/lifecycle.h"

#include "base/status.h"
#include "base/strings.h"
#include "cli/api_rows.h"
#include "cli/printer.h"
#include "cli/prompt.h"
#include "cli/quote.h"
#include "cli/render/text.h"
#include "client/ssh_config.h"

namespace sky::cli {
namespace {

using term::Style;

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

// One run over several clusters.
class Lifecycle {
 public:
  Lifecycle(Session& session, LifecycleOperation operation)
      : session_(session),
        given_(session.invocation()),
        operation_(operation),
        down_(operation.kind == LifecycleKind::kDown ||
              (operation.kind == LifecycleKind::kAutostop && given_.flag("down"))) {}

  auto run() -> Result<int>;

 private:
  // "Terminating", "Scheduling autodown on"
  auto verb() const -> std::string;
  auto choose() -> Result<std::vector<std::string>>;
  auto choose_all() -> Result<std::vector<std::string>>;
  auto apply(const std::string& name) -> Result<>;
  auto request(const std::string& name) -> Result<>;
  template <class Body>
  auto send(std::string path, Body body,
            async::Task<Result<client::End>> (client::Calls::*call)(Body, client::StreamObserver*)) -> Result<>;
  auto done_text(const std::string& name) const -> std::string;
  void summarize(const std::vector<std::string>& succeeded, const std::vector<OperationFailure>& failed) const;

  Session& session_;
  const Invocation& given_;
  LifecycleOperation operation_;
  bool down_;
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

template <class Body>
auto Lifecycle::send(std::string path, Body body,
                     async::Task<Result<client::End>> (client::Calls::*call)(Body, client::StreamObserver*))
    -> Result<> {
  if (given_.flag("async")) {
    SKY_TRY(const std::string id, session_.wait(session_.calls().submit(std::move(path), std::move(body))));
    print_submitted(session_, "sky." + verb(), id);
    return {};
  }
  Printer printer(session_);
  SKY_CHECK(wait_stream(session_, printer, (session_.calls().*call)(std::move(body), &printer)));
  return {};
}

auto Lifecycle::request(const std::string& name) -> Result<> {
  if (operation_.kind == LifecycleKind::kAutostop) {
    auto body = session_.body<api::AutostopBody>();
    body.cluster_name = name;
    body.idle_minutes = operation_.idle_minutes;
    body.down = down_;
    if (const auto wait_for = given_.text("wait-for")) body.wait_for = api::parse_wait_for(*wait_for);
    return send("/autostop", std::move(body), &client::Calls::autostop);
  }
  auto body = session_.body<api::StopOrDownBody>();
  body.cluster_name = name;
  body.graceful = given_.flag("graceful");
  body.graceful_timeout_seconds = given_.integer("graceful-timeout");
  if (operation_.kind == LifecycleKind::kStop) return send("/stop", std::move(body), &client::Calls::stop);
  body.purge = given_.flag("purge");
  return send("/down", std::move(body), &client::Calls::down);
}

auto Lifecycle::apply(const std::string& name) -> Result<> {
  SKY_CHECK(request(name));
  if (operation_.kind == LifecycleKind::kAutostop || given_.flag("async")) return {};
  return client::SshConfig(session_.home()).update({}, {name});
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

void Lifecycle::summarize(const std::vector<std::string>& succeeded,
                          const std::vector<OperationFailure>& failed) const {
  if (given_.flag("async")) {
    given_.print(fmt::format("{} requests are sent. Check the requests' status with `sky api status`.", verb()));
  }
  if (succeeded.size() + failed.size() > 1) given_.print(render_summary(succeeded, failed));
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
  const std::string question = fmt::format("{} {} cluster{}: {}. Proceed?", verb(), names.size(),
                                           names.size() == 1 ? "" : "s", join(names, ", "));
  if (!given_.flag("yes") && confirm(session_.env(), question, true) != Answer::kYes) return aborted();
  given_.print("");
  std::vector<std::string> succeeded;
  std::vector<OperationFailure> failed;
  for (const std::string& name : names) {
    const Result<> outcome = apply(name);
    if (outcome.ok()) {
      succeeded.push_back(name);
      if (!given_.flag("async")) given_.print(done_text(name));
      continue;
    }
    const Error& error = outcome.error();
    if (is_aborted(error)) return error;
    failed.push_back({.name = name, .reason = error.message});
    given_.print(fmt::format("{}\nReason: {}{}{}",
                             given_.out_paint()(Style::kRed, fmt::format("{} cluster {}...failed. ", verb(), name)),
                             error.message, error.hint.empty() ? "" : "\n", error.hint));
  }
  summarize(succeeded, failed);
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
