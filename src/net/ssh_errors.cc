#include "net/ssh_errors.h"

#include <array>

#include <fmt/format.h>

#include "base/strings.h"

namespace sky::net {
namespace {

struct Rule {
  std::string_view text;  // part of what ssh says, lower case
  std::string_view kind;
  ErrorCode code;
  std::string_view message;
  std::string_view hint;
};

constexpr std::string_view kKeyHint =
    "Name a key with `identity_file`, add it to the host's ~/.ssh/authorized_keys, or give a `password`.";

// The first that matches wins. A jump host's failure is followed by one of the connection through it.
constexpr std::array kRules = {
    Rule{"unknown port 65535", "jump", ErrorCode::kUnavailable, "the way through the jump host or proxy command failed",
         "Try `ssh` to the jump host by hand."},
    Rule{"stdio forwarding failed", "jump", ErrorCode::kUnavailable, "the jump host cannot reach it",
         "Check address and port as the jump host sees them."},
    Rule{"could not resolve hostname", "dns", ErrorCode::kUnavailable, "its name is not known",
         "Check the spelling, or add it to ~/.ssh/config."},
    Rule{"connection refused", "refused", ErrorCode::kUnavailable, "connection refused",
         "Check that sshd runs there, and the port."},
    Rule{"timed out", "timeout", ErrorCode::kUnavailable, "no answer", "Check that it is switched on and reachable."},
    Rule{"no route to host", "unreachable", ErrorCode::kUnavailable, "no route to it",
         "Check that it is switched on and reachable."},
    Rule{"network is unreachable", "unreachable", ErrorCode::kUnavailable, "its network is unreachable", ""},
    Rule{"host key verification failed", "host_key", ErrorCode::kPermissionDenied,
         "its host key is not known, and the ssh configuration does not let sky accept it",
         "Log in once with `ssh` by hand, or set StrictHostKeyChecking to accept-new."},
    Rule{"permission denied", "auth", ErrorCode::kUnauthenticated, "it refused the login", kKeyHint},
    Rule{"too many authentication failures", "auth", ErrorCode::kUnauthenticated,
         "it refused the login after too many keys", "Name the right key with `identity_file`."},
    Rule{"bad configuration option", "config", ErrorCode::kInvalidArgument, "the ssh configuration is wrong", ""},
    Rule{"bad owner or permissions", "config", ErrorCode::kInvalidArgument, "the ssh configuration is wrong", ""},
    Rule{"terminating,", "config", ErrorCode::kInvalidArgument, "the ssh configuration is wrong", ""},
    Rule{"exceeded maxstartups", "closed", ErrorCode::kUnavailable, "it has too many logins under way", ""},
    Rule{"kex_exchange_identification", "closed", ErrorCode::kUnavailable, "it closed the connection", ""},
    Rule{"connection reset", "closed", ErrorCode::kUnavailable, "it closed the connection", ""},
    Rule{"connection closed", "closed", ErrorCode::kUnavailable, "it closed the connection", ""},
};

// The last line that says something; ssh ends with the most telling one.
auto last_line(std::string_view text) -> std::string_view {
  text = trim(text);
  const size_t start = text.rfind('\n');
  return trim(start == std::string_view::npos ? text : text.substr(start + 1));
}

auto first_line_with(std::string_view text, std::string_view lower_part) -> std::string_view {
  for (const std::string_view line : split(text, '\n')) {
    if (to_lower(line).find(lower_part) != std::string::npos) return trim(line);
  }
  return {};
}

auto make(const SshTarget& target, std::string_view kind, ErrorCode code, std::string_view what) -> Error {
  Error error = make_error(code, fmt::format("cannot log in to '{}': {}", to_string(target), what));
  error.details["ssh"] = kind;
  return error;
}

// ssh words a question over several lines; the last one is what it asks.
auto asked_error(const SshTarget& target, std::string_view asked) -> Error {
  const std::string_view question = last_line(asked);
  Error error = make(target, "asked", ErrorCode::kPermissionDenied,
                     fmt::format("ssh asked \"{}\", and nobody is there to answer", question));
  const std::string lower = to_lower(question);
  if (lower.find("passphrase") != std::string::npos) {
    error.hint =
        "Add the key to your ssh agent with `ssh-add` and start the server with that agent in its environment.";
  } else if (lower.find("password") != std::string::npos) {
    error.hint = kKeyHint;
  } else {
    error.hint = "Log in once with `ssh` by hand and answer it.";
  }
  return error;
}

}  // namespace

auto login_error(const SshTarget& target, std::string_view errors, std::string_view asked) -> Error {
  if (const auto changed = changed_key_of(errors)) return changed_key_error(target, *changed, "");
  const bool password_refused = !target.password.empty() && to_lower(asked).find("password") != std::string::npos;
  if (!trim(asked).empty() && !password_refused) return asked_error(target, asked);
  const std::string lower = to_lower(errors);
  for (const Rule& rule : kRules) {
    if (lower.find(rule.text) == std::string::npos) continue;
    Error error =
        make(target, rule.kind, rule.code, fmt::format("{} ({})", rule.message, first_line_with(errors, rule.text)));
    if (rule.kind == "auth" && password_refused) error.hint = "Check the `password` of the host.";
    if (error.hint.empty()) error.hint = rule.hint;
    return error;
  }
  const std::string_view said = last_line(errors);
  return make(target, "other", ErrorCode::kUnavailable, said.empty() ? "ssh ended without a word" : said);
}

auto is_login_limit(const Error& error) -> bool {
  const auto kind = error.details.find("ssh");
  return kind != error.details.end() && kind->second == "closed";
}

auto is_session_limit(std::string_view errors) -> bool {
  return errors.find("Session open refused by peer") != std::string_view::npos ||
         errors.find("session request failed") != std::string_view::npos;
}

auto changed_key_of(std::string_view errors) -> std::optional<ChangedKey> {
  if (errors.find("REMOTE HOST IDENTIFICATION HAS CHANGED") == std::string_view::npos) return std::nullopt;
  ChangedKey changed;
  for (std::string_view line : split(errors, '\n')) {
    line = trim(line);
    if (line.starts_with("SHA256:") || line.starts_with("MD5:")) {
      changed.found = line.ends_with('.') ? line.substr(0, line.size() - 1) : line;
    }
    constexpr std::string_view kKeyIn = " key in ";
    const size_t in = line.find(kKeyIn);
    const size_t colon = line.rfind(':');
    if (!line.starts_with("Offending ") || in == std::string_view::npos || colon == std::string_view::npos) continue;
    changed.file = line.substr(in + kKeyIn.size(), colon - in - kKeyIn.size());
    changed.line = static_cast<int>(parse_int(line.substr(colon + 1)).value_or(0));
  }
  return changed;
}

auto changed_key_error(const SshTarget& target, const ChangedKey& changed, std::string_view expected) -> Error {
  Error error = make(target, "changed_key", ErrorCode::kPermissionDenied,
                     fmt::format("its host key has changed: expected {}, found {}",
                                 expected.empty() ? "the key that it was known by" : expected, changed.found));
  error.details["expected"] = expected;
  error.details["found"] = changed.found;
  error.hint = fmt::format(
      "Somebody may stand between you and the host. If it was installed anew: `ssh-keygen -f {} -R {}`.",
      changed.file.empty() ? "~/.ssh/known_hosts" : changed.file,
      target.port == 0 || target.port == 22 ? target.host : fmt::format("[{}]:{}", target.host, target.port));
  return error;
}

}  // namespace sky::net
