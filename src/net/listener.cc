#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "net/socket_internal.h"

namespace sky::net {
namespace {

constexpr int kUnixBacklog = 1024;
constexpr mode_t kUnixSocketMode = 0600;

class SocketListener final : public Listener {
 public:
  SocketListener(async::IoLoop& loop, os::UniqueFd fd, std::unique_ptr<async::FdWatch> watch, Endpoint endpoint)
      : loop_(loop), fd_(std::move(fd)), watch_(std::move(watch)), endpoint_(std::move(endpoint)) {
    if (const auto info = os::stat_file(endpoint_.unix_path, os::Follow::kNo); info.ok()) inode_ = info->inode;
  }
  ~SocketListener() override { close(); }

  auto accept() -> async::Task<Result<std::unique_ptr<Connection>>> override {
    for (;;) {
      if (!fd_) co_return make_error(ErrorCode::kUnavailable, fmt::format("{} is closed", to_string(endpoint_)));
      SocketAddress peer;
      os::UniqueFd fd(accept4(fd_.get(), peer.get(), &peer.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (fd) {
        set_no_delay(fd.get());
        co_return make_connection(loop_, std::move(fd), text_of(peer));
      }
      if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) continue;
      if (errno != EAGAIN) co_return socket_error(errno, fmt::format("cannot accept on {}", to_string(endpoint_)));
      const Result<> ready = co_await watch_->readable();
      if (!ready.ok() && fd_) co_return ready.error();
    }
  }

  auto endpoint() const -> const Endpoint& override { return endpoint_; }

  void close() override {
    if (!fd_) return;
    watch_.reset();
    fd_.reset();
    if (endpoint_.unix_path.empty()) return;
    // Another process may have put its own socket there.
    const auto info = os::stat_file(endpoint_.unix_path, os::Follow::kNo);
    if (info.ok() && info->inode == inode_) static_cast<void>(os::remove_file(endpoint_.unix_path));
  }

 private:
  async::IoLoop& loop_;
  os::UniqueFd fd_;
  std::unique_ptr<async::FdWatch> watch_;
  Endpoint endpoint_;
  ino_t inode_ = 0;
};

// The address of a path. A long one is reached through its directory, whose descriptor must live until the address has
// been used.
struct UnixAddress {
  SocketAddress address;
  os::UniqueFd directory;
};

auto unix_address(const std::string& path) -> Result<UnixAddress> {
  UnixAddress result;
  auto* raw = reinterpret_cast<sockaddr_un*>(&result.address.storage);
  std::string short_path = path;
  if (path.size() >= sizeof raw->sun_path) {
    SKY_TRY(result.directory, os::open_file(os::parent_dir(path), O_PATH | O_DIRECTORY));
    short_path = fmt::format("/proc/self/fd/{}/{}", result.directory.get(), path.substr(path.rfind('/') + 1));
  }
  if (short_path.empty() || short_path.size() >= sizeof raw->sun_path) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("'{}' cannot be the path of a socket: its last part is {}", path,
                                  path.empty() ? "empty" : "too long"));
  }
  raw->sun_family = AF_UNIX;
  std::memcpy(raw->sun_path, short_path.c_str(), short_path.size() + 1);
  result.address.size = sizeof(sockaddr_un);
  return result;
}

// Whether a socket at the address has nobody behind it.
auto is_stale(const SocketAddress& address) -> bool {
  const os::UniqueFd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return probe && ::connect(probe.get(), address.get(), address.size) != 0 && errno == ECONNREFUSED;
}

auto is_socket(const std::string& path) -> bool {
  struct stat info{};
  return lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode);
}

auto connect_path(async::IoLoop* loop, std::string path) -> async::Task<Result<std::unique_ptr<Connection>>> {
  SKY_CO_TRY(const UnixAddress target, unix_address(path));
  co_return co_await connect_address(loop, target.address, to_string(Endpoint::unix_socket(path)));
}

}  // namespace

auto make_listener(async::IoLoop& loop, os::UniqueFd fd, Endpoint endpoint) -> Result<std::unique_ptr<Listener>> {
  SKY_TRY(auto watch, loop.watch(fd.get()));
  return std::unique_ptr<Listener>(
      std::make_unique<SocketListener>(loop, std::move(fd), std::move(watch), std::move(endpoint)));
}

auto listen_unix(async::IoLoop& loop, std::string path) -> Result<std::unique_ptr<Listener>> {
  SKY_TRY(const UnixAddress target, unix_address(path));
  const std::string context = fmt::format("cannot listen on unix:{}", path);
  os::UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return socket_error(errno, context);
  // bind gives the path the mode of the socket, so that nobody else can connect in between.
  fchmod(fd.get(), kUnixSocketMode);
  int rc = bind(fd.get(), target.address.get(), target.address.size);
  if (rc != 0 && errno == EADDRINUSE) {
    if (!is_socket(path) || !is_stale(target.address)) return socket_error(EADDRINUSE, context);
    SKY_CHECK(os::remove_file(path));
    rc = bind(fd.get(), target.address.get(), target.address.size);
  }
  if (rc != 0 || listen(fd.get(), kUnixBacklog) != 0) return socket_error(errno, context);
  return make_listener(loop, std::move(fd), Endpoint::unix_socket(std::move(path)));
}

auto connect_unix(async::IoLoop& loop, std::string path, Deadline deadline)
    -> async::Task<Result<std::unique_ptr<Connection>>> {
  const std::string what = fmt::format("connecting to unix:{}", path);
  co_return co_await async::with_deadline(deadline, what, connect_path(&loop, std::move(path)));
}

}  // namespace sky::net
