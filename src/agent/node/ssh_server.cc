#include "agent/node/ssh_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <list>
#include <thread>

#include <fmt/format.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include "agent/node/ssh_process.h"
#include "base/c_ptr.h"
#include "base/strings.h"

namespace sky::agent {
namespace {

constexpr size_t kStepBytes = 32U << 10U;
constexpr int kExitPollMs = 100;
constexpr int kHandshakeSecondsMax = 60;
constexpr std::array<const char*, 3> kSftpServers = {"/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server",
                                                     "/usr/lib/ssh/sftp-server"};

using KeyPtr = CPtr<ssh_key_struct, ssh_key_free>;
using BindPtr = CPtr<ssh_bind_struct, ssh_bind_free>;
using SessionPtr = CPtr<ssh_session_struct, ssh_free>;
using EventPtr = CPtr<ssh_event_struct, ssh_event_free>;

// One session channel and its process.
struct Channel {
  ssh_channel channel = nullptr;  // owned by the session
  SshCommand command = {};
  std::optional<SshProcess> process = {};
  std::string to_process = {};  // read from the channel, not yet taken
  bool closed = false;
  ssh_channel_callbacks_struct callbacks{};
};

struct Server {
  KeyPtr allowed;
  std::string home;
  bool authenticated = false;
  std::list<Channel> channels;  // their addresses are given to libssh
};

auto of(void* userdata) -> Channel& {
  return *static_cast<Channel*>(userdata);
}

auto on_key(ssh_session, const char*, ssh_key_struct* key, char state, void* userdata) -> int {
  auto& server = *static_cast<Server*>(userdata);
  if (ssh_key_cmp(key, server.allowed.get(), SSH_KEY_CMP_PUBLIC) != 0) return SSH_AUTH_DENIED;
  if (state == SSH_PUBLICKEY_STATE_VALID) server.authenticated = true;
  return state == SSH_PUBLICKEY_STATE_VALID || state == SSH_PUBLICKEY_STATE_NONE ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

auto on_terminal(ssh_session, ssh_channel, const char* type, int columns, int rows, int, int, void* userdata) -> int {
  of(userdata).command.terminal = Terminal{.type = type, .columns = columns, .rows = rows};
  return 0;
}

auto on_resize(ssh_session, ssh_channel, int columns, int rows, int, int, void* userdata) -> int {
  if (Channel& channel = of(userdata); channel.process) channel.process->resize(columns, rows);
  return 0;
}

auto on_environment(ssh_session, ssh_channel, const char* name, const char* value, void* userdata) -> int {
  const std::string_view text(name);
  if (text != "LANG" && !text.starts_with("LC_")) return 1;  // as sshd's AcceptEnv
  of(userdata).command.environment[name] = value;
  return 0;
}

auto start(Channel& channel, std::string command) -> int {
  if (channel.process) return 1;
  channel.command.command = std::move(command);
  Result<SshProcess> process = SshProcess::start(channel.command);
  if (!process.ok()) {
    fmt::print(stderr, "{}\n", process.error().message);
    return 1;
  }
  channel.process.emplace(std::move(process).value());
  return 0;
}

auto on_exec(ssh_session, ssh_channel, const char* command, void* userdata) -> int {
  return start(of(userdata), command);
}

auto on_shell(ssh_session, ssh_channel, void* userdata) -> int {
  return start(of(userdata), "");
}

auto on_subsystem(ssh_session, ssh_channel, const char* name, void* userdata) -> int {
  if (std::string_view(name) != "sftp") return 1;
  for (const char* path : kSftpServers) {
    if (access(path, X_OK) == 0) return start(of(userdata), fmt::format("exec {}", path));
  }
  return 1;
}

void on_signal(ssh_session, ssh_channel, const char* name, void* userdata) {
  Channel& channel = of(userdata);
  constexpr std::array<std::pair<std::string_view, int>, 6> kSignals = {
      {{"HUP", SIGHUP}, {"INT", SIGINT}, {"KILL", SIGKILL}, {"QUIT", SIGQUIT}, {"TERM", SIGTERM}, {"USR1", SIGUSR1}}};
  for (const auto& [spelling, number] : kSignals) {
    if (channel.process && spelling == name) channel.process->signal(number);
  }
}

void on_close(ssh_session, ssh_channel, void* userdata) {
  of(userdata).closed = true;
}

auto on_open(ssh_session session, void* userdata) -> ssh_channel {
  auto& server = *static_cast<Server*>(userdata);
  if (!server.authenticated) return nullptr;
  Channel& channel = server.channels.emplace_back();
  channel.channel = ssh_channel_new(session);
  channel.command.home = server.home;
  channel.callbacks.userdata = &channel;
  channel.callbacks.channel_pty_request_function = on_terminal;
  channel.callbacks.channel_pty_window_change_function = on_resize;
  channel.callbacks.channel_env_request_function = on_environment;
  channel.callbacks.channel_exec_request_function = on_exec;
  channel.callbacks.channel_shell_request_function = on_shell;
  channel.callbacks.channel_subsystem_request_function = on_subsystem;
  channel.callbacks.channel_signal_function = on_signal;
  channel.callbacks.channel_close_function = on_close;
  ssh_callbacks_init(&channel.callbacks);
  ssh_set_channel_callbacks(channel.channel, &channel.callbacks);
  return channel.channel;
}

// From the client to the process: read only as fast as that reads, so that the client's window closes.
void move_in(Channel& one) {
  SshProcess& process = *one.process;
  for (;;) {
    if (one.to_process.empty()) {
      std::array<char, kStepBytes> buffer;
      const int count = ssh_channel_read_nonblocking(one.channel, buffer.data(), buffer.size(), 0);
      if (count <= 0) break;
      one.to_process.assign(buffer.data(), static_cast<size_t>(count));
    }
    const size_t taken = process.write_in(one.to_process);
    one.to_process.erase(0, taken);
    if (taken == 0) return;
  }
  if (ssh_channel_is_eof(one.channel) != 0) process.close_in();
}

// From the process to the client, as far as its window reaches. True when something was moved.
auto move_out(Channel& one) -> bool {
  SshProcess& process = *one.process;
  const size_t window = std::min<size_t>(ssh_channel_window_size(one.channel), kStepBytes);
  const std::string out = process.read_out(window);
  if (!out.empty()) ssh_channel_write(one.channel, out.data(), static_cast<std::uint32_t>(out.size()));
  const size_t rest = std::min<size_t>(ssh_channel_window_size(one.channel), kStepBytes);
  const std::string err = process.read_err(rest);
  if (!err.empty()) ssh_channel_write_stderr(one.channel, err.data(), static_cast<std::uint32_t>(err.size()));
  return !out.empty() || !err.empty();
}

void finish(Channel& one) {
  ssh_channel_request_send_exit_status(one.channel, *one.process->exit_code());
  ssh_channel_send_eof(one.channel);
  ssh_channel_close(one.channel);
  one.process.reset();
}

auto nothing_to_do(socket_t, int, void*) -> int {
  return 0;
}

// The descriptors of one turn: those that can bring the channel on.
void watch(ssh_event_struct* event, Channel& one, std::vector<int>* watched) {
  const bool window = ssh_channel_window_size(one.channel) > 0;
  std::map<int, short> wanted;
  if (window && one.process->out() >= 0) wanted[one.process->out()] |= POLLIN;
  if (window && one.process->err() >= 0) wanted[one.process->err()] |= POLLIN;
  if (!one.to_process.empty() && one.process->in() >= 0) wanted[one.process->in()] |= POLLOUT;
  if (one.process->exit_watch() >= 0) wanted[one.process->exit_watch()] |= POLLIN;
  for (const auto& [fd, events] : wanted) {
    ssh_event_add_fd(event, fd, events, nothing_to_do, nullptr);
    watched->push_back(fd);
  }
}

void serve_channels(ssh_session session, ssh_event_struct* event, Server* server) {
  while (ssh_is_connected(session) != 0) {
    bool moved = false;
    for (Channel& one : server->channels) {
      if (one.closed) one.process.reset();
      if (!one.process) continue;
      move_in(one);
      moved = move_out(one) || moved;
      if (one.process->finished()) finish(one);
    }
    std::vector<int> watched;
    int wait_ms = moved ? 0 : -1;
    for (Channel& one : server->channels) {
      if (!one.process) continue;
      watch(event, one, &watched);
      // An old kernel tells of no exit: look again.
      if (one.process->exit_watch() < 0 && wait_ms < 0) wait_ms = kExitPollMs;
    }
    const int rc = ssh_event_dopoll(event, wait_ms);
    for (const int fd : watched) ssh_event_remove_fd(event, fd);
    if (rc == SSH_ERROR) break;
  }
}

// libssh wants one socket; the connection is two pipes. Ends when either side does.
void pump(int from, int to) {
  std::array<char, kStepBytes> buffer;
  for (;;) {
    const ssize_t count = read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    for (ssize_t done = 0; done < count;) {
      const ssize_t written = write(to, buffer.data() + done, static_cast<size_t>(count - done));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return;
      done += written;
    }
  }
  shutdown(to, SHUT_WR);
}

auto ssh_error(std::string_view what, void* of_whom) -> Error {
  return make_error(ErrorCode::kUnavailable, fmt::format("{}: {}", what, ssh_get_error(of_whom)));
}

auto serve_session(const SshServerOptions& options, int socket) -> Result<> {
  Server server{.allowed = nullptr, .home = options.home};
  const std::vector<std::string_view> words = split(options.authorized_key, ' ');
  ssh_key key = nullptr;
  const ssh_keytypes_e type = ssh_key_type_from_name(std::string(words.front()).c_str());
  if (words.size() < 2 || ssh_pki_import_pubkey_base64(std::string(words[1]).c_str(), type, &key) != SSH_OK) {
    return make_error(ErrorCode::kInvalidArgument, "expected a public key, found another text");
  }
  server.allowed.reset(key);
  ssh_key host_key = nullptr;
  if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &host_key) != SSH_OK) {
    return make_error(ErrorCode::kInternal, "cannot make a host key");
  }
  const BindPtr bind(ssh_bind_new());
  const SessionPtr session(ssh_new());
  ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_IMPORT_KEY, host_key);  // takes it
  if (ssh_bind_accept_fd(bind.get(), session.get(), socket) != SSH_OK) return ssh_error("ssh", bind.get());
  ssh_server_callbacks_struct callbacks{};
  callbacks.userdata = &server;
  callbacks.auth_pubkey_function = on_key;
  callbacks.channel_open_request_session_function = on_open;
  ssh_callbacks_init(&callbacks);
  ssh_set_server_callbacks(session.get(), &callbacks);
  ssh_set_auth_methods(session.get(), SSH_AUTH_METHOD_PUBLICKEY);
  const long seconds = kHandshakeSecondsMax;
  ssh_options_set(session.get(), SSH_OPTIONS_TIMEOUT, &seconds);
  if (ssh_handle_key_exchange(session.get()) != SSH_OK) return ssh_error("the ssh handshake failed", session.get());
  const EventPtr event(ssh_event_new());
  ssh_event_add_session(event.get(), session.get());
  serve_channels(session.get(), event.get(), &server);
  server.channels.clear();  // hangs up on what still runs
  ssh_event_remove_session(event.get(), session.get());
  ssh_disconnect(session.get());
  return {};
}

}  // namespace

auto serve_ssh(const SshServerOptions& options) -> Result<> {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return os::errno_error(errno, "cannot make a pair");
  std::thread(pump, STDIN_FILENO, ends[0]).detach();  // ends with the process: nothing interrupts its read
  std::thread outward(pump, ends[0], STDOUT_FILENO);
  ssh_init();
  Result<> served = serve_session(options, ends[1]);
  shutdown(ends[1], SHUT_RDWR);
  outward.join();
  return served;
}

}  // namespace sky::agent
