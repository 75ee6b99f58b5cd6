// api start, api stop.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/status.h"
#include "cli/commands/api_handlers.h"
#include "cli/session.h"
#include "os/file.h"
#include "os/machine.h"
#include "term/tree.h"

namespace sky::cli {
namespace {

struct StartOptions {
  std::string host;
  bool foreground = false;
  std::optional<std::int64_t> port;
  std::string certificate_path;
  std::string key_path;

  // Whether only programs of this machine reach the port, without TLS: as every command starts it.
  auto usual() const -> bool {
    return (host == "127.0.0.1" || host == "localhost") && certificate_path.empty() && key_path.empty();
  }
  auto arguments() const -> std::vector<std::string> {
    std::vector<std::string> words = {"--host", host};
    if (!certificate_path.empty()) words.insert(words.end(), {"--tls-cert", certificate_path});
    if (!key_path.empty()) words.insert(words.end(), {"--tls-key", key_path});
    return words;
  }
};

// This process becomes `program`. Returns only when that failed.
auto become(const std::string& program, const std::vector<std::string>& arguments) -> Error {
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  return os::errno_error(errno, "start", program);
}

// Where other machines reach a server that listens on all addresses of this one.
auto outside_url(const StartOptions& options, std::uint16_t port) -> std::string {
  const bool all = options.host == "0.0.0.0" || options.host == "::";
  return fmt::format("{}://{}:{}", options.certificate_path.empty() ? "http" : "https",
                     all ? os::host_name() : options.host, port);
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
  const std::uint16_t port = session.endpoint().address.port;
  if (options.foreground) {
    std::vector<std::string> arguments = options.arguments();
    arguments.insert(arguments.end(), {"--port", fmt::format("{}", port)});
    return become(session.control().options().program, arguments);
  }
  const Deadline deadline = Deadline::after(session.loop().now(), std::chrono::seconds(5));
  const bool running = session.wait(session.control().health(deadline)).ok();
  if (!options.usual()) session.control().set_arguments(options.arguments());
  SKY_CHECK(session.wait(session.control().ensure_running()));
  const term::Paint paint = given.out_paint();
  given.print(running ? "API server is already running:"
                      : paint(term::Style::kGreen, "✓ SkyPilot API server started."));
  given.print(
      fmt::format("{}SkyPilot API server and dashboard: {}\n{}View API server logs at: ~/.sky/server/server.log",
                  term::branch(paint, false), session.endpoint().url, term::branch(paint, true)));
  if (!running && !options.usual()) {
    given.print(
        fmt::format("To log in from another machine: sky api login -e {} --token TOKEN", outside_url(options, port)));
  }
  if (port != kDefaultPort) {
    given.print(
        fmt::format("Server is on a non-default port. For other commands and terminals to reach it, run: "
                    "export {}={}",
                    client::kLocalPortVariable, port));
  }
  return kExitSucceeded;
}

// The server runs in another working directory.
auto file_option(const Invocation& given, std::string_view name) -> std::string {
  const auto path = given.text(name);
  return path ? absolute_path(given.env(), *path) : std::string();
}

auto token_command(const Invocation& invocation, std::vector<std::string> words) -> int {
  words.insert(words.begin(), "token");
  const Result<std::unique_ptr<Session>> session = Session::open(invocation);
  if (!session.ok()) return report(invocation, session.error());
  return report(invocation, become((*session)->control().options().program, words));
}

}  // namespace

auto run_api_token_create(Invocation& invocation) -> int {
  return token_command(invocation, {"create", invocation.arguments("name").front()});
}

auto run_api_token_list(Invocation& invocation) -> int {
  return token_command(invocation, {"list"});
}

auto run_api_token_revoke(Invocation& invocation) -> int {
  return token_command(invocation, {"revoke", invocation.arguments("name").front()});
}

auto run_api_start(Invocation& invocation) -> int {
  StartOptions options{.host = *invocation.text("host"),
                       .foreground = invocation.flag("foreground"),
                       .port = invocation.integer("port"),
                       .certificate_path = file_option(invocation, "tls-cert"),
                       .key_path = file_option(invocation, "tls-key")};
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
