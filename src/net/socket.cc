#include "net/socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "async/run_on.h"
#include "net/socket_internal.h"
#include "os/fd_stream.h"

namespace sky::net {
namespace {

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

class SocketConnection final : public Connection {
 public:
  SocketConnection(std::unique_ptr<os::FdStream> stream, std::string peer)
      : stream_(std::move(stream)), peer_(std::move(peer)) {}

  auto read_some(std::span<char> into) -> async::Task<Result<size_t>> override { return stream_->read_some(into); }
  auto write_all(std::string_view bytes) -> async::Task<Result<>> override { return stream_->write_all(bytes); }
  void close_write() override { stream_->close_write(); }
  void close() override { stream_->close(); }
  auto wait_readable() -> async::Task<Result<>> override { return stream_->wait_readable(); }
  auto peer_closed() const -> bool override { return stream_->peer_closed(); }
  auto peer() const -> const std::string& override { return peer_; }

 private:
  std::unique_ptr<os::FdStream> stream_;
  std::string peer_;
};

auto port_of(const SocketAddress& address) -> std::uint16_t {
  // Both families keep the port in the same place.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
}

auto parse_address(const std::string& host, std::uint16_t port) -> std::optional<SocketAddress> {
  SocketAddress address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof(sockaddr_in);
    return address;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  address.storage = {};
  if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) != 1) return std::nullopt;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  address.size = sizeof(sockaddr_in6);
  return address;
}

// Blocking: for the pool.
auto resolve(const std::string& host, std::uint16_t port) -> Result<std::vector<SocketAddress>> {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int rc = getaddrinfo(host.c_str(), fmt::format("{}", port).c_str(), &hints, &list);
  if (rc != 0) {
    const ErrorCode code = rc == EAI_AGAIN ? ErrorCode::kUnavailable : ErrorCode::kNotFound;
    return make_error(code, fmt::format("cannot resolve '{}': {}", host, gai_strerror(rc)));
  }
  std::vector<SocketAddress> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
    addresses.push_back(address);
  }
  freeaddrinfo(list);
  return addresses;
}

auto connect_any(async::IoLoop* loop, std::string host, std::uint16_t port)
    -> async::Task<Result<std::unique_ptr<Connection>>> {
  std::vector<SocketAddress> addresses;
  if (const auto address = parse_address(host, port)) {
    addresses.push_back(*address);
  } else {
    SKY_CO_TRY(addresses, co_await async::run_on([host, port] { return resolve(host, port); }));
  }
  Result<std::unique_ptr<Connection>> result =
      make_error(ErrorCode::kNotFound, fmt::format("'{}' has no address", host));
  for (const SocketAddress& address : addresses) {
    result = co_await connect_address(loop, address, to_string(Endpoint::tcp(host, port)));
    if (result.ok() || result.error().code == ErrorCode::kCancelled) break;
    if (result.error().code == ErrorCode::kDeadlineExceeded) break;
  }
  co_return std::move(result);
}

}  // namespace

auto to_string(const Endpoint& endpoint) -> std::string {
  if (!endpoint.unix_path.empty()) return "unix:" + endpoint.unix_path;
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", endpoint.host, endpoint.port) : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

auto text_of(const SocketAddress& address) -> std::string {
  if (address.storage.ss_family == AF_UNIX) return "unix";
  char text[INET6_ADDRSTRLEN] = {};
  if (address.storage.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr, text, sizeof text);
  }
  return to_string(Endpoint::tcp(text, port_of(address)));
}

auto socket_error(int error_number, std::string context) -> Error {
  Error error = os::errno_error(error_number, std::move(context));
  switch (error_number) {
    case EADDRINUSE:
      error.code = ErrorCode::kAlreadyExists;
      break;
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ETIMEDOUT:
    case EPIPE:
      error.code = ErrorCode::kUnavailable;
      break;
    default:
      break;
  }
  return error;
}

