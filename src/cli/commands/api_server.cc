// api start, api stop.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/status.h"
#include "cli/commands/api_handlers.h"
#include "cli/session.h"
#include "os/file.h"
#include "term/tree.h"

namespace sky::cli {
namespace {

constexpr std::string_view kLoopback = "127.0.0.1";

struct StartOptions {
  std::string host;
  bool foreground = false;
  std::optional<std::int64_t> port;
};

// This process becomes the server. Returns only when that failed.
auto become_server(Session& session, const StartOptions& options) -> Error {
  const std::string program = session.control().options().program;
  const std::string port = fmt::format("{}", options.port.value_or(session.endpoint().address.port));
  const char* argv[] = {program.c_str(), "--host", options.host.c_str(), "--port", port.c_str(), nullptr};
  ::execv(program.c_str(), const_cast<char**>(argv));
  return os::errno_error(errno, "start", program);
}

auto start(Session& session, const StartOptions& options) -> Result<int> {
  const Invocation& given = session.invocation();
  if (!session.endpoint().local) {
    return make_error(
        ErrorCode::kInvalidArgument,
        fmt::format("Unable to start local API server: server endpoint is set to {}. To start a local API server, "
                    "remove the endpoint from the config file and/or unset the SKYPILOT_API_SERVER_ENDPOINT "
                    "environment variable.",
                    session.endpoint().url));
  }
  // The server itself says which hosts it can listen on.
  const bool loopback = options.host == kLoopback || options.host == "localhost";
  if (options.foreground || !loopback) return become_server(session, options);
  const Deadline deadline = Deadline::after(session.loop().now(), std::chrono::seconds(5));
  const bool running = session.wait(session.control().health(deadline)).ok();
  SKY_CHECK(session.wait(session.control().ensure_running()));
  const term::Paint paint = given.out_paint();
  given.print(running ? "API server is already running:"
                      : paint(term::Style::kGreen, "✓ SkyPilot API server started."));
  given.print(
      fmt::format("{}SkyPilot API server and dashboard: {}\n{}View API server logs at: ~/.sky/server/server.log",
                  term::branch(paint, false), session.endpoint().url, term::branch(paint, true)));
  if (session.endpoint().address.port != kDefaultPort) {
    given.print(
        fmt::format("Server is on a non-default port. For other commands and terminals to reach it, run: "
                    "export {}={}",
                    client::kLocalPortVariable, session.endpoint().address.port));
  }
  return kExitSucceeded;
}

}  // namespace

auto run_api_start(Invocation& invocation) -> int {
  StartOptions options{.host = *invocation.text("host"),
                       .foreground = invocation.flag("foreground"),
                       .port = invocation.integer("port")};
  if (invocation.flag("deploy")) options.host = options.host == "::" || options.host == "::1" ? "::" : "0.0.0.0";
  if (invocation.flag("enable-basic-auth")) {
    return invocation.fail(
        make_error(ErrorCode::kNotSupported, "--enable-basic-auth is not available in this version of sky yet."));
  }
  // Everything below asks the variable.
  if (options.port) ::setenv(client::kLocalPortVariable.data(), fmt::format("{}", *options.port).c_str(), 1);
  return with_session(invocation, [&](Session& session) { return start(session, options); });
}

auto run_api_stop(Invocation& invocation) -> int {
  return with_session(invocation, [](Session& session) -> Result<int> {
    const Invocation& given = session.invocation();
    if (!session.endpoint().local) {
      return make_error(ErrorCode::kInvalidArgument,
                        fmt::format("Cannot kill the API server at {} because it is not the default SkyPilot API "
                                    "server started locally.",
                                    session.endpoint().url));
    }
    SKY_TRY(const bool stopped, session.wait(session.control().stop()));
    given.print(stopped ? given.out_paint()(term::Style::kGreen, "SkyPilot API server stopped.")
                        : "SkyPilot API server is not running.");
    return kExitSucceeded;
  });
}

}  // namespace sky::cli
