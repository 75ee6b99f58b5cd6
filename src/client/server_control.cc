#include "client/server_control.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>

#include <fmt/format.h>

#include "api/dialect.h"
#include "api/errors.h"
#include "base/strings.h"
#include "net/http_client.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/process.h"

namespace sky::client {
namespace {

// A healthy server answers within a millisecond; this much is granted to one that is busy.
constexpr Duration kProbeTimeout = std::chrono::seconds(5);
constexpr Duration kPollInterval = std::chrono::milliseconds(10);
// Starts within one ensure_running. The loser of a race ends at once, and may do so before the winner has said who it
// is.
constexpr int kStartCountMax = 3;
constexpr size_t kLogTailBytes = 4096;
constexpr size_t kHealthSizeMaxBytes = size_t{64} << 10U;

auto base_name(std::string_view path) -> std::string_view {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

auto foreign_server(const ServerEndpoint& endpoint) -> Error {
  if (!endpoint.local) {
    return make_error(ErrorCode::kConflict, fmt::format("{} answers, but not as a SkyPilot API server", endpoint.url));
  }
  return make_error(
      ErrorCode::kConflict,
      fmt::format("port {} is used by something that is not a SkyPilot API server", endpoint.address.port),
      fmt::format("Free the port, or choose another one with {}.", kLocalPortVariable));
}

// The last line that was written after `from_byte`.
auto last_line(const std::string& path, std::uint64_t from_byte) -> std::string {
  const Result<os::UniqueFd> fd = os::open_file(path, O_RDONLY);
  const Result<os::FileInfo> info = os::stat_file(path);
  if (!fd.ok() || !info.ok()) return {};
  const std::uint64_t start =
      std::max(from_byte, info->size_bytes > kLogTailBytes ? info->size_bytes - kLogTailBytes : 0);
  std::array<char, kLogTailBytes> buffer{};
  const ssize_t count = ::pread(fd->get(), buffer.data(), buffer.size(), static_cast<off_t>(start));
  const std::string_view text = trim({buffer.data(), static_cast<size_t>(std::max<ssize_t>(count, 0))});
  return std::string(text.substr(text.rfind('\n') + 1));
}

}  // namespace

auto read_server_info(const std::string& state_dir) -> std::optional<ServerInfo> {
  const Result<std::string> text = os::read_file(state_dir + "/server.json");
  if (!text.ok()) return std::nullopt;
  const Result<Json> json = parse_json(*text);
  if (!json.ok() || !json->is_object()) return std::nullopt;
  const JsonObject& object = json->get_object();
  const auto pid = get_int(object, "pid");
  const auto port = get_int(object, "port");
  if (!pid.ok() || !port.ok()) return std::nullopt;
  ServerInfo info{.pid = *pid, .port = *port, .start_time = get_double(object, "start_time").value_or(0.0)};
  info.socket = get_string(object, "socket").value_or(std::string());
  if (const auto arguments = get_array(object, "arguments"); arguments.ok()) {
    for (const Json& argument : **arguments) info.arguments.push_back(as_string(argument).value_or(std::string()));
  }
  return info;
}

auto server_process_alive(std::int64_t pid, std::string_view program) -> bool {
  const auto process = os::read_process(static_cast<pid_t>(pid));
  if (!process.has_value() || process->dead()) return false;
  // A script of that name shows as its interpreter's argument.
  const std::vector<std::string> argv = os::read_command_line(static_cast<pid_t>(pid));
  return std::ranges::any_of(argv, [&](const std::string& word) { return base_name(word) == base_name(program); });
}

auto find_server_program(std::optional<std::string> variable, std::string_view own_program) -> std::string {
  if (variable.has_value() && !variable->empty()) return *std::move(variable);
  return os::parent_dir(own_program) + "/sky-server";
}

struct ServerControl::Starting {
  std::unique_ptr<os::Child> child;
  int start_count = 0;
  std::uint64_t log_size_bytes = 0;  // before the last start
};

ServerControl::ServerControl(async::IoLoop& loop, ServerEndpoint endpoint, ServerControlOptions options)
    : loop_(loop), endpoint_(std::move(endpoint)), options_(std::move(options)) {}

auto ServerControl::address() const -> net::Endpoint {
  if (!endpoint_.local) return endpoint_.address;
  const auto info = read_server_info(options_.state_dir);
  const bool ours = info.has_value() && info->port == endpoint_.address.port && !info->socket.empty();
  return ours ? net::Endpoint::unix_socket(info->socket) : endpoint_.address;
}

auto ServerControl::health(Deadline deadline) -> async::Task<Result<api::HealthInfo>> {
  ServerEndpoint now = endpoint_;
  now.address = address();
  net::HttpClient http = make_http_client(loop_, now, {.body_max_bytes = kHealthSizeMaxBytes});
  net::HttpRequest request{.target = endpoint_.path_prefix + "/api/health"};
  request.headers.add(std::string(api::kHeaderClient), std::string(api::kClientNative));
  request.headers.add(std::string(api::kHeaderApiVersion), std::to_string(kApiVersion));
  add_credentials(endpoint_, request.headers);
  Result<net::HttpResponse> reply = co_await http.request(std::move(request), deadline);
  if (!reply.ok()) {
    if (reply.error().code == ErrorCode::kDataCorrupt) co_return foreign_server(endpoint_);
    co_return std::move(reply).error();
  }
  const bool too_busy = reply->status == 503;  // said by the HTTP layer, without a version
  if (!reply->headers.contains(api::kHeaderApiVersion) && !too_busy) co_return foreign_server(endpoint_);
  if (reply->status != 200) co_return api::error_from_reply(reply->status, reply->body);
  SKY_CO_TRY(const Json json, parse_json(reply->body));
  co_return api::decode_health_info(json);
}

auto ServerControl::check_other_port() const -> Result<> {
  const auto info = read_server_info(options_.state_dir);
  if (!info.has_value() || info->port == endpoint_.address.port || !server_process_alive(info->pid, options_.program)) {
    return {};
  }
  return make_error(ErrorCode::kConflict,
                    fmt::format("no API server answers on port {}; the one of this home directory runs on port {} "
                                "(pid {})",
                                endpoint_.address.port, info->port, info->pid),
                    fmt::format("Use it with {}={}, or stop it with: {}={} sky api stop", kLocalPortVariable,
                                info->port, kLocalPortVariable, info->port));
}

auto ServerControl::holder_alive() const -> bool {
  const os::LockOwner owner = os::read_lock_owner(options_.state_dir + "/lock");
  const auto pid = owner.find("pid");
  return pid != owner.end() && server_process_alive(parse_int(pid->second).value_or(0), options_.program);
}

auto ServerControl::spawn_server(Starting* starting) -> Result<> {
  const std::string log_path = options_.state_dir + "/server.log";
  SKY_CHECK(os::make_dirs(options_.state_dir));
  SKY_TRY(const os::UniqueFd log, os::open_file(log_path, O_WRONLY | O_APPEND | O_CREAT));
  SKY_TRY(const os::FileInfo info, os::stat_file(log_path));
  starting->log_size_bytes = info.size_bytes;
  ++starting->start_count;
  std::vector<std::string> argv = options_.arguments;
  if (const auto crashed = read_server_info(options_.state_dir); argv.empty() && crashed) argv = crashed->arguments;
  argv.insert(argv.begin(), options_.program);
  Result<std::unique_ptr<os::Child>> child =
      os::spawn(loop_, {.argv = std::move(argv),
                        .env_add = {{std::string(kLocalPortVariable), std::to_string(endpoint_.address.port)}},
                        .cwd = "/",
                        .out = os::Stdio::to(log.get()),
                        .err = os::Stdio::to(log.get()),
                        .group = os::ProcessGroup::kNewSession,
                        .on_destroy = os::OnDestroy::kLeave});
  if (!child.ok()) {
    return std::move(child).error().with_context(fmt::format("cannot start the API server '{}'", options_.program));
  }
  starting->child = std::move(child).value();
  return {};
}

auto ServerControl::ensure_running() -> async::Task<Result<api::HealthInfo>> {
  SKY_ASSERT(endpoint_.local);
  Result<api::HealthInfo> seen = co_await health(Deadline::after(loop_.now(), kProbeTimeout));
  // Accepts, and says nothing.
  if (!seen.ok() && seen.error().code == ErrorCode::kDeadlineExceeded) co_return foreign_server(endpoint_);
  if (seen.ok() || seen.error().code != ErrorCode::kUnavailable) co_return std::move(seen);
  SKY_CO_CHECK(check_other_port());
  co_return co_await start_and_wait();
}

// One loop serves all cases: our server starts, another client's server is ahead of it, or an old one is on its way
// out.
auto ServerControl::start_and_wait() -> async::Task<Result<api::HealthInfo>> {
  const Deadline deadline = Deadline::after(loop_.now(), options_.start_timeout);
  Starting starting;
  for (;;) {
    const bool child_runs = starting.child != nullptr && os::alive(starting.child->id());
    if (!child_runs && !holder_alive()) {
      if (starting.start_count == kStartCountMax) {
        Result<api::HealthInfo> last = co_await health(Deadline::after(loop_.now(), kProbeTimeout));
        if (last.ok()) co_return std::move(last);
        const std::string line = last_line(options_.state_dir + "/server.log", starting.log_size_bytes);
        co_return make_error(ErrorCode::kUnavailable,
                             fmt::format("the API server did not start: {}", line.empty() ? "it said nothing" : line),
                             fmt::format("Its log: {}/server.log", options_.state_dir));
      }
      SKY_CO_CHECK(spawn_server(&starting));
    }
    Result<api::HealthInfo> seen = co_await health(Deadline::after(loop_.now(), kProbeTimeout));
    if (seen.ok() || seen.error().code != ErrorCode::kUnavailable) co_return std::move(seen);
    if (loop_.now() >= deadline.at) {
      co_return make_error(
          ErrorCode::kDeadlineExceeded,
          fmt::format("the API server was not healthy within {} s",
                      std::chrono::duration_cast<std::chrono::seconds>(options_.start_timeout).count()),
          fmt::format("Its log: {}/server.log", options_.state_dir));
    }
    SKY_CO_CHECK(co_await async::sleep_for(kPollInterval));
  }
}

auto ServerControl::stop() -> async::Task<Result<bool>> {
  const auto info = read_server_info(options_.state_dir);
  std::int64_t pid = info.has_value() ? info->pid : 0;
  if (pid == 0 || !server_process_alive(pid, options_.program)) {
    // One that starts, or was stopped before it said where it listens, is known by its lock alone.
    const os::LockOwner owner = os::read_lock_owner(options_.state_dir + "/lock");
    const auto found = owner.find("pid");
    pid = found == owner.end() ? 0 : parse_int(found->second).value_or(0);
    if (pid == 0 || !server_process_alive(pid, options_.program)) co_return false;
  }
  const auto process = os::read_process(static_cast<pid_t>(pid));
  if (!process.has_value()) co_return true;
  const Result<> asked = os::signal_process(process->id, SIGTERM);
  if (!asked.ok() && asked.error().code != ErrorCode::kNotFound) co_return asked.error();
  bool killed = false;
  for (Deadline deadline = Deadline::after(loop_.now(), options_.stop_timeout); os::alive(process->id);) {
    if (loop_.now() >= deadline.at) {
      if (std::exchange(killed, true)) {
        co_return make_error(ErrorCode::kDeadlineExceeded, fmt::format("the API server (pid {}) does not end", pid));
      }
      (void)os::signal_process(process->id, SIGKILL);
      deadline = Deadline::after(loop_.now(), options_.stop_timeout);
    }
    SKY_CO_CHECK(co_await async::sleep_for(kPollInterval));
  }
  co_return true;
}

}  // namespace sky::client
