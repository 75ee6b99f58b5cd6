#include "net/testing/sshd.h"

#include <unistd.h>

#include <fmt/format.h>

#include "net/socket.h"
#include "os/file.h"

namespace sky::net {
namespace {

constexpr std::string_view kProgram = "/usr/sbin/sshd";
constexpr std::string_view kPrivsepDir = "/run/sshd";

auto wait_for_port(async::AsioLoop* loop, std::string address, int port) -> async::Task<Result<>> {
  const Deadline deadline = Deadline::after(loop->now(), std::chrono::seconds(20));
  for (;;) {
    const auto connected = co_await connect_tcp(*loop, address, static_cast<std::uint16_t>(port), deadline);
    if (connected.ok()) co_return Result<>();
    if (loop->now() > deadline.at) co_return connected.error();
    SKY_CO_CHECK(co_await async::sleep_for(std::chrono::milliseconds(10)));
  }
}

}  // namespace

Sshd::Sshd(async::AsioLoop& loop, std::string dir) : loop_(loop), dir_(std::move(dir)) {
  if (!os::file_exists(std::string(kProgram))) {
    why_not_ = "needs /usr/sbin/sshd";
    return;
  }
  if (getuid() == 0) static_cast<void>(os::make_dirs(std::string(kPrivsepDir), 0755));
  Result<> made = find_port();
  if (made.ok()) made = new_host_key();
  if (made.ok()) {
    const auto key = run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key_path()});
    if (!key.ok()) made = key.error();
  }
  if (!made.ok()) why_not_ = made.error().message;
}

auto Sshd::run(std::vector<std::string> argv) -> Result<std::string> {
  const Deadline deadline = Deadline::after(loop_.now(), std::chrono::seconds(20));
  SKY_TRY(auto output, loop_.run_until_done(os::run_command(loop_, {.argv = std::move(argv)}, "", deadline)));
  if (output.status.ok()) return std::move(output.out);
  return make_error(ErrorCode::kCommandFailed, output.err);
}

auto Sshd::find_port() -> Result<> {
  SKY_TRY(const auto listener, listen_tcp(loop_, "127.0.0.1", 0));
  port_ = listener->endpoint().port;
  return {};
}

auto Sshd::new_host_key() -> Result<> {
  SKY_CHECK(os::remove_file(dir_ + "/host_key"));
  SKY_CHECK(os::remove_file(dir_ + "/host_key.pub"));
  SKY_TRY(const std::string ignored, run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir_ + "/host_key"}));
  return {};
}

auto Sshd::start_host(const std::string& address, const std::string& settings) -> Result<> {
  const std::string home = home_of(address);
  SKY_CHECK(os::make_dirs(home));
  const std::string config = fmt::format(
      "{}\nListenAddress {}:{}\nHostKey {}/host_key\nAuthorizedKeysFile {}/id.pub\nStrictModes no\nUsePAM no\n"
      "PidFile none\nUseDNS no\nPermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
      "SetEnv HOME={}\n",
      settings, address, port_, dir_, dir_, home);
  const std::string path = fmt::format("{}/sshd-{}", dir_, address);
  SKY_CHECK(os::write_file_atomic(path, config));
  SKY_TRY(hosts_[address], os::spawn(loop_, {.argv = {std::string(kProgram), "-D", "-e", "-f", path},
                                             .group = os::ProcessGroup::kNewSession}));
  return loop_.run_until_done(wait_for_port(&loop_, address, port_));
}

}  // namespace sky::net
