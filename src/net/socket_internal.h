// What the TCP and the Unix halves of net/socket.h share. Of this folder alone.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>

#include "net/socket.h"
#include "os/file.h"

namespace sky::net {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  auto get() -> sockaddr* { return reinterpret_cast<sockaddr*>(&storage); }
  auto get() const -> const sockaddr* { return reinterpret_cast<const sockaddr*>(&storage); }
};

auto text_of(const SocketAddress& address) -> std::string;  // "127.0.0.1:80", "unix"
// os::errno_error with the codes of net/socket.h.
auto socket_error(int error_number, std::string context) -> Error;
auto make_connection(async::IoLoop& loop, os::UniqueFd fd, std::string peer) -> Result<std::unique_ptr<Connection>>;
void set_no_delay(int fd);
// `name` is for errors.
auto connect_address(async::IoLoop* loop, SocketAddress address, std::string name)
    -> async::Task<Result<std::unique_ptr<Connection>>>;
// Takes a listening, non-blocking socket.
auto make_listener(async::IoLoop& loop, os::UniqueFd fd, Endpoint endpoint) -> Result<std::unique_ptr<Listener>>;

}  // namespace sky::net
