// How the OpenSSH client is called: the configuration it reads, its arguments, its environment. Pure.
//
// `ssh` finds a user's files through the password entry, not through $HOME, so all of them are named: a configuration
// of ours includes $HOME/.ssh/config (then the system's), and only then gives defaults. ssh takes the first value that
// it meets, so whatever the user wrote wins. Sources: ssh(1), ssh_config(5), OpenSSH 9.2.
#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "os/process.h"

namespace sky::net {

// A host to log in to. Empty fields are the user's configuration's business.
struct SshTarget {
  std::string host;  // an address, a name, or an alias of the user's configuration
  std::string user;
  int port = 0;
  std::string identity_file;
  Secret password;
  // Used where neither the fields above nor the user's configuration say anything.
  std::string default_user;
  std::string default_identity_file;
  auto operator==(const SshTarget&) const -> bool = default;
};
// "ubuntu@10.0.0.1:2222"; what is not given is left out.
auto to_string(const SshTarget& target) -> std::string;

// What the configuration of a login is made of, besides the target.
struct SshFiles {
  std::string home;                         // $HOME
  std::vector<std::string> includes;        // configurations that exist, the user's first
  std::vector<std::string> identity_files;  // tried where the user's configuration names none
};
auto ssh_config_text(const SshFiles& files, const SshTarget& target) -> std::string;

// What is printed before the output of any command, so that the output of shell start-up files is told from it.
inline constexpr std::string_view kSshMark = "=sky-ssh-begin=";
// `check` and `command` are POSIX shell, whatever the login shell is. `check` may print to stderr and `exit N`; the
// mark comes after it, then `command`. Both on one line; fish and csh spoil backslashes and line breaks inside.
struct SshCommand {
  std::string check;  // empty, or ends with ';'
  std::string command;
};
auto marked_command(const SshCommand& command) -> std::string;

// One connection that others share, and the command that keeps it open: it ends with its standard input.
auto master_argv(const SshTarget& target, const std::string& config_path, const std::string& socket_path,
                 int connect_timeout_seconds) -> std::vector<std::string>;
// A command over the connection behind `socket_path`; never dials by itself.
auto session_argv(const SshTarget& target, const std::string& socket_path, const SshCommand& command)
    -> std::vector<std::string>;

// What ssh makes of a target and the user's configuration: `ssh -G`.
struct SshResolved {
  std::string host;
  std::string user;
  int port = 22;
  std::vector<std::string> identity_files;  // in the order in which they are tried; may not exist
  std::string proxy_command;                // also for ProxyJump; "" when there is none
};
auto resolve_argv(const SshTarget& target, const std::string& config_path) -> std::vector<std::string>;
auto parse_resolved(std::string_view output) -> SshResolved;

// Questions go to this script, not to a terminal: it writes them to $SKY_SSH_ASKED and answers one for a password with
// $SKY_SSH_ANSWER's content, if there is such a file.
auto askpass_script() -> std::string_view;
auto askpass_environment(const std::string& script_path, const std::string& asked_path, const std::string& answer_path)
    -> os::Environment;

}  // namespace sky::net
