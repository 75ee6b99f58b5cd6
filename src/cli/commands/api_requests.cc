// api status, api logs, api cancel.
#include <unistd.h>

#include <cerrno>

#include "base/status.h"
#include "cli/api_rows.h"
#include "cli/commands/api_handlers.h"
#include "cli/printer.h"
#include "cli/prompt.h"
#include "cli/render/table.h"
#include "os/file.h"

namespace sky::cli {
namespace {

constexpr std::string_view kCancelPhrase = "cancel all requests";

auto status(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  const auto limit = given.integer("limit");
  SKY_TRY(const std::vector<api::RequestPayload> requests,
          session.wait(session.calls().api_status({.request_ids = given.arguments("request_id_prefixes"),
                                                   .all_status = given.flag("all-status"),
                                                   .limit = limit,
                                                   .cluster_name = given.text("cluster")})));
  const bool verbose = given.flag("verbose");
  if (given.text("output") == "json") {
    JsonArray array;
    for (const api::RequestPayload& request : requests) array.emplace_back(api::encode_cli(request, verbose));
    given.print(to_json_text(array, JsonStyle::kIndented));
    return kExitSucceeded;
  }
  given.print(render_requests_table(to_rows(requests), {.verbose = verbose, .limit = limit},
                                    {.now = session.env().now(), .paint = given.out_paint()}));
  return kExitSucceeded;
}

auto cancel(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  const bool all_users = given.flag("all-users");
  const bool all = given.flag("all") || all_users;
  const std::vector<std::string> ids = given.arguments("request_ids");
  if (all && !given.flag("yes")) {
    const std::string phrase = fmt::format("'{}'", kCancelPhrase);
    const std::string question =
        fmt::format("This will cancel all {} requests.\nTo proceed, please type {}", all_users ? "ALL USERS'" : "YOUR",
                    given.out_paint()(term::Style::kBold, phrase));
    if (confirm_by_typing(session.env(), question, kCancelPhrase) != Answer::kYes) return aborted();
  }
  auto body = session.body<api::ApiCancelBody>();
  if (!all) body.request_ids = ids;
  if (!all_users) body.of_user_id = session.identity().user_id;
  SKY_TRY(const std::vector<std::string> cancelled, session.wait(session.calls().api_cancel(std::move(body))));
  std::string text = fmt::format("Cancelled {} requests.", cancelled.size());
  if (cancelled.empty()) text = "No requests need to be cancelled.";
  if (cancelled.size() == 1) text = "Cancelled 1 request: " + cancelled.front();
  given.print(given.out_paint()(term::Style::kGreen, text));
  return kExitSucceeded;
}

// The server's own log is a file of this machine: `tail` shows it.
auto show_server_log(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  if (!session.endpoint().local) {
    return make_error(ErrorCode::kNotSupported,
                      fmt::format("the logs of the API server at {} can only be read there", session.endpoint().url));
  }
  const std::string path = session.home() + "/.sky/server/server.log";
  if (!os::file_exists(path)) {
    return make_error(ErrorCode::kNotFound,
                      "Server log file does not exist. The API server may not be running locally.");
  }
  const auto tail = given.integer("tail");
  const std::string lines = tail ? fmt::format("{}", *tail) : "+1";
  std::vector<const char*> argv = {"tail", "-n", lines.c_str()};
  if (given.flag("follow")) argv.push_back("-f");
  argv.push_back(path.c_str());
  argv.push_back(nullptr);
  ::execvp("tail", const_cast<char**>(argv.data()));
  return os::errno_error(errno, "start", "tail");
}

auto logs(Session& session) -> Result<int> {
  const Invocation& given = session.invocation();
  if (given.flag("server-logs")) return show_server_log(session);
  Printer printer(session);
  SKY_CHECK(session.wait(session.calls().api_logs({.request_id = given.argument("request_id"),
                                                   .log_path = given.text("log-path"),
                                                   .tail = given.integer("tail"),
                                                   .follow = given.flag("follow")},
                                                  &printer)));
  return kExitSucceeded;
}

}  // namespace

auto run_api_status(Invocation& invocation) -> int {
  return with_session(invocation, status);
}

auto run_api_cancel(Invocation& invocation) -> int {
  if (invocation.arguments("request_ids").empty() && !invocation.flag("all") && !invocation.flag("all-users")) {
    return invocation.fail_usage("Name the requests to cancel, or use --all for all of yours.");
  }
  return with_session(invocation, cancel);
}

auto run_api_logs(Invocation& invocation) -> int {
  const bool has_id = invocation.argument("request_id").has_value();
  const bool has_path = invocation.text("log-path").has_value();
  if (!invocation.flag("server-logs") && !has_id && !has_path) {
    return invocation.fail_usage("Invalid value: Please provide the request ID or log path.");
  }
  if (!invocation.flag("server-logs") && has_id && has_path) {
    return invocation.fail_usage("Invalid value: Only one of request ID and log path can be provided.");
  }
  return with_session(invocation, logs);
}

}  // namespace sky::cli
