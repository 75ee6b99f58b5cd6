#include "cli/commands/commands.h"
#include "cli/commands/lifecycle.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kWhichOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Autostop all existing clusters."},
    {.names = "--all-users, -u", .help = "Autostop all existing clusters for all users."},
    {.names = "--idle-minutes, -i",
     .type = ValueType::kInteger,
     .help = "Set the idle minutes before autostopping the cluster. See the doc above for detailed semantics."},
});

constexpr std::array kHowOptions = std::to_array<Option>({
    {.names = "--cancel",
     .help =
         "Cancel any currently active auto{stop,down} setting for the cluster. No-op if there is no active setting."},
    {.names = "--down",
     .help = "Use autodown (tear down the cluster; non-restartable), instead of autostop (restartable)."},
});

constexpr auto kOptions = concat(kConfigOption, kWhichOptions, kWaitForOption, kHowOptions, kYesOption, kAsyncOption);

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "clusters", .arity = Arity::kAny, .completion = Completion::kCluster},
});

constexpr std::int64_t kIdleMinutesDefault = 5;

auto run_autostop(Invocation& invocation) -> int {
  const bool cancel = invocation.flag("cancel");
  const auto minutes = invocation.integer("idle-minutes");
  if (cancel && minutes) {
    return invocation.fail_usage(fmt::format(
        "Only one of --idle-minutes and --cancel should be specified. cancel: True, idle_minutes: {}", *minutes));
  }
  return run_lifecycle(invocation, {.kind = LifecycleKind::kAutostop,
                                    .idle_minutes = cancel ? -1 : minutes.value_or(kIdleMinutesDefault)});
}

}  // namespace

constinit const Command kAutostopCommand = {
    .name = "autostop", .page = pages::autostop, .options = kOptions, .arguments = kArguments, .run = run_autostop};

}  // namespace sky::cli
