// The user's ssh configuration for clusters (client/ssh_config.h), where nodes without sshd are reached through this
// program: `ProxyCommand sky __proxy`.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "client/ssh_config.h"

namespace sky::cli {

// Makes the key of the user, once, when a host needs it. Hosts that need one are left out on a machine without ssh.
auto update_ssh_entries(Session& session, std::vector<client::SshHost> hosts, const std::vector<std::string>& gone)
    -> Result<>;
// After a full status: see SshConfig::synchronize.
auto synchronize_ssh_entries(Session& session, std::vector<client::SshHost> hosts) -> Result<>;

}  // namespace sky::cli
