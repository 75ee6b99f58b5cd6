// sky-server: argv, environment, wiring.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "access/token_store.h"
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
    "Usage: sky-server [--host HOST] [--port PORT] [--tls-cert FILE --tls-key FILE] [--state-dir DIR]\n"
    "       sky-server token create NAME | list | revoke NAME\n\n"
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

// --tls-cert and --tls-key: a path that stays right in another working directory; a file that is there.
auto file_argument(std::string_view name, std::string_view value) -> Result<std::string> {
  std::error_code failed;
  std::string path = std::filesystem::absolute(value, failed).lexically_normal();
  if (!failed && sky::os::file_exists(path)) return path;
  return sky::make_error(sky::ErrorCode::kInvalidArgument, fmt::format("{}: no file '{}'", name, value));
}

auto set_argument(Arguments& arguments, std::string_view name, const char* value) -> Result<> {
  if (name == "--host") {
    arguments.config.host = value;
  } else if (name == "--port") {
    SKY_TRY(arguments.config.port, parse_port(value));
  } else if (name == "--tls-cert") {
    SKY_TRY(arguments.config.certificate_path, file_argument(name, value));
  } else if (name == "--tls-key") {
    SKY_TRY(arguments.config.key_path, file_argument(name, value));
  } else if (name == "--state-dir") {
    arguments.state_dir = value;
  } else {
    return sky::make_error(sky::ErrorCode::kInvalidArgument, fmt::format("No such option: {}", name));
  }
  return {};
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
    SKY_CHECK(set_argument(arguments, name, argv[i + 1]));
  }
  if (arguments.config.certificate_path.empty() != arguments.config.key_path.empty()) {
    return sky::make_error(sky::ErrorCode::kInvalidArgument, "--tls-cert and --tls-key need each other");
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
  SKY_CO_CHECK(sky::server::check_listen_host(arguments.config.host,
                                              fmt::format("{}/{}", arguments.state_dir, sky::server::kTokensFile)));
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

auto print_tokens(const sky::access::TokenStore& store) -> Result<> {
  SKY_TRY(const std::vector<sky::access::TokenRecord> records, store.list());
  for (const auto& record : records) {
    fmt::print("{:<24} user {}  created {}\n", record.name, record.user_id, sky::format_utc(record.created_at));
  }
  if (records.empty()) fmt::print("No tokens.\n");
  return {};
}

// `sky-server token …`: works beside a running server, which sees the change at once.
auto manage_tokens(const std::vector<std::string>& words) -> Result<> {
  const std::string folder = sky::os::home_dir() + "/.sky/server";
  SKY_CHECK(sky::os::make_dirs(folder));
  sky::access::TokenStore store(fmt::format("{}/{}", folder, sky::server::kTokensFile));
  if (words == std::vector<std::string>{"list"}) return print_tokens(store);
  if (words.size() == 2 && words.front() == "create") {
    const sky::async::AsioLoop loop(1);
    SKY_TRY(const sky::Secret token, store.create(words[1], sky::to_epoch_seconds(loop.wall_now())));
    fmt::print("{}\n", token.reveal());
    fmt::print(stderr,
               "This is the only time that the token is shown. To log in from another machine:\n"
               "  sky api login -e http://HOST:PORT --token TOKEN\n");
    return {};
  }
  if (words.size() == 2 && words.front() == "revoke") {
    SKY_CHECK(store.revoke(words[1]));
    fmt::print("Token '{}' revoked.\n", words[1]);
    return {};
  }
  return sky::make_error(sky::ErrorCode::kInvalidArgument, "expected: token create NAME | list | revoke NAME");
}

auto report(const Result<>& outcome) -> int {
  if (outcome.ok()) return 0;
  fmt::print(stderr, "Error: {}\n", outcome.error().message);
  if (!outcome.error().hint.empty()) fmt::print(stderr, "{}\n", outcome.error().hint);
  return 1;
}

}  // namespace

auto main(int argc, char** argv) -> int {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc == 2 && (std::string_view(argv[1]) == "--help" || std::string_view(argv[1]) == "-h")) {
    fmt::print("{}", kUsage);
    return 0;
  }
  sky::set_log_sink([](std::string_view line) { fmt::print(stderr, "{}\n", line); }, sky::LogLevel::kInfo);
  if (argc >= 2 && std::string_view(argv[1]) == "token") return report(manage_tokens({argv + 2, argv + argc}));
  Result<Arguments> arguments = parse_arguments({argv, static_cast<size_t>(argc)});
  if (!arguments.ok()) {
    fmt::print(stderr, "Error: {}\n{}", arguments.error().message, kUsage);
    return 2;
  }
  sky::async::AsioLoop loop(4);
  return report(loop.run_until_done(run_server(loop, *std::move(arguments))));
}
