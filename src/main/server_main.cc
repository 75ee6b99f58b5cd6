// sky-server: argv, environment, wiring.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "async/asio_loop.h"
#include "async/group.h"
#include "base/log.h"
#include "base/strings.h"
#include "base/version.h"
#include "catalog/fetch/fetch.h"
#include "config/config.h"
#include "infra/local/local_infra.h"
#include "infra/ssh/ssh_infra.h"
#include "os/file.h"
#include "os/machine.h"
#include "server/server.h"
#include "store/sqlite/sqlite_store.h"

namespace {

using sky::Result;

constexpr std::string_view kUsage =
    "Usage: sky-server [--host HOST] [--port PORT] [--state-dir DIR]\n\n"
    "The API server of sky. `sky api start` starts it, `sky api stop` ends it.\n"
    "PORT defaults to $SKYPILOT_API_SERVER_LOCAL_PORT, else 46580; DIR to ~/.sky/server.\n";

struct Arguments {
  sky::server::ServerConfig config;
  std::string state_dir;
};

auto variable(const char* name) -> std::string {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

auto parse_port(std::string_view text) -> Result<int> {
  const auto port = sky::parse_int(text);
  if (port && *port >= 1 && *port <= 65535) return static_cast<int>(*port);
  return sky::make_error(sky::ErrorCode::kInvalidArgument,
                         fmt::format("'{}' is no port (expected a number from 1 to 65535)", text));
}

auto parse_arguments(std::span<char*> argv) -> Result<Arguments> {
  Arguments arguments;
  arguments.state_dir = sky::os::home_dir() + "/.sky/server";
  arguments.config.port = sky::kDefaultPort;
  arguments.config.pid = getpid();
  if (const std::string port = variable("SKYPILOT_API_SERVER_LOCAL_PORT"); !port.empty()) {
    SKY_TRY(arguments.config.port, parse_port(port));
  }
  for (size_t i = 1; i < argv.size(); i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argv.size()) {
      return sky::make_error(sky::ErrorCode::kInvalidArgument, fmt::format("'{}' is unknown or lacks a value", name));
    }
    if (name == "--host") {
      arguments.config.host = argv[i + 1];
    } else if (name == "--port") {
      SKY_TRY(arguments.config.port, parse_port(argv[i + 1]));
    } else if (name == "--state-dir") {
      arguments.state_dir = argv[i + 1];
    } else {
      return sky::make_error(sky::ErrorCode::kInvalidArgument, fmt::format("No such option: {}", name));
    }
  }
  return arguments;
}

// The user's configuration file; a missing one is an empty configuration.
auto load_config(const std::string& home) -> Result<sky::Config> {
  std::string path = variable("SKYPILOT_GLOBAL_CONFIG");
  if (path.empty()) path = home + "/.sky/config.yaml";
  Result<std::string> text = sky::os::read_file(path);
  if (!text.ok() && text.error().code == sky::ErrorCode::kNotFound) return sky::Config();
  if (!text.ok()) return std::move(text).error();
  return sky::Config::load({.user = sky::ConfigSource{.text = *std::move(text), .path = path}});
}

// More than a century is for ever.
auto hours_of(std::int64_t hours) -> sky::Duration {
  return std::chrono::hours(std::clamp<std::int64_t>(hours, -1, 1'000'000));
}

auto retention_of(const sky::Config& config) -> sky::server::Retention {
  sky::server::Retention retention;
  if (const auto hours = config.get_int("api_server.requests_retention_hours")) {
    retention.requests = hours_of(*hours);
  }
  if (const auto hours = config.get_int("api_server.logs_retention_hours")) {
    retention.logs = hours_of(*hours);
  }
  return retention;
}

auto own_directory() -> std::string {
  std::array<char, 4096> path;
  const ssize_t count = readlink("/proc/self/exe", path.data(), path.size());
  return sky::os::parent_dir(std::string_view(path.data(), count > 0 ? static_cast<size_t>(count) : 0));
}

auto run_server(sky::async::AsioLoop& loop, Arguments arguments) -> sky::async::Task<Result<>> {
  // Before the state directory's lock: who asks for another host hears about the host, also while a server runs.
  SKY_CO_CHECK(sky::server::check_listen_host(arguments.config.host));
  const std::string home = sky::os::home_dir();
  SKY_CO_TRY(const sky::Config config, load_config(home));
  arguments.config.retention = retention_of(config);
  arguments.config.settings = config;
  SKY_CO_TRY(sky::server::StateDir state, sky::server::StateDir::open(arguments.state_dir, loop.random_u64()));
  sky::infra::LocalConfig local{.state_dir = state.path(),
                                .agent_program = own_directory() + "/sky-agent",
                                .real_home = home,
                                .link_from_home = sky::local_link_from_home(config),
                                .environment = sky::infra::node_environment(),
                                .machine = co_await sky::infra::read_local_machine(loop)};
  std::vector<std::unique_ptr<sky::infra::Infra>> infras;
  infras.push_back(std::make_unique<sky::infra::LocalInfra>(loop, std::move(local)));
  sky::infra::SshConfig ssh{.home = home,
                            .work_dir = state.file("ssh"),
                            .owner = fmt::format("{}@{}", sky::os::user_name(), sky::os::host_name()),
                            .agents = sky::infra::find_agent_programs(own_directory())};
  infras.push_back(std::make_unique<sky::infra::SshInfra>(loop, std::move(ssh)));
  auto store = std::make_unique<sky::store::SqliteStore>(sky::store::SqliteOptions{.path = state.file("state.db")});
  SKY_CO_TRY(const std::unique_ptr<sky::server::Server> server,
             co_await sky::server::Server::open(loop, std::move(arguments.config), std::move(state), std::move(infras),
                                                std::move(store)));
  loop.watch_signals([&server](int number) {
    sky::log_info("server", "stopping on signal {}", number);
    server->request_stop();
  });
  sky::async::TaskGroup background(loop);
  background.spawn("catalogs", sky::catalog::keep_catalogs_fresh(
                                   &loop, sky::catalog::catalog_address(variable("SKYPILOT_CATALOG_URL")),
                                   home + "/.sky/catalogs/v8"));
  const Result<> served = co_await server->serve();
  co_await background.stop();
  co_return served;
}

}  // namespace

auto main(int argc, char** argv) -> int {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc == 2 && (std::string_view(argv[1]) == "--help" || std::string_view(argv[1]) == "-h")) {
    fmt::print("{}", kUsage);
    return 0;
  }
  sky::set_log_sink([](std::string_view line) { fmt::print(stderr, "{}\n", line); }, sky::LogLevel::kInfo);
  Result<Arguments> arguments = parse_arguments({argv, static_cast<size_t>(argc)});
  if (!arguments.ok()) {
    fmt::print(stderr, "Error: {}\n{}", arguments.error().message, kUsage);
    return 2;
  }
  sky::async::AsioLoop loop(4);
  const Result<> outcome = loop.run_until_done(run_server(loop, *std::move(arguments)));
  if (outcome.ok()) return 0;
  fmt::print(stderr, "Error: {}\n", outcome.error().message);
  if (!outcome.error().hint.empty()) fmt::print(stderr, "{}\n", outcome.error().hint);
  return 1;
}
