// __proxy: what the generated ssh configuration runs.
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"
#include "cli/session.h"
#include "client/ssh_proxy.h"

namespace sky::cli {
namespace {

constexpr std::array kArguments = std::to_array<Argument>({
    {.name = "node", .arity = Arity::kOne},
});

auto proxy(Session& session) -> Result<int> {
  const std::string node = session.invocation().arguments("node").front();
  SKY_CHECK(session.wait(client::proxy_ssh(session.transport(), session.home(), node)));
  return kExitSucceeded;
}

auto run_proxy(Invocation& invocation) -> int {
  return with_session(invocation, proxy);
}

}  // namespace

constinit const Command kProxyCommand = {
    .name = "__proxy", .page = pages::proxy, .arguments = kArguments, .hidden = true, .run = run_proxy};

}  // namespace sky::cli
