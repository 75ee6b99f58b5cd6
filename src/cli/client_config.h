// The configuration of a command: the user's file, the project's file, then --config.
//
//   ~/.sky/config.yaml ($SKYPILOT_GLOBAL_CONFIG)  <  ./.sky.yaml ($SKYPILOT_PROJECT_CONFIG)  <  --config
//
// A missing file is an empty one. Errors: those of Config::load; a wrong --config is a usage error (errors.h).
#pragma once

#include <string>

#include "base/result.h"
#include "cli/invocation.h"
#include "config/config.h"

namespace sky::cli {

struct ClientConfig {
  Config merged;
  JsonObject flags;       // of --config alone: a task of launch and exec gets it too
  std::string user_path;  // where the user's own file is, or would be
};

auto load_client_config(const Invocation& invocation) -> Result<ClientConfig>;

// $SKYPILOT_GLOBAL_CONFIG, else ~/.sky/config.yaml.
auto user_config_path(const CliEnvironment& env) -> std::string;
// $HOME, else the one of the machine's user list.
auto home_of(const CliEnvironment& env) -> std::string;

// Sets or (nullopt) removes `api_server` with its endpoint and token in the user's file; other settings stay, comments
// do not. A file with a token is for its user alone.
auto save_endpoint(CliEnvironment& env, const std::optional<std::string>& url, const std::optional<std::string>& token)
    -> Result<>;

// An absolute path without `.` and `..`: `~` is the user's home, relative paths start at the working directory.
auto absolute_path(const CliEnvironment& env, std::string_view path) -> std::string;

}  // namespace sky::cli
