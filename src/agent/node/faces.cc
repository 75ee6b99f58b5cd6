#include "agent/node/faces.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <csignal>

#include "agent/node/supervise.h"
#include "agent/protocol/mux.h"
#include "base/log.h"
#include "base/strings.h"
#include "base/version.h"
#include "files/sync.h"
#include "net/socket.h"
#include "os/fd_stream.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/machine.h"
#include "os/process.h"

namespace sky::agent {

using async::Task;

namespace {

constexpr Duration kStartMax = std::chrono::seconds(10);
constexpr Duration kStopMax = std::chrono::seconds(30);
constexpr Duration kConnectMax = std::chrono::seconds(5);
constexpr Duration kPollFirst = std::chrono::milliseconds(2);
constexpr Duration kPollMax = std::chrono::milliseconds(100);
constexpr Duration kRestartFirst = std::chrono::milliseconds(50);
constexpr Duration kRestartMax = std::chrono::seconds(5);
constexpr Duration kLongLife = std::chrono::seconds(10);  // an agent that lived this long is restarted at once

// One question to the agent of this node.
auto ask(async::AsioLoop* loop, NodeId id, Json request, Duration patience) -> Task<Result<Json>> {
  const Deadline connect_deadline = Deadline::after(loop->now(), kConnectMax);
  SKY_CO_TRY(std::unique_ptr<net::Connection> connection,
             co_await net::connect_unix(*loop, id.socket_path(), connect_deadline));
  Mux mux(*loop, std::move(connection), Mux::Side::kDialled);
  Result<Hello> hello =
      co_await mux.handshake(own_hello(id.server, id.cluster, kServerNode), nullptr, connect_deadline);
  Result<Json> answer = Json(nullptr);
  if (hello.ok()) {
    mux.start(
        [](Channel&) -> Task<Result<Json>> { co_return make_error(ErrorCode::kNotSupported, "nothing is served"); });
    answer = co_await mux.call(std::move(request), Deadline::after(loop->now(), patience));
  } else {
    answer = hello.error();
  }
  co_await async::shield(mux.stop());
  co_return answer;
}

auto op(std::string_view name) -> Json {
  return JsonObject{{"op", name}};
}

auto face_args(const std::string& program, std::string_view face, const NodeId& id) -> std::vector<std::string> {
  std::vector<std::string> argv{program, std::string(face)};
  for (std::string& arg : id.as_args()) argv.push_back(std::move(arg));
  return argv;
}

auto guard_lock_path(const NodeId& id) -> std::string {
  return id.file("guard.lock");
}

// The guard that holds its lock now.
auto find_guard(const NodeId& id) -> std::optional<os::ProcessId> {
  const os::LockOwner owner = os::read_lock_owner(guard_lock_path(id));
  const auto pid_text = owner.find("pid");
  const auto start_text = owner.find("start_time");
  if (pid_text == owner.end() || start_text == owner.end()) return std::nullopt;
  const auto pid = parse_int(pid_text->second);
  const auto start_time = parse_int(start_text->second);
  if (!pid || !start_time) return std::nullopt;
  const os::ProcessId guard{static_cast<pid_t>(*pid), static_cast<std::uint64_t>(*start_time)};
  return os::alive(guard) ? std::optional<os::ProcessId>(guard) : std::nullopt;
}

auto end_guard(async::AsioLoop* loop, NodeId id, Duration patience) -> Task<Result<>> {
  const std::optional<os::ProcessId> guard = find_guard(id);
  if (!guard) co_return Result<>();
  static_cast<void>(os::signal_process(*guard, SIGTERM));
  const MonoTime until = loop->now() + patience;
  for (Duration pause = kPollFirst; os::alive(*guard); pause = std::min(pause * 2, kPollMax)) {
    if (loop->now() > until) {
      co_return make_error(ErrorCode::kDeadlineExceeded, fmt::format("the guard (pid {}) does not end", guard->pid));
    }
    SKY_CO_CHECK(co_await async::sleep_for(pause));
  }
  co_return Result<>();
}

// Versions are dotted numbers; text that is none counts as 0.
auto version_is_lower(std::string_view a, std::string_view b) -> bool {
  const auto left = split(a, '.');
  const auto right = split(b, '.');
  for (size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const auto x = i < left.size() ? parse_int(left[i]).value_or(0) : 0;
    const auto y = i < right.size() ? parse_int(right[i]).value_or(0) : 0;
    if (x != y) return x < y;
  }
  return false;
}

// What belongs to the session, or the job, that starts the node is not the node's.
auto belongs_to_caller(std::string_view entry) -> bool {
  constexpr std::array<std::string_view, 9> kPrefixes{
      "SSH_",          "SKY_JOB=",          "SKYPILOT_API_",         "SKYPILOT_NODE_",          "SKYPILOT_SETUP_",
      "SKYPILOT_NUM_", "SKYPILOT_TASK_ID=", "SKYPILOT_CLUSTER_INFO", "SKYPILOT_INTERNAL_JOB_ID"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [entry](auto prefix) { return entry.starts_with(prefix); });
}

auto spawn_guard(async::AsioLoop* loop, const NodeConfig& config, const std::string& program) -> Result<> {
  SKY_TRY(const os::UniqueFd log, os::open_file(config.id.file("agent.log"), O_WRONLY | O_CREAT | O_APPEND, 0600));
  os::Environment env;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || belongs_to_caller(text)) continue;
    env.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  env["HOME"] = config.id.home;
  env[std::string(kNodeMark)] = config.id.mark();
  SKY_TRY(const std::unique_ptr<os::Child> guard, os::spawn(*loop, {.argv = face_args(program, "guard", config.id),
                                                                    .env = std::move(env),
                                                                    .cwd = config.id.home,
                                                                    .err = os::Stdio::to(log.get()),
                                                                    .group = os::ProcessGroup::kNewSession,
                                                                    .on_destroy = os::OnDestroy::kLeave}));
  return {};
}

// What the agent itself said last is the better reason; that its guard starts it again is none.
auto last_log_line(const NodeId& id, std::string otherwise) -> std::string {
  const Result<std::string> log = os::read_file(id.file("agent.log"));
  for (std::string_view text = log.ok() ? trim(*log) : std::string_view(); !text.empty();) {
    const size_t newline = text.rfind('\n');
    const std::string_view line = text.substr(newline == std::string_view::npos ? 0 : newline + 1);
    if (!line.contains(" guard: ")) return std::string(line);
    text = newline == std::string_view::npos ? std::string_view() : text.substr(0, newline);
  }
  return otherwise;
}

auto wait_until_it_answers(async::AsioLoop* loop, NodeId id) -> Task<Result<>> {
  const MonoTime until = loop->now() + kStartMax;
  for (Duration pause = kPollFirst;; pause = std::min(pause * 2, kPollMax)) {
    const Result<Json> answer = co_await ask(loop, id, op("info"), kConnectMax);
    if (answer.ok()) co_return Result<>();
    if (loop->now() > until) {
      co_return make_error(ErrorCode::kDeadlineExceeded,
                           fmt::format("the agent does not answer: {}", last_log_line(id, answer.error().message)),
                           fmt::format("see {}", id.file("agent.log")));
    }
    SKY_CO_CHECK(co_await async::sleep_for(pause));
  }
}

// `--key-file -`: the cluster's key comes on stdin and is kept beside the claim.
auto keep_key(const NodeId& id, Options* options) -> Result<> {
  const auto key_file = options->find("key-file");
  if (key_file == options->end() || key_file->second != "-") return {};
  SKY_TRY(const std::string key, os::read_file("/dev/stdin", 4096));
  SKY_CHECK(os::make_dirs(id.state_dir()));
  key_file->second = id.file("key");
  return os::write_file_atomic(key_file->second, key);
}

auto start_task(async::AsioLoop* loop, Options options, std::string program) -> Task<Result<>> {
  SKY_CO_TRY(const NodeId id, node_id_from_options(options));
  SKY_CO_CHECK(keep_key(id, &options));
  const Result<NodeConfig> before = read_claim(id);
  SKY_CO_TRY(const NodeConfig config, write_claim(options));
  const Result<Json> info = before.ok() ? co_await ask(loop, id, op("info"), kConnectMax) : Result<Json>(op(""));
  if (before.ok() && info.ok()) {
    SKY_CO_TRY(const std::string version, get_string(info->as_object(), "version"));
    if (!version_is_lower(version, kVersion)) co_return Result<>();
    SKY_CO_CHECK(co_await end_guard(loop, id, kStopMax));
  }
  if (!find_guard(id)) SKY_CO_CHECK(spawn_guard(loop, config, program));
  co_return co_await wait_until_it_answers(loop, id);
}

auto stop_task(async::AsioLoop* loop, NodeId id) -> Task<Result<>> {
  const Result<Json> asked = co_await ask(loop, id, op("shutdown"), kStopMax);
  if (!asked.ok()) log_info("stop", "the agent did not end by itself: {}", to_string(asked.error()));
  const Result<> ended = co_await end_guard(loop, id, kStopMax);
  if (!ended.ok()) log_info("stop", "{}", to_string(ended.error()));
  if (id.node == 0 && os::file_exists(id.state_dir())) SKY_CO_CHECK(os::append_file(id.file(kStoppedName), ""));
  co_return co_await os::kill_by_environment(std::string(kNodeMark), id.mark(), kTermGrace);
}

class Guard {
 public:
  Guard(async::AsioLoop& loop, NodeId id, std::string program)
      : loop_(loop), id_(std::move(id)), program_(std::move(program)) {}

