// SshTransport: commands on other machines, over connections that the OpenSSH client makes and keeps.
//
// Per host there are one to four master connections (`ssh -M`, a child each), made when first needed and shared by all
// commands; a command is a child too (`ssh -S`), because the shared socket makes it cheap (8 ms). Users' configuration,
// ProxyJump, agents, certificates and known_hosts are ssh's business and keep working.
//
// Limits: at most kLoginsAtOnceMax logins at once in all and one per host, because sshd drops connections beyond its
// MaxStartups (10:30:100), also a jump host's; a dropped one is tried again. At most kSessionsMax commands per
// connection (sshd's MaxSessions is 10, and the master itself is one); a lower limit is learned from the refusal.
//
// Never asks anybody: a question of ssh becomes an error that repeats it (net/ssh_errors.h). A master ends with this
// process, because its standard input does. A host that falls silent is noticed within 15 s; what runs over the
// connection then ends with kUnavailable.
//
// Concurrency: loop thread, many coroutines at once. The transport outlives the processes that it gave out.
// Test double: none; tests run a real sshd (net/testing/sshd.h).
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "async/stream.h"
#include "async/sync.h"
#include "net/ssh_command.h"
#include "os/error_file.h"

namespace sky::net {

inline constexpr size_t kLoginsAtOnceMax = 8;
inline constexpr size_t kConnectionsPerHostMax = 4;
inline constexpr size_t kSessionsMax = 8;
// A connection that nothing uses is closed after one to two of these.
inline constexpr Duration kIdleConnectionMax = std::chrono::minutes(1);

struct SshOptions {
  std::string home;  // $HOME of the user
  // Private directory for sockets and the configuration. When its path is too long for a socket, one in /tmp is used.
  std::string work_dir;
  int connect_timeout_seconds = 10;
};

// A command that runs on a host: its stdin and stdout as one stream. Destroying it closes them, which ends whatever
// reads or writes them.
class SshProcess {
 public:
  virtual ~SshProcess() = default;
  virtual auto stream() -> async::ByteStream& = 0;
  // Exit code, 128 + n after signal n. kUnavailable when the connection broke and the code is not known.
  virtual auto wait() -> async::Task<Result<int>> = 0;
  virtual auto error_tail() const -> std::string = 0;
};

class SshTransport {
 public:
  SshTransport(async::IoLoop& loop, SshOptions options);
  ~SshTransport();

  // Starts a command on the host; returns once its check has passed. Errors: those of login_error; kCommandFailed when
  // the check did not pass, with what it said on stderr as message and its exit code in details["exit_code"];
  // kDeadlineExceeded.
  auto run(SshTarget target, SshCommand command, Deadline deadline) -> async::Task<Result<std::unique_ptr<SshProcess>>>;
  // What the user's configuration makes of a target; nothing is dialled.
  auto resolve(SshTarget target, Deadline deadline) -> async::Task<Result<SshResolved>>;
  // Ends the connections to a host once their commands have ended; the next run() logs in again.
  void forget(const SshTarget& target);

 private:
  struct Master;
  struct Host;
  class Session;

  auto prepare() -> Result<>;
  void sweep_later();
  void sweep();
  auto host_of(const SshTarget& target) -> std::shared_ptr<Host>;
  auto run_now(SshTarget target, SshCommand command) -> async::Task<Result<std::unique_ptr<SshProcess>>>;
  auto acquire(std::shared_ptr<Host> host) -> async::Task<Result<std::shared_ptr<Master>>>;
  auto log_in(std::shared_ptr<Host> host) -> async::Task<Result<std::shared_ptr<Master>>>;
  auto log_in_once(std::shared_ptr<Host> host) -> async::Task<Result<std::shared_ptr<Master>>>;
  auto spawn_master(const SshTarget& target, const std::string& socket) -> Result<std::shared_ptr<Master>>;
  auto why_not(SshTarget target, std::string errors, std::string asked) -> async::Task<Error>;
  auto start(std::shared_ptr<Host> host, std::shared_ptr<Master> master, SshCommand command)
      -> async::Task<Result<std::unique_ptr<SshProcess>>>;

  async::IoLoop& loop_;
  SshOptions options_;
  std::string dir_;  // "" until prepare() has succeeded
  std::map<std::string, std::shared_ptr<Host>> hosts_;
  std::int64_t socket_count_ = 0;
  async::Semaphore logins_{kLoginsAtOnceMax};
  std::optional<async::TimerId> sweep_timer_;  // set while there are connections
};

}  // namespace sky::net
