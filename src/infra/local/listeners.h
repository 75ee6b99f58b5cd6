// Which loopback addresses somebody on this machine listens on.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace sky::infra {

// Pure: the addresses of sockets in state LISTEN in a text of the form of /proc/net/tcp (proc(5)), but for 0.0.0.0.
auto parse_listening_addresses(std::string_view proc_net_tcp) -> std::set<std::string>;
// Of this machine; empty when the kernel does not tell.
auto listening_addresses() -> std::set<std::string>;

}  // namespace sky::infra
