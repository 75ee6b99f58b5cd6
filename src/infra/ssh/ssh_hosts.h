// SshHosts: the agent's program on hosts, and what it says about them. Whoever asks for it finds it there: it is sent
// over the connection when the host lacks it, into `~/.sky/agent/bin/<hash of the program>/`, so several versions live
// side by side. Needs a POSIX shell, uname, mkdir, cat, wc, chmod and mv on the host, and nothing else.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "format/json.h"
#include "infra/infra.h"
#include "net/ssh_transport.h"
#include "os/machine.h"

namespace sky::infra {

// What a host is. Does not change until it is booted again.
struct HostFacts {
  std::string arch;
  std::string home;
  std::string user;
  std::string address;  // its own, on the network that it was reached over
  std::string boot_id;
  int cpus = 1;
  double memory_gib = 0;
  std::vector<os::Gpu> gpus;
  std::string outside;  // the address that ssh dials
  SshLogin login;       // of the user's own ssh
};
// "x86_64, 8 CPUs, 32 GB, 2x NVIDIA H100"
auto to_string(const HostFacts& facts) -> std::string;

// Where the agent's programs are on this machine, by `uname -m`.
using AgentPrograms = std::map<std::string, std::string>;
// `DIR/sky-agent`, this machine's own, and `DIR/sky-agent-ARCH` for other architectures, as far as they are there.
auto find_agent_programs(const std::string& dir) -> AgentPrograms;

class SshHosts {
 public:
  SshHosts(async::IoLoop& loop, net::SshOptions options, AgentPrograms programs);
  ~SshHosts();

  // Asked once per kFactsAge and connection. Errors: those of SshTransport::run; kNotSupported for another
  // architecture; kUnavailable when the program cannot be put there.
  auto facts(net::SshTarget target, Deadline deadline) -> async::Task<Result<HostFacts>>;
  // Why the last facts() failed, when that is not long ago; empty otherwise.
  auto trouble(const net::SshTarget& target) const -> std::string;
  // One request to `sky-agent host` (agent/node/host.h) and its answer.
  auto ask(net::SshTarget target, Json request, Deadline deadline) -> async::Task<Result<Json>>;
  // Starts the agent with `args`, or `argv` as it is; `guard` is a file below the home that must exist, else
  // kUnavailable.
  struct Program {
    std::string guard;
    bool agent = false;
    std::vector<std::string> argv;
  };
  auto run(net::SshTarget target, Program program, Deadline deadline)
      -> async::Task<Result<std::unique_ptr<net::SshProcess>>>;
  // A command of plain shell, run to its end; its output. kCommandFailed with what it said.
  auto shell(net::SshTarget target, std::string command, Deadline deadline) -> async::Task<Result<std::string>>;

  // Drops what is remembered and the connection.
  void forget(const net::SshTarget& target);

 private:
  struct Known;

  auto hashes() -> async::Task<Result<std::map<std::string, std::string>>>;
  auto send_program(net::SshTarget target, std::string arch, Deadline deadline) -> async::Task<Result<>>;
  auto start_program(net::SshTarget target, Program program, Deadline deadline)
      -> async::Task<Result<std::unique_ptr<net::SshProcess>>>;
  auto known(const net::SshTarget& target) -> Known&;
  auto ask_facts(net::SshTarget target, Deadline deadline) -> async::Task<Result<HostFacts>>;

  async::IoLoop& loop_;
  net::SshTransport transport_;
  AgentPrograms programs_;
  std::map<std::string, std::string> hashes_;  // by architecture; empty until first needed
  std::map<std::string, std::unique_ptr<Known>> known_;
};

}  // namespace sky::infra
