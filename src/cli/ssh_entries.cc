#include "cli/ssh_entries.h"

#include <algorithm>

#include "base/strings.h"
#include "client/ssh_proxy.h"
#include "os/file.h"

namespace sky::cli {
namespace {

auto through_server(const client::SshHost& host) -> bool {
  return host.credentials.ssh_proxy_command == api::kOwnProxyCommand;
}

// ssh runs the command with the user's shell and reads % itself.
auto proxy_command() -> std::string {
  const std::string own = os::read_symlink("/proc/self/exe").value_or(std::string("sky"));
  return fmt::format("{} __proxy %n", replace_all(shell_quote(own), "%", "%%"));
}

auto complete(Session& session, std::vector<client::SshHost>& hosts) -> Result<> {
  if (std::ranges::none_of(hosts, through_server)) return {};
  const Result<> key = session.wait(client::ensure_ssh_key(session.loop(), session.home()));
  if (!key.ok() && key.error().code == ErrorCode::kNotFound) {
    std::erase_if(hosts, through_server);
    return {};
  }
  SKY_CHECK(key);
  for (client::SshHost& host : hosts) {
    if (!through_server(host)) continue;
    host.credentials.ssh_private_key = client::own_ssh_key_path(session.home());
    host.credentials.ssh_proxy_command = proxy_command();
  }
  return {};
}

}  // namespace

auto update_ssh_entries(Session& session, std::vector<client::SshHost> hosts, const std::vector<std::string>& gone)
    -> Result<> {
  SKY_CHECK(complete(session, hosts));
  return client::SshConfig(session.home()).update(hosts, gone);
}

auto synchronize_ssh_entries(Session& session, std::vector<client::SshHost> hosts) -> Result<> {
  SKY_CHECK(complete(session, hosts));
  return client::SshConfig(session.home()).synchronize(hosts);
}

}  // namespace sky::cli
