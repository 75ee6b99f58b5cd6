// Who the user is and what they typed: the common part of every request body.
//
// Source: sky/utils/common_utils.py and sky/server/requests/payloads.py of skypilot 0.14.1.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/bodies.h"
#include "base/result.h"

namespace sky::client {

struct Identity {
  std::string user_id;    // 8 hex digits
  std::string user_name;  // for display
};

// The id is $SKYPILOT_USER_ID, else the content of HOME/.sky/user_hash, which is made (random, atomically, mode 0600)
// when it is missing or holds no id; the name is $SKYPILOT_USER, else the login name. Errors: those of os/file.h.
auto load_identity(const std::string& home, const std::map<std::string, std::string>& environment, std::uint64_t random)
    -> Result<Identity>;

// What is sent as `entrypoint_command` and shown later in tables: the words quoted for a shell, values of --secret
// replaced by <redacted>.
auto command_text(const std::vector<std::string>& argv) -> std::string;

struct Invocation {
  std::vector<std::string> argv;  // "sky", "launch", …
  std::string command;            // "launch", "api_status": names the entrypoint
  std::map<std::string, std::string> environment;
  JsonObject config;  // the client's configuration, sent as override_skypilot_config
  bool local = true;  // a server on this machine also gets the names of cloud credentials, as the original's does
};

// SKYPILOT_* of the environment, and for a local server the variables and files that hold cloud credentials, which the
// server uses and never stores (api::strip_credentials).
auto request_body(const Identity& identity, const Invocation& invocation) -> api::RequestBody;

}  // namespace sky::client
