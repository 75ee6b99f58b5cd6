#include "agent/node/supervise.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "agent/node/rank_files.h"
#include "async/sync.h"
#include "base/strings.h"
#include "logs/stream_writer.h"
#include "os/fd_stream.h"
#include "os/machine.h"
#include "os/process.h"

extern char** environ;

namespace sky::agent {

using async::Task;

namespace {

constexpr size_t kPipeBytes = size_t{1} << 20U;
constexpr size_t kReadBytes = size_t{64} << 10U;
constexpr Duration kFullDiskRetry = std::chrono::milliseconds(500);
// How often the pipe is looked at after the script's end while something of a setup keeps writing to it.
constexpr int kDrainRounds = 1000;

// One line, so that bash numbers the user's lines from 2. Users' shells set PATH and conda in ~/.bashrc; conda's own
// hook defines `conda activate`. Nothing in it fails on the usual way: bash looks for its messages in files first.
constexpr std::string_view kPrelude =
    "[ -f ~/.bashrc ] && . ~/.bashrc; command -v conda >/dev/null && hash conda 2>/dev/null && "
    "[ -f \"${BASH_CMDS[conda]%/*/*}/etc/profile.d/conda.sh\" ] && . "
    "\"${BASH_CMDS[conda]%/*/*}/etc/profile.d/conda.sh\"; "
    "[ -d ~/sky_workdir ] && cd ~/sky_workdir 2>/dev/null || cd ~; true\n";

// Bash reads it through this process: nothing of it lies in a file, and making one is what a short job would wait for.
auto script_in_memory(std::string_view text) -> Result<os::UniqueFd> {
  os::UniqueFd fd(memfd_create("script", MFD_CLOEXEC));
  if (!fd) return os::errno_error(errno, "cannot keep the script in memory");
  SKY_CHECK(os::write_all(fd.get(), text, "the script"));
  return fd;
}

// A failed exec for each directory that comes before costs more than a look.
auto bash_path() -> std::string {
  const char* path = std::getenv("PATH");
  for (const std::string_view dir : split(path != nullptr ? path : "", ':')) {
    std::string candidate = fmt::format("{}/bash", dir);
    if (!dir.empty() && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "bash";
}

// One call instead of a walk through /proc: most scripts leave nothing behind.
auto has_children() -> bool {
  siginfo_t info{};
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

class Supervisor {
 public:
  Supervisor(async::AsioLoop& loop, std::string home, RankFiles files, RankSpec spec)
      : loop_(loop), home_(std::move(home)), files_(std::move(files)), spec_(std::move(spec)), tasks_(loop) {}

  // True when nothing of the rank is left, so that this process can take another one.
  auto run() -> Task<Result<bool>> {
    loop_.watch_signals([this](int number) { on_signal(number); });
    RankExit exit;
    Result<RankExit> outcome = co_await run_script();
    if (outcome.ok()) {
      exit = std::move(*outcome);
    } else {
      exit.detail = outcome.error().message;
    }
    co_await tasks_.stop();
    const bool nothing_left = outcome.ok() && !killed_ && !exit.left_running;
    SKY_CO_CHECK(co_await write_exit(std::move(exit)));
    co_return nothing_left;
  }

 private:
  void on_signal(int number) {
    if (number != SIGTERM || killed_) return;
    killed_ = true;
    if (script_ != nullptr) tasks_.spawn("kill", kill_everything(this));
  }

  // A disk that is full costs time, not the job's result: the agent waits as long as this process lives.
  auto write_exit(RankExit exit) -> Task<Result<>> {
    for (;;) {
      Result<> written = files_.write_exit(exit);
      if (written.ok() || written.error().code != ErrorCode::kStorageFull) co_return written;
      SKY_CO_CHECK(co_await async::sleep_for(kFullDiskRetry));
    }
  }

  static auto kill_everything(Supervisor* self) -> Task<Result<>> {
    self->killing_ = true;
    Result<> ended = co_await os::kill_tree(os::own_process_id(), kTermGrace);
    self->killing_ = false;
    self->kill_ended_.set();
    co_return ended;
  }

  auto run_script() -> Task<Result<RankExit>> {
    const std::string base = home_ + "/" + spec_.output_base;
    SKY_CO_CHECK(os::make_dirs(os::parent_dir(base)));
    SKY_CO_TRY(logs::StreamWriter writer, logs::StreamWriter::open(base));
    writer_.emplace(std::move(writer));
    SKY_CO_CHECK(files_.reserve());
    SKY_CO_TRY(script_text_, script_in_memory(std::string(kPrelude) + spec_.script));
    SKY_CO_CHECK(start_script());
    tasks_.spawn("output", copy_output(output_.get(), &*writer_));
    if (killed_) tasks_.spawn("kill", kill_everything(this));
    SKY_CO_TRY(const os::ExitStatus status, co_await script_->wait());
    SKY_CO_TRY(const bool left, co_await end_what_is_left());
    co_await drain(output_.get());
    co_return RankExit{
        .code = status.shell_code(), .killed = killed_, .left_running = left, .detail = {}, .pid = script_->pid()};
  }

  // True when processes of a setup script live on.
  auto end_what_is_left() -> Task<Result<bool>> {
    if (killing_) SKY_CO_CHECK(co_await kill_ended_.wait());
    if (!has_children()) co_return false;
    os::reap_orphans();
    if (os::child_processes(getpid()).empty()) co_return false;
    if (spec_.key.phase == Phase::kSetup && !killed_) co_return true;
    SKY_CO_CHECK(co_await os::kill_tree(os::own_process_id(), kTermGrace));
    co_return false;
  }

  auto start_script() -> Result<> {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return os::errno_error(errno, "cannot make a pipe");
    os::UniqueFd read_end(ends[0]);
    const os::UniqueFd write_end(ends[1]);
    // Best effort: a burst of output does not make the script wait for this process.
    fcntl(read_end.get(), F_SETPIPE_SZ, static_cast<int>(kPipeBytes));
    SKY_TRY(output_, os::FdStream::from_pipes(loop_, std::move(read_end), os::UniqueFd()));
    SKY_TRY(script_,
            os::spawn(loop_, {.argv = {bash_path(), fmt::format("/proc/{}/fd/{}", getpid(), script_text_.get())},
                              .env = environment(),
                              .cwd = home_,
                              .out = os::Stdio::to(write_end.get()),
                              .err = os::Stdio::to(write_end.get()),
                              .group = os::ProcessGroup::kNewSession}));
    // The script runs: that its pid cannot be told, for a full disk or because nobody listens, is no reason to fail it.
    static_cast<void>(files_.write_pid(script_->pid()));
    const std::string line = fmt::format("{}\n", script_->pid());
    static_cast<void>(os::write_all(STDOUT_FILENO, line, "stdout"));
    return {};
  }

  auto environment() const -> os::Environment {
    os::Environment env;
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      const size_t equals = text.find('=');
      if (equals != std::string_view::npos) env.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    env.erase("CUDA_VISIBLE_DEVICES");
    env["HOME"] = home_;
    for (const auto& [name, value] : spec_.environment) env[name] = value.reveal();
    return env;
  }

  static auto copy_output(os::FdStream* output, logs::StreamWriter* writer) -> Task<Result<>> {
    std::vector<char> buffer(kReadBytes);
    for (;;) {
      SKY_CO_TRY(const size_t count, co_await output->read_some(buffer));
      if (count == 0) co_return Result<>();
      writer->append({buffer.data(), count});
    }
  }

  // Everything that was written before the script ended. The pipe has no end while something that lives on holds it.
  static auto drain(os::FdStream* output) -> Task<> {
    for (int round = 0; round < kDrainRounds; ++round) {
      int waiting = 0;
      if (output->fd() < 0 || ioctl(output->fd(), FIONREAD, &waiting) != 0 || waiting == 0) co_return;
      const Result<> turned = co_await async::sleep_for(std::chrono::microseconds(100));
      if (!turned.ok()) co_return;
    }
  }

  async::AsioLoop& loop_;
  std::string home_;
  RankFiles files_;
  RankSpec spec_;
  os::UniqueFd script_text_;
  std::unique_ptr<os::Child> script_;
  std::optional<logs::StreamWriter> writer_;
  std::unique_ptr<os::FdStream> output_;
  bool killed_ = false;
  bool killing_ = false;
  async::Event kill_ended_;
  async::TaskGroup tasks_;
};

// The next line of stdin; nullopt at its end. A part of one, left by an agent that was killed, is no spec.
auto read_spec() -> Result<std::optional<RankSpec>> {
  std::string text;
  std::array<char, kReadBytes> buffer;
  while (!text.ends_with('\n')) {
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os::errno_error(errno, "read", "stdin");
    if (count == 0 && text.empty()) return std::optional<RankSpec>();
    if (count == 0) return make_error(ErrorCode::kInvalidArgument, "expected a line, found a part of one");
    text.append(buffer.data(), static_cast<size_t>(count));
  }
  SKY_TRY(const Json json, parse_json(text));
  SKY_TRY(RankSpec spec, rank_spec_from_json(json));
  return std::optional(std::move(spec));
}

// On the head the exit is durable as soon as the agent, which is told first, has committed it: the record is synced for
// an agent that is gone. A worker's has to be durable before it leaves the machine (docs/agent.md, "Power cuts").
auto report_exit(const NodeId& id, const RankFiles& files, bool takes_another) -> Result<> {
  if (id.node != 0) SKY_CHECK(files.sync());
  if (takes_another) {
    // That nobody listens any more shows at the next read.
    static_cast<void>(os::write_all(STDOUT_FILENO, fmt::format("{}\n", kSuperviseNext), "stdout"));
    return {};
  }
  ::close(STDOUT_FILENO);
  return files.sync();
}

// True when another rank can be taken; nullopt when another process has this one.
auto run_rank(async::AsioLoop& loop, const NodeId& id, RankSpec spec) -> Result<std::optional<bool>> {
  RankFiles files(id.rank_base(spec.key));
  const Result<os::UniqueFd> lock = files.lock();
  if (!lock.ok() && lock.error().code == ErrorCode::kConflict) return std::optional<bool>();
  if (!lock.ok()) return lock.error();
  SKY_TRY(const RankRecord record, files.read());
  if (record.start || record.exit) return std::optional<bool>();
  SKY_CHECK(files.write_start({os::own_process_id(), os::boot_id()}));
  Supervisor supervisor(loop, id.home, files, std::move(spec));
  const Result<bool> nothing_left = loop.run_until_done(supervisor.run());
  // While it waits for a rank, a signal ends this process.
  loop.unwatch_signals();
  if (!nothing_left.ok()) return nothing_left.error();
  SKY_CHECK(report_exit(id, files, *nothing_left));
  return std::optional(*nothing_left);
}

auto serve_ranks(async::AsioLoop& loop, const NodeId& id) -> Result<int> {
  SKY_CHECK(os::set_subreaper());
  std::string last_base;
  for (;;) {
    SKY_TRY(std::optional<RankSpec> spec, read_spec());
    if (!spec && !last_base.empty()) SKY_CHECK(RankFiles(last_base).sync());
    if (!spec) return kSuperviseDone;
    last_base = id.rank_base(spec->key);
    SKY_TRY(const std::optional<bool> takes_another, run_rank(loop, id, std::move(*spec)));
    if (!takes_another) return kSuperviseHeld;
    if (!*takes_another) return kSuperviseDone;
  }
}

}  // namespace

auto supervise(async::AsioLoop& loop, const NodeId& id) -> int {
  const Result<int> code = serve_ranks(loop, id);
  if (code.ok()) return *code;
  fmt::print(stderr, "sky-agent supervise: {}\n", to_string(code.error()));
  return kSuperviseFailed;
}

}  // namespace sky::agent
