// An ssh server on standard input and output, for nodes that run none: `sky-agent ssh` behind `ssh CLUSTER`.
//
// One connection per process, as the user of the process, without root. The one key that the server of the API vouches
// for may log in, under any user name; there are no passwords. Speaks sessions: commands, shells, terminals, and sftp
// where the machine has OpenSSH's sftp-server. Refused: forwarding of ports, agents and X11. The host key is new each
// time: who the other end is, the connection below knows already.
//
// libssh stays behind this header. Blocking: takes the whole process.
#pragma once

#include <string>

#include "base/result.h"

namespace sky::agent {

struct SshServerOptions {
  std::string authorized_key;  // "ssh-ed25519 AAAA…"
  std::string home;            // where sessions start, absolute
};

// Returns when the connection has ended. kInvalidArgument: no public key; kUnavailable: the client's handshake failed.
auto serve_ssh(const SshServerOptions& options) -> Result<>;

}  // namespace sky::agent