  auto run() -> Task<Result<>> {
    loop_.watch_signals([this](int number) {
      if (number == SIGHUP) return;
      ending_ = true;
      if (child_ != nullptr) static_cast<void>(child_->signal(SIGTERM));
    });
    Duration pause = kRestartFirst;
    while (!ending_) {
      const MonoTime started = loop_.now();
      SKY_CO_TRY(child_, os::spawn(loop_, {.argv = face_args(program_, "run", id_),
                                           .err = os::Stdio::inherit(),
                                           .on_destroy = os::OnDestroy::kLeave}));
      SKY_CO_TRY(const os::ExitStatus status, co_await child_->wait());
      if (status.ok() || ending_) co_return Result<>();
      log_error("guard", "the agent ended with {}; starting it again", to_string(status));
      if (loop_.now() - started > kLongLife) pause = kRestartFirst;
      SKY_CO_CHECK(co_await async::sleep_for(pause));
      pause = std::min(pause * 2, kRestartMax);
    }
    co_return Result<>();
  }

 private:
  async::AsioLoop& loop_;
  NodeId id_;
  std::string program_;
  std::unique_ptr<os::Child> child_;
  bool ending_ = false;
};

auto receive_task(async::AsioLoop* loop, std::string target, files::Extra extra) -> Task<Result<>> {
  SKY_CO_TRY(const std::unique_ptr<os::FdStream> stream,
             os::FdStream::from_pipes(*loop, os::UniqueFd(dup(STDIN_FILENO)), os::UniqueFd(dup(STDOUT_FILENO))));
  SKY_CO_CHECK(co_await files::receive_files(*stream, std::move(target), extra));
  co_return Result<>();
}

// Through the directory's descriptor: a socket's path is limited to 107 bytes.
auto connect_blocking(const NodeId& id) -> Result<os::UniqueFd> {
  SKY_TRY(const os::UniqueFd dir, os::open_file(id.state_dir(), O_PATH | O_DIRECTORY));
  const std::string path = fmt::format("/proc/self/fd/{}/agent.sock", dir.get());
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  os::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return os::errno_error(errno, "cannot make a socket");
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return os::errno_error(errno, fmt::format("cannot connect to the agent at '{}'", id.socket_path()));
  }
  return socket;
}

