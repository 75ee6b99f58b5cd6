#include "net/ssh_command.h"

#include <cstdlib>

#include <fmt/format.h>

#include "base/strings.h"

namespace sky::net {
namespace {

// A connection whose host does not answer is given up after interval * count.
constexpr int kAliveIntervalSeconds = 5;
constexpr int kAliveCountMax = 3;

auto in_quotes(std::string_view path) -> std::string {
  return fmt::format("\"{}\"", path);
}

// `user@host:port` of ProxyJump as ssh's arguments.
auto jump_argument(std::string_view jump) -> std::string {
  return jump.starts_with("ssh://") ? std::string(jump) : fmt::format("ssh://{}", jump);
}

void append(std::vector<std::string>& argv, std::initializer_list<std::string> more) {
  argv.insert(argv.end(), more);
}

void append_login(std::vector<std::string>& argv, const SshTarget& target) {
  if (!target.user.empty()) append(argv, {"-l", target.user});
  if (target.port != 0) append(argv, {"-p", fmt::format("{}", target.port)});
  if (!target.identity_file.empty()) append(argv, {"-i", target.identity_file});
}

}  // namespace

auto to_string(const SshTarget& target) -> std::string {
  std::string text = target.user.empty() ? target.host : target.user + "@" + target.host;
  if (target.port != 0) text += fmt::format(":{}", target.port);
  return text;
}

auto ssh_config_text(const SshFiles& files, const SshTarget& target) -> std::string {
  std::string text = "# Written by sky-server; changes are lost.\n";
  for (const std::string& file : files.includes) text += fmt::format("Include {}\n", in_quotes(file));
  // For this host alone: a jump host on the way reads the same file.
  text += fmt::format("Host {}\n", target.host);
  if (!target.default_user.empty()) text += fmt::format("  User {}\n", target.default_user);
  if (!target.default_identity_file.empty()) {
    text += fmt::format("  IdentityFile {}\n", in_quotes(target.default_identity_file));
  }
  text += fmt::format("Host *\n  StrictHostKeyChecking accept-new\n  UserKnownHostsFile {}\n",
                      in_quotes(files.home + "/.ssh/known_hosts"));
  for (const std::string& file : files.identity_files) text += fmt::format("  IdentityFile {}\n", in_quotes(file));
  return text;
}

auto master_argv(const SshTarget& target, const std::string& config_path, const std::string& socket_path,
                 int connect_timeout_seconds) -> std::vector<std::string> {
  std::vector<std::string> argv{"ssh", "-F", config_path, "-T", "-S", socket_path};
  for (const std::string& option :
       {std::string("ControlMaster=yes"), std::string("ControlPersist=no"),
        fmt::format("ConnectTimeout={}", connect_timeout_seconds),
        fmt::format("ServerAliveInterval={}", kAliveIntervalSeconds),
        fmt::format("ServerAliveCountMax={}", kAliveCountMax), std::string("NumberOfPasswordPrompts=1"),
        std::string("LogLevel=ERROR"), std::string("RequestTTY=no"), std::string("RemoteCommand=none"),
        std::string("EscapeChar=none"), std::string("ClearAllForwardings=yes"), std::string("ForwardX11=no"),
        std::string("PermitLocalCommand=no")}) {
    append(argv, {"-o", option});
  }
  append_login(argv, target);
  append(argv, {"--", target.host, marked_command({.check = {}, .command = "exec cat >/dev/null"})});
  return argv;
}

auto session_argv(const SshTarget& target, const std::string& socket_path, const SshCommand& command)
    -> std::vector<std::string> {
  // With the connection gone ssh would dial again without our options; the proxy that fails at once prevents it.
  return {"ssh",
          "-F",
          "/dev/null",
          "-T",
          "-S",
          socket_path,
          "-o",
          "ControlMaster=no",
          "-o",
          "ProxyCommand=false",
          "-o",
          "LogLevel=ERROR",
          "-o",
          "EscapeChar=none",
          "--",
          target.host,
          marked_command(command)};
}

auto resolve_argv(const SshTarget& target, const std::string& config_path) -> std::vector<std::string> {
  std::vector<std::string> argv{"ssh", "-F", config_path, "-G"};
  append_login(argv, target);
  append(argv, {"--", target.host});
  return argv;
}

auto parse_resolved(std::string_view output) -> SshResolved {
  SshResolved resolved;
  std::string jump;
  for (const std::string_view line : split(output, '\n')) {
    const size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, blank);
    const std::string value(line.substr(blank + 1));
    if (key == "hostname") resolved.host = value;
    if (key == "user") resolved.user = value;
    if (key == "port") resolved.port = static_cast<int>(parse_int(value).value_or(22));
    if (key == "identityfile") resolved.identity_files.push_back(value);
    if (key == "proxycommand" && value != "none") resolved.proxy_command = value;
    if (key == "proxyjump" && value != "none") jump = value;
  }
  if (jump.empty() || !resolved.proxy_command.empty()) return resolved;
  // All but the last of several are the way to the last.
  const size_t comma = jump.rfind(',');
  const std::string way = comma == std::string::npos ? "" : fmt::format("-J {} ", jump.substr(0, comma));
  const std::string last = comma == std::string::npos ? jump : jump.substr(comma + 1);
  resolved.proxy_command = fmt::format("ssh {}-W [%h]:%p {}", way, jump_argument(last));
  return resolved;
}

auto marked_command(const SshCommand& command) -> std::string {
  return "exec sh -c " + shell_quote(fmt::format("{} echo {}; {}", command.check, kSshMark, command.command));
}

auto askpass_script() -> std::string_view {
  return "#!/bin/sh\n"
         "printf '%s\\n' \"$1\" >>\"$SKY_SSH_ASKED\"\n"
         "case $1 in *[Pp]assword*) [ -r \"$SKY_SSH_ANSWER\" ] && exec cat \"$SKY_SSH_ANSWER\" ;; esac\n"
         "exit 1\n";
}

auto askpass_environment(const std::string& script_path, const std::string& asked_path, const std::string& answer_path)
    -> os::Environment {
  os::Environment environment{{"SSH_ASKPASS", script_path},
                              {"SSH_ASKPASS_REQUIRE", "force"},
                              {"SKY_SSH_ASKED", asked_path},
                              {"SKY_SSH_ANSWER", answer_path},
                              {"LC_ALL", "C"}};
  // Before OpenSSH 8.4 the script was used only where there seems to be a display.
  if (std::getenv("DISPLAY") == nullptr) environment["DISPLAY"] = ":0";
  return environment;
}

}  // namespace sky::net
