#include "client/identity.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/secret.h"
#include "base/strings.h"
#include "os/file.h"
#include "os/machine.h"

namespace sky::client {
namespace {

// Variables and files of clouds that a server on this machine reads on behalf of this user.
constexpr std::array<std::string_view, 2> kCredentialPrefixes = {"AWS_", "AZURE_"};
constexpr std::array<std::string_view, 2> kCredentialVariables = {"GOOGLE_APPLICATION_CREDENTIALS", "KUBECONFIG"};
// Settings of this client or of a server, not of a request.
constexpr std::array<std::string_view, 5> kOwnVariables = {
    "SKYPILOT_GLOBAL_CONFIG", "SKYPILOT_PROJECT_CONFIG", "SKYPILOT_DB_CONNECTION_URI",
    "SKYPILOT_IN_CLUSTER_CONTEXT_NAME", "SKYPILOT_SERVICE_ACCOUNT_TOKEN"};  // goes in a header
// Options whose value, or the part of it after '=', is secret.
constexpr std::array<std::string_view, 4> kSecretOptions = {"--secret", "--token", "-t", "--service-account-token"};

// The original's rule: hexadecimal, of any length.
auto is_user_id(std::string_view text) -> bool {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

auto is_sent(std::string_view name, bool local) -> bool {
  const auto is_prefix = [&](std::string_view prefix) { return name.starts_with(prefix); };
  if (is_prefix("SKYPILOT_")) {
    return !is_prefix("SKYPILOT_SERVER_") && std::ranges::find(kOwnVariables, name) == kOwnVariables.end();
  }
  return local && (std::ranges::any_of(kCredentialPrefixes, is_prefix) ||
                   std::ranges::find(kCredentialVariables, name) != kCredentialVariables.end());
}

// `-t` means --instance-type in most commands: only what looks like a token is one.
auto redacted_value(std::string_view option, std::string_view value) -> std::string {
  if (option == "--secret") {
    const size_t equals = value.find('=');
    if (equals == std::string_view::npos) return std::string(value);
    return fmt::format("{}={}", value.substr(0, equals), kRedacted);
  }
  if (option == "-t" && !value.starts_with("sky_")) return std::string(value);
  return std::string(kRedacted);
}

}  // namespace

auto load_identity(const std::string& home, const std::map<std::string, std::string>& environment, std::uint64_t random)
    -> Result<Identity> {
  Identity identity;
  const auto name = environment.find("SKYPILOT_USER");
  identity.user_name = name != environment.end() && !name->second.empty() ? name->second : os::user_name();
  const auto id = environment.find("SKYPILOT_USER_ID");
  if (id != environment.end() && is_user_id(id->second)) {
    identity.user_id = id->second;
    return identity;
  }
  const std::string path = home + "/.sky/user_hash";
  if (const Result<std::string> stored = os::read_file(path); stored.ok() && is_user_id(trim(*stored))) {
    identity.user_id = trim(*stored);
    return identity;
  }
  identity.user_id = fmt::format("{:08x}", static_cast<std::uint32_t>(random));
  SKY_CHECK(os::make_dirs(home + "/.sky"));
  SKY_CHECK(os::write_file_atomic(path, identity.user_id));
  return identity;
}

auto command_text(const std::vector<std::string>& argv) -> std::string {
  std::vector<std::string> words;
  std::string_view option;  // the secret option whose value comes next
  for (const std::string& word : argv) {
    std::string shown = word;
    if (words.empty()) {
      shown = word.substr(word.rfind('/') + 1);  // npos + 1 is 0
    } else if (!option.empty()) {
      shown = redacted_value(option, word);
    } else if (const size_t equals = word.find('='); word.starts_with("--") && equals != std::string::npos) {
      const std::string_view name = std::string_view(word).substr(0, equals);
      if (std::ranges::find(kSecretOptions, name) != kSecretOptions.end()) {
        shown = fmt::format("{}={}", name, redacted_value(name, std::string_view(word).substr(equals + 1)));
      }
    }
    const auto* found = option.empty() ? std::ranges::find(kSecretOptions, word) : kSecretOptions.end();
    option = found == kSecretOptions.end() ? std::string_view() : *found;
    words.push_back(shell_quote(shown));
  }
  return join(words, " ");
}

auto request_body(const Identity& identity, const Invocation& invocation) -> api::RequestBody {
  api::RequestBody body;
  for (const auto& [name, value] : invocation.environment) {
    if (is_sent(name, invocation.local)) body.env_vars.emplace(name, value);
  }
  body.env_vars["SKYPILOT_USER_ID"] = identity.user_id;
  body.env_vars["SKYPILOT_USER"] = identity.user_name;
  body.entrypoint = "sky.client.cli.command." + invocation.command;
  body.entrypoint_command = command_text(invocation.argv);
  body.using_remote_api_server = !invocation.local;
  body.override_skypilot_config = invocation.config;
  return body;
}

}  // namespace sky::client
