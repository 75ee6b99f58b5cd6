#include "client/ssh_proxy.h"

#include <unistd.h>

#include <fmt/format.h>

#include "api/routes.h"
#include "base/strings.h"
#include "net/relay.h"
#include "os/fd_stream.h"
#include "os/file.h"
#include "os/process.h"

namespace sky::client {
namespace {

constexpr Duration kOpenLimit = std::chrono::seconds(60);
constexpr Duration kKeyLimit = std::chrono::seconds(20);

}  // namespace

auto own_ssh_key_path(const std::string& home) -> std::string {
  return home + "/.sky/generated/ssh-keys/sky-key";
}

auto ensure_ssh_key(async::IoLoop& loop, std::string home) -> async::Task<Result<>> {
  const std::string path = own_ssh_key_path(home);
  if (os::file_exists(path) && os::file_exists(path + ".pub")) co_return Result<>();
  SKY_CO_CHECK(os::make_dirs(os::parent_dir(path)));
  const std::string unfinished = fmt::format("{}.{}", path, ::getpid());
  os::SpawnOptions command{.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "sky", "-f", unfinished}};
  SKY_CO_TRY(const os::CommandOutput made,
             co_await os::run_command(loop, std::move(command), "", Deadline::after(loop.now(), kKeyLimit)));
  if (!made.status.ok()) {
    co_return make_error(ErrorCode::kIo, fmt::format("ssh-keygen cannot make a key: {}", trim(made.err)));
  }
  SKY_CO_CHECK(os::rename_file(unfinished + ".pub", path + ".pub"));
  co_return os::rename_file(unfinished, path);
}

auto proxy_ssh(Transport& transport, std::string home, std::string node) -> async::Task<Result<>> {
  SKY_CO_CHECK(co_await ensure_ssh_key(transport.loop(), home));
  SKY_CO_TRY(const std::string key, os::read_file(own_ssh_key_path(home) + ".pub"));
  api::Query query{{"node", node}, {"key", std::string(trim(key))}};
  SKY_CO_TRY(auto socket, co_await transport.open_websocket(std::string(api::kSshPath), std::move(query),
                                                            Deadline::after(transport.loop().now(), kOpenLimit)));
  SKY_CO_TRY(const auto own,
             os::FdStream::from_pipes(transport.loop(), os::UniqueFd(STDIN_FILENO), os::UniqueFd(STDOUT_FILENO)));
  const auto remote = net::websocket_stream(std::move(socket));
  co_return co_await net::relay(own.get(), remote.get());
}

}  // namespace sky::client
