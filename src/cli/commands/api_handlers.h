// The handlers of `sky api`; their options are in api.cc.
#pragma once

#include "cli/invocation.h"

namespace sky::cli {

// The server as a process (api_server.cc).
auto run_api_start(Invocation& invocation) -> int;
auto run_api_stop(Invocation& invocation) -> int;
// Who may use it from other machines: carried out by the server's program (api_server.cc).
auto run_api_token_create(Invocation& invocation) -> int;
auto run_api_token_list(Invocation& invocation) -> int;
auto run_api_token_revoke(Invocation& invocation) -> int;
// Which server (api_endpoint.cc).
auto run_api_info(Invocation& invocation) -> int;
auto run_api_login(Invocation& invocation) -> int;
auto run_api_logout(Invocation& invocation) -> int;
// Its requests (api_requests.cc).
auto run_api_logs(Invocation& invocation) -> int;
auto run_api_status(Invocation& invocation) -> int;
auto run_api_cancel(Invocation& invocation) -> int;

}  // namespace sky::cli
