#include "net/ssh_transport.h"

#include <csignal>

#include <algorithm>

#include <fmt/format.h>

#include "async/retry.h"
#include "base/strings.h"
#include "net/ssh_errors.h"
#include "net/ssh_work_dir.h"
#include "os/machine.h"
#include "os/process.h"

namespace sky::net {

using async::Task;

namespace {

constexpr size_t kJunkMaxBytes = size_t{64} << 10U;
constexpr int kConnectionLost = 255;  // ssh's own exit code
constexpr Duration kLossShowsWithin = std::chrono::milliseconds(500);
constexpr Duration kLossLook = std::chrono::milliseconds(20);
// Beyond ConnectTimeout, which covers the connection alone: key exchange, authentication, the host's shell.
constexpr Duration kLoginLimit = std::chrono::seconds(30);
constexpr async::RetryPolicy kLoginRetries{.attempt_count_max = 5, .backoff_first = std::chrono::milliseconds(300)};

// Reads up to the end of the mark's line; what came after it is the result.
auto read_mark(async::ByteStream* stream) -> Task<Result<std::string>> {
  const std::string mark = std::string(kSshMark) + "\n";
  std::string seen;
  std::array<char, 4096> buffer{};
  for (;;) {
    SKY_CO_TRY(const size_t count, co_await stream->read_some(buffer));
    if (count == 0) co_return make_error(ErrorCode::kUnavailable, "ssh ended");
    seen.append(buffer.data(), count);
    if (const size_t at = seen.find(mark); at != std::string::npos) co_return seen.substr(at + mark.size());
    if (seen.size() > kJunkMaxBytes) {
      co_return make_error(ErrorCode::kDataCorrupt, "the login shell printed more than 64 KiB before the command began",
                           "Silence the host's shell start-up files for non-interactive shells.");
    }
  }
}

// The child's pipes, after the bytes that were read together with the mark.
class MarkedStream final : public async::ByteStream {
 public:
  explicit MarkedStream(async::ByteStream& inner) : inner_(inner) {}
  void put_back(std::string bytes) { pending_ = std::move(bytes); }

  auto read_some(std::span<char> into) -> Task<Result<size_t>> override {
    if (pending_.empty()) co_return co_await inner_.read_some(into);
    const size_t count = std::min(into.size(), pending_.size());
    pending_.copy(into.data(), count);
    pending_.erase(0, count);
    co_return count;
  }
  auto write_all(std::string_view bytes) -> Task<Result<>> override { return inner_.write_all(bytes); }
  void close_write() override { inner_.close_write(); }
  void close() override { inner_.close(); }

 private:
  async::ByteStream& inner_;
  std::string pending_;
};

}  // namespace

// A connection: the child that holds it, and how many commands use it.
struct SshTransport::Master {
  std::unique_ptr<os::Child> child;
  os::ErrorFile errors;
  LoginFiles files;
  size_t session_count = 0;
  size_t session_max = kSessionsMax;
  bool retired = false;
  bool used = true;  // since the last sweep

  auto alive() const -> bool { return !retired && os::alive(child->id()); }
  auto has_room() const -> bool { return session_count < session_max && alive(); }
};

struct SshTransport::Host {
  SshTarget target;
  std::list<std::shared_ptr<Master>> masters;
  async::Semaphore login{1};
  async::WaitList freed;
  std::int64_t failure_count = 0;
  std::optional<Error> last_failure;

  auto find_room() -> std::shared_ptr<Master> {
    std::erase_if(masters, [](const auto& master) { return !master->alive() && master->session_count == 0; });
    const auto found = std::ranges::find_if(masters, [](const auto& master) { return master->has_room(); });
    return found == masters.end() ? nullptr : *found;
  }
  auto live_count() const -> size_t {
    return static_cast<size_t>(std::ranges::count_if(masters, [](const auto& master) { return master->alive(); }));
  }
};

class SshTransport::Session final : public SshProcess {
 public:
  Session(std::shared_ptr<Host> host, std::shared_ptr<Master> master, std::unique_ptr<os::Child> child,
          os::ErrorFile errors)
      : host_(std::move(host)),
        master_(std::move(master)),
        child_(std::move(child)),
        errors_(std::move(errors)),
        stream_(child_->stream()) {
    ++master_->session_count;
    master_->used = true;
  }
  ~Session() override {
    child_.reset();
    --master_->session_count;
    host_->freed.notify_one();
  }