// False at the end of `from`.
auto copy_some(int from, int to) -> Result<bool> {
  std::array<char, 64 << 10> buffer;
  const ssize_t count = read(from, buffer.data(), buffer.size());
  if (count < 0 && errno == EINTR) return true;
  if (count < 0) return os::errno_error(errno, "cannot read the connection");
  if (count == 0) return false;
  SKY_CHECK(os::write_all(to, {buffer.data(), static_cast<size_t>(count)}, "the connection"));
  return true;
}

auto copy_both_ways(int socket) -> Result<> {
  std::array<pollfd, 2> waits{{{STDIN_FILENO, POLLIN, 0}, {socket, POLLIN, 0}}};
  for (;;) {
    if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return os::errno_error(errno, "cannot wait");
    if ((waits[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      SKY_TRY(const bool more, copy_some(socket, STDOUT_FILENO));
      if (!more) return {};
    }
    if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      SKY_TRY(const bool more, copy_some(STDIN_FILENO, socket));
      // What is still on its way back is copied before the end.
      if (!more) {
        shutdown(socket, SHUT_WR);
        waits[0].fd = -1;
        waits[0].revents = 0;
      }
    }
  }
}

}  // namespace

auto start_node(async::AsioLoop& loop, const Options& options, const std::string& program) -> Result<> {
  return loop.run_until_done(start_task(&loop, options, program));
}

auto stop_node(async::AsioLoop& loop, const NodeId& id) -> Result<> {
  return loop.run_until_done(stop_task(&loop, id));
}

auto guard_node(async::AsioLoop& loop, const NodeId& id, const std::string& program) -> Result<> {
  const os::ProcessId self = os::own_process_id();
  SKY_TRY(const os::FileLock lock,
          os::FileLock::acquire(guard_lock_path(id), {{"pid", fmt::format("{}", self.pid)},
                                                      {"start_time", fmt::format("{}", self.start_time)}}));
  Guard guard(loop, id, program);
  return loop.run_until_done(guard.run());
}

auto attach_node(const NodeId& id) -> Result<> {
  signal(SIGPIPE, SIG_IGN);
  SKY_TRY(const os::UniqueFd socket, connect_blocking(id));
  return copy_both_ways(socket.get());
}

auto receive_files_at(async::AsioLoop& loop, const std::string& home, const std::string& target, bool keep_extra)
    -> Result<> {
  std::string path = target.starts_with('/') ? target : home + "/" + target;
  return loop.run_until_done(
      receive_task(&loop, std::move(path), keep_extra ? files::Extra::kKeep : files::Extra::kDelete));
}

auto probe(async::AsioLoop& loop) -> Json {
  JsonArray gpus;
  for (const os::Gpu& gpu : loop.run_until_done(os::find_gpus(loop))) {
    gpus.push_back(JsonObject{{"index", gpu.index}, {"name", gpu.name}, {"memory_mib", gpu.memory_mib}});
  }
  utsname kernel{};
  uname(&kernel);
  return JsonObject{{"version", kVersion},     {"arch", os::machine_arch()}, {"kernel", kernel.release},
                    {"host", os::host_name()}, {"cpus", os::cpu_count()},    {"memory_bytes", os::memory_total_bytes()},
                    {"gpus", std::move(gpus)}, {"boot_id", os::boot_id()}};
}

}  // namespace sky::agent
