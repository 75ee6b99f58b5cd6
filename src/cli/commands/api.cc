#include "cli/commands/api_handlers.h"
#include "cli/commands/commands.h"
#include "cli/commands/options.h"
#include "cli/pages.h"

namespace sky::cli {
namespace {

constexpr std::array kStartOptions = std::to_array<Option>({
    {.names = "--deploy",
     .help =
         "Deploy the API server: use all resources of this machine, and listen on a wildcard address (0.0.0.0, or :: "
         "when an IPv6 --host is given) to allow remote access."},
    {.names = "--host",
     .type = ValueType::kChoice,
     .help = "The host to bind the API server to. To allow remote access, set this to 0.0.0.0; use :: for IPv6 "
             "dual-stack.",
     .fallback = "127.0.0.1",
     .choices = "0.0.0.0|localhost|127.0.0.1|::|::1"},
    {.names = "--foreground",
     .help = "Run the API server in the foreground and output its logs to stdout/stderr, for systemd, Kubernetes and "
             "the like."},
    {.names = "--enable-basic-auth", .help = "Enable basic authentication in the API server."},
    {.names = "--port",
     .type = ValueType::kInteger,
     .help = "The port to bind the API server to. Defaults to the SKYPILOT_API_SERVER_LOCAL_PORT environment variable, "
             "or 46580. Other commands find a server on another port only if that variable is exported."},
    {.names = "--tls-cert",
     .type = ValueType::kText,
     .help = "Speak TLS with the certificate of this file (PEM, with those that lead to its authority).",
     .completion = Completion::kFile},
    {.names = "--tls-key",
     .type = ValueType::kText,
     .help = "The key of the certificate (PEM).",
     .completion = Completion::kFile},
});

constexpr std::array kLogsOwnOptions = std::to_array<Option>({
    {.names = "--server-logs", .help = "Stream the server logs."},
    {.names = "--log-path, -l", .type = ValueType::kText, .help = "The path to the log file to stream."},
    {.names = "--tail",
     .type = ValueType::kInteger,
     .help = "Number of lines to show from the end of the logs. Default: all lines."},
    {.names = "--follow / --no-follow", .help = "Follow the logs.", .fallback = "true"},
});

constexpr auto kLogsOptions = concat(kConfigOption, kLogsOwnOptions);

constexpr std::array kLogsArguments = std::to_array<Argument>({
    {.name = "request_id", .completion = Completion::kRequest},
});

constexpr std::array kCancelOwnOptions = std::to_array<Option>({
    {.names = "--all, -a", .help = "Cancel all your requests."},
    {.names = "--all-users, -u", .help = "Cancel all requests from all users."},
});

constexpr auto kCancelOptions = concat(kConfigOption, kCancelOwnOptions, kYesOption);

constexpr std::array kCancelArguments = std::to_array<Argument>({
    {.name = "request_ids", .arity = Arity::kAny, .completion = Completion::kRequest},
});

constexpr std::array kStatusOwnOptions = std::to_array<Option>({
    {.names = "--all-status, -a",
     .help = "Show requests of all statuses, including finished ones (SUCCEEDED, FAILED, CANCELLED). By default, only "
             "active requests (PENDING, RUNNING) are shown."},
    {.names = "--limit, -l",
     .type = ValueType::kLimit,
     .help = "Number of requests to show, default is 50, set to \"none\" or \"all\" to show all requests.",
     .fallback = "50"},
    {.names = "--cluster, -c",
     .type = ValueType::kText,
     .help = "Filter request by cluster name.",
     .completion = Completion::kCluster},
    {.names = "--verbose, -v", .help = "Show more details."},
});

constexpr auto kStatusOptions = concat(kConfigOption, kStatusOwnOptions, kOutputOption);

constexpr std::array kStatusArguments = std::to_array<Argument>({
    {.name = "request_id_prefixes", .arity = Arity::kAny, .completion = Completion::kRequest},
});

constexpr std::array kLoginOwnOptions = std::to_array<Option>({
    {.names = "--endpoint, -e", .type = ValueType::kText, .help = "The SkyPilot API server endpoint."},
    {.names = "--relogin", .help = "Force relogin with OAuth2 when enabled."},
    {.names = "--service-account-token, --token, -t",
     .type = ValueType::kText,
     .help = "Service account token for authentication (starts with sky_)."},
    {.names = "--no-browser",
     .help = "Do not open a browser here; print the URL and wait for the user to open it. Useful on machines without a "
             "screen (SSH sessions, containers, etc.)."},
});

constexpr auto kLoginOptions = concat(kConfigOption, kLoginOwnOptions);

constexpr auto kInfoOptions = concat(kOutputOption, kConfigOption);

constinit const Command kStart = {
    .name = "start", .page = pages::api_start, .options = kStartOptions, .run = run_api_start};
constinit const Command kStop = {.name = "stop", .page = pages::api_stop, .run = run_api_stop};
constinit const Command kLogs = {
    .name = "logs", .page = pages::api_logs, .options = kLogsOptions, .arguments = kLogsArguments, .run = run_api_logs};
constinit const Command kCancel = {.name = "cancel",
                                   .page = pages::api_cancel,
                                   .options = kCancelOptions,
                                   .arguments = kCancelArguments,
                                   .run = run_api_cancel};
constinit const Command kStatus = {.name = "status",
                                   .page = pages::api_status,
                                   .options = kStatusOptions,
                                   .arguments = kStatusArguments,
                                   .run = run_api_status};
constinit const Command kLogin = {
    .name = "login", .page = pages::api_login, .options = kLoginOptions, .run = run_api_login};
constinit const Command kLogout = {.name = "logout", .page = pages::api_logout, .run = run_api_logout};
constinit const Command kInfo = {.name = "info", .page = pages::api_info, .options = kInfoOptions, .run = run_api_info};

constexpr std::array kTokenArguments = std::to_array<Argument>({
    {.name = "name", .arity = Arity::kOne},
});

constinit const Command kTokenCreate = {
    .name = "create", .page = pages::api_token_create, .arguments = kTokenArguments, .run = run_api_token_create};
constinit const Command kTokenList = {.name = "list", .page = pages::api_token_list, .run = run_api_token_list};
constinit const Command kTokenRevoke = {
    .name = "revoke", .page = pages::api_token_revoke, .arguments = kTokenArguments, .run = run_api_token_revoke};
constexpr const Command* kTokenCommands[] = {&kTokenCreate, &kTokenList, &kTokenRevoke};
constinit const Command kToken = {.name = "token", .page = pages::api_token, .commands = kTokenCommands};

constexpr const Command* kCommands[] = {&kStart, &kStop,   &kLogs, &kCancel, &kStatus,
                                        &kLogin, &kLogout, &kInfo, &kToken};

}  // namespace

constinit const Command kApiCommand = {.name = "api", .page = pages::api, .commands = kCommands};

}  // namespace sky::cli
