// A real sshd for tests, of this user, on a loopback address, with a home directory of its own per "host".
//
//   Sshd sshd(loop, dir.path());
//   if (!sshd.usable()) GTEST_SKIP() << sshd.why_not();
//   ASSERT_TRUE(sshd.start_host("127.77.0.1").ok());
//
// All hosts share the key `dir/id` and one port, a free one, so that several test programs run at once.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "async/asio_loop.h"
#include "os/process.h"

namespace sky::net {

class Sshd {
 public:
  // `dir` is the test's, and outlives this.
  Sshd(async::AsioLoop& loop, std::string dir);

  auto why_not() const -> const std::string& { return why_not_; }
  auto usable() const -> bool { return why_not_.empty(); }
  auto port() const -> int { return port_; }
  auto key_path() const -> std::string { return dir_ + "/id"; }
  auto home_of(const std::string& address) const -> std::string { return dir_ + "/home-" + address; }

  // `settings`: lines of sshd_config that go first.
  auto start_host(const std::string& address, const std::string& settings = {}) -> Result<>;
  void stop_host(const std::string& address) { hosts_.erase(address); }
  // The host shows another key from its next start on.
  auto new_host_key() -> Result<>;

 private:
  auto find_port() -> Result<>;
  auto run(std::vector<std::string> argv) -> Result<std::string>;

  async::AsioLoop& loop_;
  std::string dir_;
  std::string why_not_;
  int port_ = 0;
  std::map<std::string, std::unique_ptr<os::Child>> hosts_;
};

}  // namespace sky::net