auto make_connection(async::IoLoop& loop, os::UniqueFd fd, std::string peer) -> Result<std::unique_ptr<Connection>> {
  SKY_TRY(auto stream, os::FdStream::from_socket(loop, std::move(fd)));
  return std::unique_ptr<Connection>(std::make_unique<SocketConnection>(std::move(stream), std::move(peer)));
}

void set_no_delay(int fd) {
  // Fails on Unix sockets, which have nothing to delay.
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

auto connect_address(async::IoLoop* loop, SocketAddress address, std::string name)
    -> async::Task<Result<std::unique_ptr<Connection>>> {
  const std::string context = fmt::format("cannot connect to {}", name);
  os::UniqueFd fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) co_return socket_error(errno, context);
  set_no_delay(fd.get());
  Duration pause = std::chrono::milliseconds(1);
  while (::connect(fd.get(), address.get(), address.size) != 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      // A Unix listener whose backlog is full; the kernel offers nothing to wait for.
      SKY_CO_CHECK(co_await async::sleep_for(pause));
      pause = std::min<Duration>(pause * 2, std::chrono::milliseconds(100));
      continue;
    }
    if (errno != EINPROGRESS) co_return socket_error(errno, context);
    SKY_CO_TRY(const auto watch, loop->watch(fd.get()));
    SKY_CO_CHECK(co_await watch->writable());
    int error_number = 0;
    socklen_t size = sizeof error_number;
    getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error_number, &size);
    if (error_number != 0) co_return socket_error(error_number, context);
    break;
  }
  co_return make_connection(*loop, std::move(fd), text_of(address));
}

auto listen_tcp(async::IoLoop& loop, std::string host, std::uint16_t port) -> Result<std::unique_ptr<Listener>> {
  const std::string name = to_string(Endpoint::tcp(host, port));
  const auto address = parse_address(host, port);
  if (!address) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("cannot listen on '{}': not an address", host));
  }
  os::UniqueFd fd(socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const std::string context = fmt::format("cannot listen on {}", name);
  if (!fd) return socket_error(errno, context);
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd.get(), address->get(), address->size) != 0 || listen(fd.get(), kBacklog) != 0) {
    Error error = socket_error(errno, context);
    if (error.code == ErrorCode::kAlreadyExists)
      error.hint = fmt::format("See who listens there: ss -ltnp sport = :{}", port);
    return error;
  }
  SocketAddress bound;
  getsockname(fd.get(), bound.get(), &bound.size);
  return make_listener(loop, std::move(fd), Endpoint::tcp(std::move(host), port_of(bound)));
}

auto connect_tcp(async::IoLoop& loop, std::string host, std::uint16_t port, Deadline deadline)
    -> async::Task<Result<std::unique_ptr<Connection>>> {
  const std::string what = fmt::format("connecting to {}", to_string(Endpoint::tcp(host, port)));
  co_return co_await async::with_deadline(deadline, what, connect_any(&loop, std::move(host), port));
}

auto connect(async::IoLoop& loop, Endpoint endpoint, Deadline deadline)
    -> async::Task<Result<std::unique_ptr<Connection>>> {
  if (!endpoint.unix_path.empty()) return connect_unix(loop, std::move(endpoint.unix_path), deadline);
  return connect_tcp(loop, std::move(endpoint.host), endpoint.port, deadline);
}

auto connection_pair(async::IoLoop& loop)
    -> Result<std::pair<std::unique_ptr<Connection>, std::unique_ptr<Connection>>> {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return socket_error(errno, "cannot make a pair");
  os::UniqueFd first(ends[0]);
  os::UniqueFd second(ends[1]);
  SKY_TRY(auto a, make_connection(loop, std::move(first), "unix"));
  SKY_TRY(auto b, make_connection(loop, std::move(second), "unix"));
  return std::pair(std::move(a), std::move(b));
}

}  // namespace sky::net