  auto stream() -> async::ByteStream& override { return stream_; }
  auto error_tail() const -> std::string override { return errors_.tail(); }
  auto wait() -> Task<Result<int>> override {
    SKY_CO_TRY(const os::ExitStatus status, co_await child_->wait());
    if (status.signal != 0 || status.code != kConnectionLost) co_return status.shell_code();
    // A command may end so too. Of a broken connection the master dies, but its client may be the first to know.
    for (Duration waited{}; waited < kLossShowsWithin; waited += kLossLook) {
      if (lost()) {
        co_return make_error(ErrorCode::kUnavailable,
                             fmt::format("the connection to '{}' broke", to_string(host_->target)));
      }
      SKY_CO_CHECK(co_await async::sleep_for(kLossLook));
    }
    co_return status.shell_code();
  }

  // Waits until the command has begun.
  auto begin() -> Task<Result<>> {
    SKY_CO_TRY(std::string more, co_await read_mark(&child_->stream()));
    stream_.put_back(std::move(more));
    co_return Result<>();
  }
  auto refused_for_limit() const -> bool { return is_session_limit(errors_.tail()); }

 private:
  auto lost() const -> bool { return !master_->alive() || errors_.tail().find("mux_client") != std::string::npos; }

  std::shared_ptr<Host> host_;
  std::shared_ptr<Master> master_;
  std::unique_ptr<os::Child> child_;
  os::ErrorFile errors_;
  MarkedStream stream_;
};

SshTransport::SshTransport(async::IoLoop& loop, SshOptions options) : loop_(loop), options_(std::move(options)) {}
SshTransport::~SshTransport() {
  if (sweep_timer_) loop_.stop_timer(*sweep_timer_);
}

auto SshTransport::prepare() -> Result<> {
  if (!dir_.empty()) return {};
  SKY_TRY(dir_, prepare_ssh_work_dir(options_.work_dir));
  return {};
}

void SshTransport::sweep_later() {
  if (sweep_timer_) return;
  sweep_timer_ = loop_.start_timer(loop_.now() + kIdleConnectionMax, [this] {
    sweep_timer_.reset();
    sweep();
  });
}

void SshTransport::sweep() {
  for (auto entry = hosts_.begin(); entry != hosts_.end();) {
    auto& masters = entry->second->masters;
    std::erase_if(masters, [](const auto& master) {
      const bool idle = master->session_count == 0 && !std::exchange(master->used, false);
      return idle || (master->session_count == 0 && !master->alive());
    });
    if (!masters.empty()) sweep_later();
    // Others may hold it while they log in.
    entry = masters.empty() && entry->second.use_count() == 1 ? hosts_.erase(entry) : std::next(entry);
  }
}

auto SshTransport::host_of(const SshTarget& target) -> std::shared_ptr<Host> {
  // The password is part of what a login is: a corrected one must not meet the former connection's failure.
  const std::string key = fmt::format("{}\n{}\n{}", to_string(target), target.identity_file, target.password.reveal());
  std::shared_ptr<Host>& host = hosts_[key];
  if (host == nullptr) {
    host = std::make_shared<Host>();
    host->target = target;
  }
  return host;
}

void SshTransport::forget(const SshTarget& target) {
  const auto host = host_of(target);
  for (const auto& master : host->masters) master->retired = true;
  std::erase_if(host->masters, [](const auto& master) { return master->session_count == 0; });
}

auto SshTransport::resolve(SshTarget target, Deadline deadline) -> Task<Result<SshResolved>> {
  SKY_CO_CHECK(prepare());
  const std::string path = fmt::format("{}/resolve-{}", dir_, ++socket_count_);
  SKY_CO_TRY(const LoginFiles files, LoginFiles::make(path, find_ssh_files(options_.home), target));
  SKY_CO_TRY(const os::CommandOutput output,
             co_await os::run_command(loop_, {.argv = resolve_argv(target, files.config_path())}, "", deadline));
  if (!output.status.ok()) co_return login_error(target, output.err, "");
  co_return parse_resolved(output.out);
}

auto SshTransport::run(SshTarget target, SshCommand command, Deadline deadline)
    -> Task<Result<std::unique_ptr<SshProcess>>> {
  SKY_CO_CHECK(prepare());
  std::string what = fmt::format("a command on '{}'", to_string(target));
  co_return co_await async::with_deadline(deadline, std::move(what), run_now(std::move(target), std::move(command)));
}

auto SshTransport::run_now(SshTarget target, SshCommand command) -> Task<Result<std::unique_ptr<SshProcess>>> {
  const std::shared_ptr<Host> host = host_of(target);
  for (int refusals = 0;;) {
    SKY_CO_TRY(const std::shared_ptr<Master> master, co_await acquire(host));
    Result<std::unique_ptr<SshProcess>> started = co_await start(host, master, command);
    if (started.ok() || started.error().code != ErrorCode::kConflict) co_return std::move(started);
    // The host allows fewer sessions per connection than it usually does.
    master->session_max = std::max<size_t>(1, master->session_count);
    if (++refusals > static_cast<int>(kConnectionsPerHostMax)) {
      co_return make_error(ErrorCode::kUnavailable,
                           fmt::format("'{}' refuses more sessions on a connection", to_string(target)),
                           "Raise MaxSessions in the host's sshd_config to 10.");
    }
  }
}

auto SshTransport::acquire(std::shared_ptr<Host> host) -> Task<Result<std::shared_ptr<Master>>> {
  for (;;) {
    if (auto master = host->find_room()) co_return master;
    if (host->live_count() >= kConnectionsPerHostMax) {
      SKY_CO_CHECK(co_await host->freed.wait());
      continue;
    }
    const std::int64_t failures_before = host->failure_count;
    SKY_CO_TRY(const auto turn, co_await host->login.acquire());
    if (auto master = host->find_room()) co_return master;
    // Who waited for somebody else's login shares its outcome.
    if (host->failure_count != failures_before) co_return *host->last_failure;
    Result<std::shared_ptr<Master>> master = co_await log_in(host);
    if (!master.ok()) {
      ++host->failure_count;
      host->last_failure = master.error();
      co_return std::move(master);
    }
    host->masters.push_back(*master);
    sweep_later();
    host->freed.notify_all();
  }
}

auto SshTransport::log_in(std::shared_ptr<Host> host) -> Task<Result<std::shared_ptr<Master>>> {
  for (int attempt = 1;; ++attempt) {
    Result<std::shared_ptr<Master>> master = co_await log_in_once(host);
    if (master.ok() || attempt >= kLoginRetries.attempt_count_max || !is_login_limit(master.error())) {
      co_return std::move(master);
    }
    SKY_CO_CHECK(co_await async::sleep_for(async::backoff_of(kLoginRetries, attempt + 1, async::uniform(loop_))));
  }
}

auto SshTransport::spawn_master(const SshTarget& target, const std::string& socket) -> Result<std::shared_ptr<Master>> {
  auto master = std::make_shared<Master>();
  SKY_TRY(master->files, LoginFiles::make(socket, find_ssh_files(options_.home), target));
  SKY_TRY(master->errors, os::ErrorFile::open(dir_));
  SKY_TRY(master->child, os::spawn(loop_, {.argv = master_argv(target, master->files.config_path(), socket,
                                                               options_.connect_timeout_seconds),
                                           .env_add = askpass_environment(dir_ + "/askpass", master->files.asked_path(),
                                                                          master->files.answer_path()),
                                           .in = os::Stdio::pipe(),
                                           .out = os::Stdio::pipe(),
                                           .err = os::Stdio::to(master->errors.fd()),
                                           .group = os::ProcessGroup::kNewSession}));
  return master;
}

auto SshTransport::log_in_once(std::shared_ptr<Host> host) -> Task<Result<std::shared_ptr<Master>>> {
  SKY_CO_TRY(const auto permit, co_await logins_.acquire());
  const std::string socket =
      fmt::format("{}/{:08x}-{}", dir_, fnv1a(to_string(host->target)) & 0xffffffffU, ++socket_count_);
  SKY_CO_TRY(const std::shared_ptr<Master> master, spawn_master(host->target, socket));
  const Deadline deadline = Deadline::after(loop_.now(), kLoginLimit);
  const Result<std::string> marked = co_await async::with_deadline(
      deadline, fmt::format("the login to '{}'", to_string(host->target)), read_mark(&master->child->stream()));
  const std::string asked = master->files.asked();
  master->files.forget_answer();
  if (marked.ok()) co_return master;
  // With a jump host there is a child of the child, in the same session.
  static_cast<void>(master->child->signal_group(SIGKILL));
  async::CancelScope& scope = co_await async::current_scope();
  if (scope.cancelled()) co_return scope.reason();
  if (marked.error().code != ErrorCode::kUnavailable && asked.empty()) co_return marked.error();
  static_cast<void>(co_await master->child->wait());
  co_return co_await why_not(host->target, master->errors.tail(), asked);
}

// The key that the host was known by is in the file; its fingerprint is ssh-keygen's to say.
auto SshTransport::why_not(SshTarget target, std::string errors, std::string asked) -> Task<Error> {
  const auto changed = changed_key_of(errors);
  if (!changed) co_return login_error(target, errors, asked);
  const Result<std::string> known = os::read_file(changed->file);
  std::string expected;
  if (known.ok()) {
    const auto lines = split(*known, '\n');
    const auto index = static_cast<size_t>(std::max(changed->line, 1)) - 1;
    const std::string line(index < lines.size() ? lines[index] : std::string_view());
    const auto output = co_await os::run_command(loop_, {.argv = {"ssh-keygen", "-l", "-f", "-"}}, line + "\n",
                                                 Deadline::after(loop_.now(), std::chrono::seconds(5)));
    if (output.ok() && output->status.ok()) {
      const auto words = split(output->out, ' ');  // "256 SHA256:… host (ED25519)"
      if (words.size() > 1) expected = words[1];
    }
  }
  co_return changed_key_error(target, *changed, expected);
}

// kConflict: the connection takes no further session.
auto SshTransport::start(std::shared_ptr<Host> host, std::shared_ptr<Master> master, SshCommand command)
    -> Task<Result<std::unique_ptr<SshProcess>>> {
  SKY_CO_TRY(os::ErrorFile errors, os::ErrorFile::open(dir_));
  SKY_CO_TRY(auto child, os::spawn(loop_, {.argv = session_argv(host->target, master->files.socket(), command),
                                           .in = os::Stdio::pipe(),
                                           .out = os::Stdio::pipe(),
                                           .err = os::Stdio::to(errors.fd()),
                                           .group = os::ProcessGroup::kNewSession}));
  auto session = std::make_unique<Session>(host, master, std::move(child), std::move(errors));
  const Result<> begun = co_await session->begin();
  if (begun.ok()) co_return std::unique_ptr<SshProcess>(std::move(session));
  if (begun.error().code != ErrorCode::kUnavailable) co_return begun.error();
  const Result<int> ended = co_await session->wait();
  if (session->refused_for_limit()) co_return make_error(ErrorCode::kConflict, "no more sessions");
  if (!ended.ok()) co_return ended.error();
  Error error = make_error(ErrorCode::kCommandFailed, std::string(trim(session->error_tail())));
  if (error.message.empty()) error.message = fmt::format("no shell on '{}'", to_string(host->target));
  error.details["exit_code"] = fmt::format("{}", *ended);
  co_return error;
}

}  // namespace sky::net
