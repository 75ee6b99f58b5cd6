#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"
#include "cli/printer.h"

namespace sky::cli {
namespace {

constexpr std::array kUpOptions = std::to_array<Option>({
    {.names = "--infra",
     .type = ValueType::kText,
     .help =
         "Name of the pool to set up in ~/.sky/ssh_node_pools.yaml. If not specified, all pools in the file will be "
         "set up."},
    {.names = "--async", .help = "Run the command asynchronously.", .hidden = true},
    {.names = "--file, -f",
     .type = ValueType::kText,
     .help = "The file containing the SSH targets.",
     .completion = Completion::kFile},
});

constexpr std::array kDownOptions = std::to_array<Option>({
    {.names = "--infra",
     .type = ValueType::kText,
     .help = "Name of the pool to clean up in ~/.sky/ssh_node_pools.yaml. If not specified, all pools in the file will "
             "be cleaned up."},
    {.names = "--async", .help = "Run the command asynchronously.", .hidden = true},
});

auto up(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  auto body = session.body<api::SshPoolsBody>();
  body.infra = given.text("infra");
  if (const auto file = given.text("file")) {
    SKY_TRY(body.pools, given.env().read_file(*file));
  }
  if (given.flag("async")) {
    SKY_TRY(const std::string id, session.wait(session.calls().submit("/ssh_node_pools/deploy", std::move(body))));
    return print_submitted(session, "sky.ssh_node_pools.up", id);
  }
  Printer printer(session);
  SKY_CHECK(wait_stream(session, printer, session.calls().ssh_pools_up(std::move(body), &printer)));
  return kExitSucceeded;
}

auto down(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  auto body = session.body<api::SshPoolsBody>();
  body.infra = given.text("infra");
  body.cleanup = true;
  if (given.flag("async")) {
    SKY_TRY(const std::string id, session.wait(session.calls().submit("/ssh_node_pools/down", std::move(body))));
    return print_submitted(session, "sky.ssh_node_pools.down", id);
  }
  Printer printer(session);
  SKY_CHECK(wait_stream(session, printer, session.calls().ssh_pools_down(std::move(body), &printer)));
  return kExitSucceeded;
}

auto run_up(Invocation& invocation) -> int {
  return with_session(invocation, up);
}

auto run_down(Invocation& invocation) -> int {
  return with_session(invocation, down);
}

constinit const Command kUp = {.name = "up", .page = pages::ssh_up, .options = kUpOptions, .run = run_up};
constinit const Command kDown = {.name = "down", .page = pages::ssh_down, .options = kDownOptions, .run = run_down};

constexpr const Command* kCommands[] = {&kUp, &kDown};

}  // namespace

constinit const Command kSshCommand = {.name = "ssh", .page = pages::ssh, .commands = kCommands};

}  // namespace sky::cli
