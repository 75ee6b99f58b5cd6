// What a failed `ssh` said, as an Error. Pure. Source of the texts: OpenSSH 9.2 (sshconnect.c, ssh.c, kex.c) and 8.x.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/ssh_command.h"

namespace sky::net {

// Why a login failed: details["ssh"] of the error.
//   refused, timeout, unreachable, dns, closed, jump   kUnavailable: another try may do
//   auth                                               kUnauthenticated
//   asked, host_key, changed_key                       kPermissionDenied
//   config                                             kInvalidArgument
//   other                                              kUnavailable
// `asked`: the questions of ssh that nobody was there to answer, a line each.
auto login_error(const SshTarget& target, std::string_view errors, std::string_view asked) -> Error;

// True when the host closed the connection before it asked who we are: it has too many logins under way.
auto is_login_limit(const Error& error) -> bool;
// True when an open connection refused one more session.
auto is_session_limit(std::string_view errors) -> bool;

// The place of the key that a host was known by, and the fingerprint of the one that it shows now.
struct ChangedKey {
  std::string found;  // "SHA256:…"
  std::string file;
  int line = 0;  // from 1
};
auto changed_key_of(std::string_view errors) -> std::optional<ChangedKey>;
// The same error with both fingerprints.
auto changed_key_error(const SshTarget& target, const ChangedKey& changed, std::string_view expected) -> Error;

}  // namespace sky::net
