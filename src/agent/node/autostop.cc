#include "agent/node/autostop.h"

#include <fcntl.h>

#include "base/log.h"
#include "os/file.h"
#include "os/process.h"

namespace sky::agent {

using async::Task;

namespace {

// Looks per minute of idle time.
constexpr int kLooksPerMinute = 12;

}  // namespace

auto ssh_session_exists(const std::string& home) -> bool {
  for (const os::ProcessId& id : os::find_by_environment("HOME", home)) {
    bool by_ssh = false;
    for (const std::string& entry : os::read_environment(id.pid))
      by_ssh = by_ssh || entry.starts_with("SSH_CONNECTION=");
    if (!by_ssh) continue;
    const std::vector<std::string> command = os::read_command_line(id.pid);
    // Servers attach through ssh, too.
    if (!command.empty() && command.front().find("sky-agent") == std::string::npos) return true;
  }
  return false;
}

auto AutostopLoop::standing_events() const -> std::vector<Event> {
  const Autostop autostop = head_.store().autostop();
  std::vector<Event> events;
  if (autostop.fired) events.push_back({.kind = Event::Kind::kAutostopFired, .autostop = autostop.spec});
  if (ready_) events.push_back({.kind = Event::Kind::kAutostopReady, .autostop = autostop.spec});
  return events;
}

auto AutostopLoop::wait_until_due() -> Task<Result<>> {
  for (;;) {
    const Autostop autostop = head_.store().autostop();
    if (autostop.fired) co_return Result<>();
    IdleFacts facts{.jobs_active = !head_.store().active().empty(),
                    .active_last = head_.active_last(),
                    .now = loop_.now(),
                    .minute = config_.autostop_minute};
    IdleVerdict verdict = decide_autostop(autostop, facts);
    // Looking at all processes is worth it only when everything else says that it is time.
    if (verdict == IdleVerdict::kFire && autostop.spec.wait_for == WaitFor::kJobsAndSsh) {
      facts.ssh_active = ssh_session_exists(config_.id.home);
      verdict = decide_autostop(autostop, facts);
    }
    if (verdict == IdleVerdict::kBusy) head_.touch();
    if (verdict == IdleVerdict::kFire) {
      const Result<> fired = co_await head_.store().fire_autostop();
      if (fired.ok()) co_return Result<>();
      if (fired.error().code == ErrorCode::kCancelled) co_return fired;
      log_info("autostop", "not yet: {}", to_string(fired.error()));
    }
    SKY_CO_CHECK(co_await async::sleep_for(config_.autostop_minute / kLooksPerMinute));
  }
}

auto AutostopLoop::run() -> Task<Result<>> {
  SKY_CO_CHECK(co_await wait_until_due());
  const AutostopSpec spec = head_.store().autostop().spec;
  log_info("autostop", "idle for {} minutes: {}", spec.idle_minutes, spec.down ? "down" : "stop");
  head_.events().publish({.kind = Event::Kind::kAutostopFired, .autostop = spec});
  if (!spec.hook.empty()) {
    const Result<> hooked = co_await run_hook(spec);
    // A hook that fails does not keep the cluster alive.
    if (!hooked.ok()) log_warning("autostop", "the hook failed: {}", to_string(hooked.error()));
    if (!hooked.ok() && hooked.error().code == ErrorCode::kCancelled) co_return hooked;
  }
  ready_ = true;
  head_.events().publish({.kind = Event::Kind::kAutostopReady, .autostop = spec});
  if (config_.self_stop.empty()) co_return Result<>();
  os::SpawnOptions options{.argv = {"bash", "-c", config_.self_stop}};
  SKY_CO_CHECK(
      co_await os::run_command(loop_, std::move(options), "", Deadline::after(loop_.now(), std::chrono::minutes(5))));
  co_return Result<>();
}

auto AutostopLoop::run_hook(AutostopSpec spec) -> Task<Result<>> {
  const std::string log_path = config_.id.home + "/.sky/autostop_hook.log";
  SKY_CO_TRY(const os::UniqueFd log, os::open_file(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600));
  os::SpawnOptions options{.argv = {"bash", "-c", spec.hook},
                           .env_add = {{"HOME", config_.id.home}},
                           .cwd = config_.id.home,
                           .out = os::Stdio::to(log.get()),
                           .err = os::Stdio::to(log.get()),
                           .group = os::ProcessGroup::kNewSession};
  SKY_CO_TRY(const std::unique_ptr<os::Child> child, os::spawn(loop_, std::move(options)));
  const Deadline deadline = Deadline::after(loop_.now(), std::chrono::seconds(spec.hook_timeout_seconds));
  const Result<os::ExitStatus> status = co_await async::with_deadline(deadline, "the autostop hook", child->wait());
  if (!status.ok()) {
    SKY_CO_CHECK(co_await os::kill_tree(child->id(), std::chrono::seconds(5)));
    co_return status.error();
  }
  if (status->ok()) co_return Result<>();
  co_return make_error(ErrorCode::kCommandFailed, fmt::format("it ended with {}", to_string(*status)));
}

}  // namespace sky::agent
