// api info, api login, api logout.
#include "base/status.h"
#include "cli/commands/api_handlers.h"
#include "cli/render/text.h"
#include "cli/session.h"
#include "term/tree.h"

namespace sky::cli {
namespace {

constexpr Duration kHealthTimeout = std::chrono::seconds(5);

auto ask_health(Session& session) -> Result<api::HealthInfo> {
  const Deadline deadline = Deadline::after(session.loop().now(), kHealthTimeout);
  return session.wait(session.control().health(deadline));
}

auto location_of(const Session& session) -> std::string {
  switch (session.endpoint().source) {
    case client::EndpointSource::kVariable:
      return fmt::format("Endpoint set via the environment variable {}", client::kEndpointVariable);
    case client::EndpointSource::kConfig:
      return fmt::format("Endpoint set via {}", session.config().user_path);
    case client::EndpointSource::kDefault:
      break;
  }
  return "Endpoint set to default local API server.";
}

auto user_of(const Session& session, const api::HealthInfo& health) -> api::User {
  if (health.user) return *health.user;
  return {.id = session.identity().user_id, .name = session.identity().user_name};
}

// Nobody answers: why, or that there is none.
auto tell_absence(Session& session, const Error& error) -> Result<int> {
  const Invocation& given = session.invocation();
  if (error.code != ErrorCode::kUnavailable && error.code != ErrorCode::kDeadlineExceeded) return error;
  if (session.endpoint().local) SKY_CHECK(session.control().check_other_port());
  if (given.text("output") == "json") {
    given.print("{}");
  } else if (session.endpoint().local) {
    given.print(render_no_server(given.out_paint()));
  } else {
    const term::Paint paint = given.out_paint();
    const std::string& url = session.endpoint().url;
    given.print(
        fmt::format("Could not connect to SkyPilot API server at {}\n{}To re-login to the API server: sky api "
                    "login --relogin -e {}\n{}To logout the server: sky api logout",
                    url, term::branch(paint, false), url, term::branch(paint, true)));
  }
  return kExitSucceeded;
}

auto info(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  const bool json = given.text("output") == "json";
  if (!json) given.print(render_client_version());
  const Result<api::HealthInfo> health = ask_health(session);
  if (!health.ok()) return tell_absence(session, health.error());
  const api::User user = user_of(session, *health);
  if (json) {
    given.print(
        to_json_text(api::encode_api_info_cli(*health, session.endpoint().url, user.name), JsonStyle::kIndented));
    return kExitSucceeded;
  }
  given.print(render_server_info({.url = session.endpoint().url,
                                  .status = health->status,
                                  .commit = health->commit,
                                  .version = health->version,
                                  .user_name = user.name,
                                  .user_id = user.id,
                                  .location = location_of(session)},
                                 given.out_paint()));
  return kExitSucceeded;
}

auto asked_endpoint(const Invocation& given) -> Result<std::string> {
  std::optional<std::string> url = given.text("endpoint");
  if (!url) {
    given.env().write_out("Enter your SkyPilot API server endpoint: ");
    url = given.env().read_line();
  }
  if (!url) return aborted();
  while (url->ends_with('/')) url->pop_back();
  if (!url->starts_with("http://") && !url->starts_with("https://")) {
    return usage_error("Endpoint must be a valid URL starting with http:// or https://.");
  }
  return *url;
}

// The variables count, but for those that name another server or another token.
auto endpoint_to_log_into(const Invocation& given, const std::string& url, const std::optional<std::string>& token)
    -> Result<client::ServerEndpoint> {
  const auto variable = [&](std::string_view name) -> std::optional<std::string> {
    if (name == client::kEndpointVariable || name == client::kTokenVariable) return std::nullopt;
    return given.env().variable(name);
  };
  return client::resolve_endpoint(
      {.variable = variable,
       .configured = [&url]() -> Result<std::optional<std::string>> { return std::optional(url); },
       .configured_token = [&token] { return token; }});
}

auto refused(const std::string& url, bool with_token) -> Error {
  if (with_token) {
    return make_error(ErrorCode::kUnauthenticated, fmt::format("The API server at {} does not know this token.", url),
                      "Whoever runs the server makes one with: sky api token create NAME");
  }
  return make_error(ErrorCode::kUnauthenticated, fmt::format("The API server at {} asks for a token.", url),
                    fmt::format("Log in with: sky api login -e {} --token TOKEN", url));
}

// Later requests name the user whom the server knows. Source: _set_user_hash in sky/client/sdk.py of skypilot 0.14.1.
auto become_user(CliEnvironment& env, const std::string& user_id) -> Result<> {
  return env.write_file(home_of(env) + "/.sky/user_hash", user_id);
}

auto login(const Invocation& given) -> Result<int> {
  if (const auto set = given.env().variable(client::kEndpointVariable)) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("Cannot login to API server when the endpoint is already set via the environment "
                                  "variable. Run unset {} to clear the environment variable.",
                                  client::kEndpointVariable));
  }
  const std::optional<std::string> token = given.text("service-account-token");
  if (token) SKY_CHECK(client::check_token(*token));
  SKY_TRY(const std::string url, asked_endpoint(given));
  SKY_TRY(const client::ServerEndpoint endpoint, endpoint_to_log_into(given, url, token));
  async::AsioLoop loop(1);
  client::ServerControl control(loop, endpoint, {});
  Result<api::HealthInfo> health = loop.run_until_done(control.health(Deadline::after(loop.now(), kHealthTimeout)));
  if (!health.ok()) {
    return std::move(health).error().with_context(fmt::format("Failed to connect to API server at {}", url));
  }
  if (health->status == "needs_auth") return refused(url, token.has_value());
  SKY_CHECK(save_endpoint(given.env(), url, token));
  if (health->user) SKY_CHECK(become_user(given.env(), health->user->id));
  const term::Paint paint = given.out_paint();
  const auto green = [&](const std::string& text) { return paint(term::Style::kGreen, text); };
  given.print(green("Logged into SkyPilot API server at: " + url));
  if (health->user) {
    given.print(term::branch(paint, false) + green(fmt::format("User: {} ({})", health->user->name, health->user->id)));
  }
  given.print(term::branch(paint, true) + green(fmt::format("Dashboard: {}/dashboard", endpoint.url)));
  return kExitSucceeded;
}

auto logout(const Invocation& given) -> Result<int> {
  if (given.env().variable(client::kEndpointVariable)) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("Cannot logout of API server when the endpoint is set via the environment variable. "
                                  "Run unset {} to clear the environment variable.",
                                  client::kEndpointVariable));
  }
  SKY_TRY(const ClientConfig config, load_client_config(given));
  if (!config.merged.get_string("api_server.endpoint")) {
    return make_error(ErrorCode::kInvalidArgument,
                      "Local api server cannot be logged out. Use `sky api stop` instead.");
  }
  SKY_CHECK(save_endpoint(given.env(), std::nullopt, std::nullopt));
  given.print(given.out_paint()(term::Style::kGreen, "Logged out of SkyPilot API server."));
  return kExitSucceeded;
}

}  // namespace

auto run_api_info(Invocation& invocation) -> int {
  return with_session(invocation, info);
}

auto run_api_login(Invocation& invocation) -> int {
  const Result<int> code = login(invocation);
  return code.ok() ? *code : report(invocation, code.error());
}

auto run_api_logout(Invocation& invocation) -> int {
  const Result<int> code = logout(invocation);
  return code.ok() ? *code : report(invocation, code.error());
}

}  // namespace sky::cli
