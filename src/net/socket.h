// Listeners and connections over TCP and Unix sockets.
//
// A Connection is a ByteStream that can also say when it is worth reading and that its peer went away; TLS and tunnels
// are further implementations of it. Everything is on the loop's thread. Errors: kAlreadyExists (address in use),
// kPermissionDenied, kNotFound (no such name or socket), kUnavailable (refused, unreachable, gone), kDeadlineExceeded,
// kCancelled, kInvalidArgument, kIo.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "async/loop.h"
#include "async/stream.h"
#include "base/time.h"

namespace sky::net {

// Where somebody listens: a path of a Unix socket, or a host (name or address, without brackets) with a port.
struct Endpoint {
  std::string unix_path = {};
  std::string host = {};
  std::uint16_t port = 0;

  static auto unix_socket(std::string path) -> Endpoint { return {.unix_path = std::move(path)}; }
  static auto tcp(std::string host, std::uint16_t port) -> Endpoint { return {.host = std::move(host), .port = port}; }
  auto operator==(const Endpoint&) const -> bool = default;
};
auto to_string(const Endpoint& endpoint) -> std::string;  // "unix:/run/x", "127.0.0.1:80", "[::1]:80"

class Connection : public async::ByteStream {
 public:
  // Returns when read_some would not wait. Lets an idle owner hold no buffer. Not while a read is pending.
  virtual auto wait_readable() -> async::Task<Result<>> = 0;
  // Whether the peer has closed its side, or the connection broke. Asks the kernel, consumes nothing, does not wait.
  virtual auto peer_closed() const -> bool = 0;
  // "127.0.0.1:51234"; "unix" for Unix sockets.
  virtual auto peer() const -> const std::string& = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;
  // Waits for the next connection. kUnavailable once closed; kIo when this process has no descriptor left, which may
  // pass. Connections that ended before they were accepted are skipped.
  virtual auto accept() -> async::Task<Result<std::unique_ptr<Connection>>> = 0;
  // With the port that the kernel chose, if 0 was asked for.
  virtual auto endpoint() const -> const Endpoint& = 0;
  // Ends a pending accept; removes a Unix socket's path. Idempotent.
  virtual void close() = 0;
};

// `host` is an address, or "localhost" for 127.0.0.1. Sets SO_REUSEADDR, never SO_REUSEPORT.
auto listen_tcp(async::IoLoop& loop, std::string host, std::uint16_t port) -> Result<std::unique_ptr<Listener>>;

// Paths may be longer than the 107 bytes of sockaddr_un as long as the last part is not. The socket has mode 0600 from
// the start. A stale socket, to which nobody listens, is replaced; a live one is kAlreadyExists; a file of another kind
// is never touched. Two processes that start at once on one path must exclude each other with an os::FileLock.
auto listen_unix(async::IoLoop& loop, std::string path) -> Result<std::unique_ptr<Listener>>;

// Names are resolved on the loop's pool; addresses are tried one after the other. Sets TCP_NODELAY.
auto connect_tcp(async::IoLoop& loop, std::string host, std::uint16_t port, Deadline deadline)
    -> async::Task<Result<std::unique_ptr<Connection>>>;
auto connect_unix(async::IoLoop& loop, std::string path, Deadline deadline)
    -> async::Task<Result<std::unique_ptr<Connection>>>;
auto connect(async::IoLoop& loop, Endpoint endpoint, Deadline deadline)
    -> async::Task<Result<std::unique_ptr<Connection>>>;

// Two connected ends, for tests and for talking to oneself.
auto connection_pair(async::IoLoop& loop)
    -> Result<std::pair<std::unique_ptr<Connection>, std::unique_ptr<Connection>>>;

}  // namespace sky::net
