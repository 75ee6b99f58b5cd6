#include "cli/session.h"

#include <unistd.h>

#include <csignal>

#include "base/status.h"
#include "cli/commands/commands.h"
#include "os/file.h"

namespace sky::cli {
namespace {

void abort_at_prompt(int /*number*/) {
  constexpr std::string_view kText = "\nAborted!\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kText.data(), kText.size());
  ::_exit(kExitError);
}

// "api status" as the original names its functions: "api_status".
auto function_name(const CommandPath& path) -> std::string {
  std::string name;
  for (size_t i = 1; i < path.size(); ++i) {
    name += fmt::format("{}{}", i == 1 ? "" : "_", path[i]->name);
  }
  return name;
}

auto control_options(const CliEnvironment& env, const std::string& home) -> client::ServerControlOptions {
  const std::string own = os::read_symlink("/proc/self/exe").value_or(std::string("sky"));
  return {.state_dir = home + "/.sky/server",
          .program = client::find_server_program(env.variable("SKY_SERVER_PROGRAM"), own)};
}

auto completion_name(Completion kind) -> std::string {
  switch (kind) {
    case Completion::kCluster:
      return "cluster_name";
    case Completion::kStorage:
      return "storage_name";
    case Completion::kVolume:
      return "volume_name";
    case Completion::kRequest:
      return "api_request";
    case Completion::kNone:
    case Completion::kFile:
    case Completion::kDirectory:
      break;
  }
  return "";
}

}  // namespace

void install_abort_handler() {
  std::signal(SIGINT, abort_at_prompt);
}

Session::Session(const Invocation& invocation, ClientConfig config, client::ServerEndpoint endpoint)
    : invocation_(invocation),
      config_(std::move(config)),
      endpoint_(std::move(endpoint)),
      home_(home_of(invocation.env())),
      transport_(loop_, endpoint_, control_options(invocation.env(), home_)),
      calls_(transport_) {}

auto Session::open(const Invocation& invocation) -> Result<std::unique_ptr<Session>> {
  const CliEnvironment& env = invocation.env();
  SKY_TRY(ClientConfig config, load_client_config(invocation));
  const client::EndpointInputs inputs{
      .variable = [&env](std::string_view name) { return env.variable(name); },
      .configured = [&config]() -> Result<std::optional<std::string>> {
        return config.merged.get_string("api_server.endpoint");
      },
      .configured_token = [&config] { return config.merged.get_string("api_server.service_account_token"); }};
  SKY_TRY(client::ServerEndpoint endpoint, client::resolve_endpoint(inputs));
  std::unique_ptr<Session> session(new Session(invocation, std::move(config), std::move(endpoint)));
  const std::map<std::string, std::string> variables = env.all_variables();
  SKY_TRY(session->identity_, client::load_identity(session->home_, variables, session->loop_.random_u64()));
  client::Invocation typed{.argv = {"sky"},
                           .command = function_name(invocation.path()),
                           .environment = variables,
                           .config = session->config_.merged.root(),
                           .local = session->endpoint_.local};
  typed.argv.insert(typed.argv.end(), invocation.words().begin(), invocation.words().end());
  drop_server_only_keys(typed.config);
  session->common_ = client::request_body(session->identity_, typed);
  return session;
}

void Session::watch_interrupts(async::CancelScope* scope) {
  loop_.watch_signals([this, scope](int /*number*/) {
    if (std::exchange(interrupted_, true)) ::_exit(kExitError);
    scope->cancel(aborted());
  });
}

void Session::unwatch_interrupts() {
  loop_.unwatch_signals();
  install_abort_handler();
}

auto with_session(const Invocation& invocation, const std::function<Result<int>(Session&)>& body) -> int {
  const Result<std::unique_ptr<Session>> session = Session::open(invocation);
  if (!session.ok()) return report(invocation, session.error());
  const Result<int> code = body(**session);
  return code.ok() ? *code : report(invocation, code.error());
}

auto names_from_server(CliEnvironment& env, Completion kind, std::string_view prefix) -> std::vector<std::string> {
  const std::string name = completion_name(kind);
  if (name.empty()) return {};
  const Invocation invocation({&kRootCommand}, env);
  const Result<std::unique_ptr<Session>> session = Session::open(invocation);
  if (!session.ok()) return {};
  auto names = (*session)->wait((*session)->calls().completions(name, std::string(prefix)));
  return std::move(names).value_or({});
}

}  // namespace sky::cli
