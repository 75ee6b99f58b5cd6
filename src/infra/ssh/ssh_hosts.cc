#include "infra/ssh/ssh_hosts.h"

#include <algorithm>

#include <fmt/format.h>

#include "agent/protocol/messages.h"
#include "async/run_on.h"
#include "base/strings.h"

namespace sky::infra {

using async::Task;

namespace {

constexpr Duration kFactsAge = std::chrono::minutes(1);
constexpr double kBytesPerGib = 1024.0 * 1024.0 * 1024.0;
constexpr int kExitNoProgram = 70;
constexpr int kExitNoGuard = 71;
constexpr size_t kAnswerMaxBytes = size_t{1} << 20U;

// Sets $a to the path of the agent's program for the host's architecture.
auto find_program(const std::map<std::string, std::string>& hashes) -> std::string {
  std::string script = "h=; case $(uname -m) in ";
  for (const auto& [arch, hash] : hashes) script += fmt::format("{}) h={};; ", arch, hash);
  script += "esac; a=\"$HOME/.sky/agent/bin/$h/sky-agent\";";
  return script;
}

auto command_of(const SshHosts::Program& program, const std::map<std::string, std::string>& hashes) -> net::SshCommand {
  net::SshCommand command;
  if (program.agent) {
    command.check =
        find_program(hashes) + fmt::format(" [ -x \"$a\" ] || {{ uname -m >&2; exit {}; }};", kExitNoProgram);
  }
  if (!program.guard.empty()) {
    command.check += fmt::format(" [ -e \"$HOME\"/{} ] || exit {};", shell_quote(program.guard), kExitNoGuard);
  }
  command.command = program.agent ? "exec \"$a\"" : "exec";
  for (size_t i = program.agent ? 1 : 0; i < program.argv.size(); ++i) {
    command.command += " " + shell_quote(program.argv[i]);
  }
  return command;
}

auto exit_code_of(const Error& error) -> int {
  const auto code = error.details.find("exit_code");
  return code == error.details.end() ? 0 : static_cast<int>(parse_int(code->second).value_or(0));
}

auto read_answer(async::ByteStream* stream) -> Task<Result<std::string>> {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    SKY_CO_TRY(const size_t count, co_await stream->read_some(buffer));
    if (count == 0) co_return text;
    text.append(buffer.data(), count);
    if (text.size() > kAnswerMaxBytes) co_return make_error(ErrorCode::kDataCorrupt, "more than 1 MiB of output");
  }
}

// `input` in, output out, to the end.
auto talk(net::SshProcess* process, std::string_view input) -> Task<Result<std::string>> {
  // A command that ends early says why on stderr.
  const Result<> written = co_await process->stream().write_all(input);
  process->stream().close_write();
  SKY_CO_TRY(std::string output, co_await read_answer(&process->stream()));
  SKY_CO_TRY(const int code, co_await process->wait());
  if (code == 0 && written.ok()) co_return std::move(output);
  if (code == 0) co_return written.error();
  const std::string errors = process->error_tail();
  const std::string_view said = trim(errors);
  Error error =
      make_error(ErrorCode::kCommandFailed, said.empty() ? fmt::format("exit code {}", code) : std::string(said));
  error.details["exit_code"] = fmt::format("{}", code);
  co_return error;
}

auto facts_from_json(const Json& json) -> Result<HostFacts> {
  SKY_TRY(const JsonObject* object, as_object(json));
  HostFacts facts;
  SKY_TRY(facts.arch, get_string(*object, "arch"));
  SKY_TRY(facts.home, get_string(*object, "home"));
  SKY_TRY(facts.user, get_string(*object, "user"));
  SKY_TRY(facts.address, get_string(*object, "address"));
  SKY_TRY(facts.boot_id, get_string(*object, "boot_id"));
  SKY_TRY(const std::int64_t cpus, get_int(*object, "cpus"));
  SKY_TRY(const std::int64_t memory, get_int(*object, "memory_bytes"));
  facts.cpus = static_cast<int>(cpus);
  facts.memory_gib = static_cast<double>(memory) / kBytesPerGib;
  SKY_TRY(const JsonArray* gpus, get_array(*object, "gpus"));
  for (const Json& item : *gpus) {
    SKY_TRY(const JsonObject* gpu, as_object(item));
    SKY_TRY(const std::int64_t index, get_int(*gpu, "index"));
    SKY_TRY(std::string name, get_string(*gpu, "name"));
    facts.gpus.push_back({.index = static_cast<int>(index), .name = std::move(name)});
  }
  return facts;
}

// A key that the pools file names, else the first that ssh would try and that is there.
auto login_of(const net::SshTarget& target, const net::SshResolved& resolved) -> SshLogin {
  SshLogin login{.user = resolved.user,
                 .port = resolved.port,
                 .identity_file = target.identity_file,
                 .proxy_command = resolved.proxy_command};
  if (login.identity_file.empty()) login.identity_file = target.default_identity_file;
  if (!login.identity_file.empty()) return login;
  const auto found =
      std::ranges::find_if(resolved.identity_files, [](const auto& file) { return os::file_exists(file); });
  if (found != resolved.identity_files.end()) login.identity_file = *found;
  return login;
}

auto hash_programs(AgentPrograms programs) -> Result<std::map<std::string, std::string>> {
  std::map<std::string, std::string> hashes;
  for (const auto& [arch, path] : programs) {
    SKY_TRY(const std::string bytes, os::read_file(path, std::uint64_t{1} << 30U));
    hashes[arch] = fmt::format("{:016x}", fnv1a(bytes));
  }
  return hashes;
}

}  // namespace

auto to_string(const HostFacts& facts) -> std::string {
  std::string text =
      fmt::format("{}, {} CPU{}, {:.0f} GB", facts.arch, facts.cpus, facts.cpus == 1 ? "" : "s", facts.memory_gib);
  if (!facts.gpus.empty()) {
    const std::string& name = facts.gpus.front().name;
    text += fmt::format(", {}x {}", facts.gpus.size(), name.empty() ? "GPU" : name);
  }
  return text;
}

auto find_agent_programs(const std::string& dir) -> AgentPrograms {
  AgentPrograms programs;
  for (const char* arch : {"x86_64", "aarch64"}) {
    std::string path = fmt::format("{}/sky-agent-{}", dir, arch);
    if (os::file_exists(path)) programs[arch] = std::move(path);
  }
  programs[os::machine_arch()] = dir + "/sky-agent";
  return programs;
}

// What is remembered of one host.
struct SshHosts::Known {
  std::optional<HostFacts> facts;
  std::string trouble;  // of the last question about facts
  MonoTime asked_at{};
  async::Semaphore sending{1};  // one upload at a time
};

SshHosts::SshHosts(async::IoLoop& loop, net::SshOptions options, AgentPrograms programs)
    : loop_(loop), transport_(loop, std::move(options)), programs_(std::move(programs)) {}
SshHosts::~SshHosts() = default;

auto SshHosts::known(const net::SshTarget& target) -> Known& {
  std::unique_ptr<Known>& slot = known_[to_string(target)];
  if (slot == nullptr) slot = std::make_unique<Known>();
  return *slot;
}

void SshHosts::forget(const net::SshTarget& target) {
  known(target).facts.reset();
  transport_.forget(target);
}

auto SshHosts::hashes() -> Task<Result<std::map<std::string, std::string>>> {
  if (hashes_.empty()) {
    SKY_CO_TRY(auto computed, co_await async::run_on([programs = programs_] { return hash_programs(programs); }));
    hashes_ = std::move(computed);
  }
  co_return hashes_;
}

auto SshHosts::run(net::SshTarget target, Program program, Deadline deadline)
    -> Task<Result<std::unique_ptr<net::SshProcess>>> {
  auto started = co_await start_program(target, program, deadline);
  if (started.ok() || exit_code_of(started.error()) != kExitNoProgram) co_return std::move(started);
  // The architecture comes last, after whatever the login shell had to say.
  std::string arch(split(started.error().message, '\n').back());
  SKY_CO_CHECK(co_await send_program(target, std::move(arch), deadline));
  co_return co_await start_program(target, program, deadline);
}

auto SshHosts::start_program(net::SshTarget target, Program program, Deadline deadline)
    -> Task<Result<std::unique_ptr<net::SshProcess>>> {
  SKY_CO_TRY(const auto known_hashes, co_await hashes());
  auto started = co_await transport_.run(target, command_of(program, known_hashes), deadline);
  if (!started.ok() && exit_code_of(started.error()) == kExitNoGuard) {
    co_return make_error(ErrorCode::kUnavailable,
                         fmt::format("host '{}' holds nothing of the cluster, or it is stopped", target.host));
  }
  co_return std::move(started);
}

auto SshHosts::send_program(net::SshTarget target, std::string arch, Deadline deadline) -> Task<Result<>> {
  SKY_CO_TRY(const auto permit, co_await known(target).sending.acquire());
  const auto path = programs_.find(arch);
  if (path == programs_.end()) {
    std::vector<std::string> there;
    for (const auto& [name, file] : programs_) there.push_back(name);
    co_return make_error(ErrorCode::kNotSupported,
                         fmt::format("host '{}' is {}; this installation of sky has agents for {}", target.host, arch,
                                     join(there, ", ")));
  }
  const auto bytes =
      co_await async::run_on([file = path->second] { return os::read_file(file, std::uint64_t{1} << 30U); });
  if (!bytes.ok()) co_return bytes.error();
  SKY_CO_TRY(const auto known_hashes, co_await hashes());
  const std::string script = fmt::format(
      "umask 077; d=\"$HOME/.sky/agent/bin/{}\"; [ -x \"$d/sky-agent\" ] && exec cat >/dev/null; t=\"$d/upload-$$\"; "
      "mkdir -p \"$d\" && cat >\"$t\" && [ $(wc -c <\"$t\") -eq {} ] && chmod 755 \"$t\" && mv -f \"$t\" "
      "\"$d/sky-agent\" || "
      "{{ rm -f \"$t\"; exit 1; }}",
      known_hashes.at(arch), bytes->size());
  SKY_CO_TRY(const auto process, co_await transport_.run(target, {.check = {}, .command = script}, deadline));
  auto sent = co_await async::with_deadline(deadline, fmt::format("the agent's way to '{}'", target.host),
                                            talk(process.get(), *bytes));
  if (sent.ok()) co_return Result<>();
  co_return make_error(ErrorCode::kUnavailable,
                       fmt::format("cannot put the agent on host '{}': {}", target.host, sent.error().message),
                       "It needs room for some megabytes in the home directory there.");
}

auto SshHosts::ask(net::SshTarget target, Json request, Deadline deadline) -> Task<Result<Json>> {
  SKY_CO_TRY(const auto process,
             co_await run(target, {.guard = {}, .agent = true, .argv = {"sky-agent", "host"}}, deadline));
  const std::string line = to_json_text(request) + "\n";
  const Result<std::string> answer =
      co_await async::with_deadline(deadline, fmt::format("the agent on '{}'", target.host), talk(process.get(), line));
  if (!answer.ok() && answer.error().code == ErrorCode::kCommandFailed) {
    co_return make_error(ErrorCode::kUnavailable,
                         fmt::format("the agent on '{}' does not run: {}", target.host, answer.error().message));
  }
  if (!answer.ok()) co_return answer.error();
  SKY_CO_TRY(const Json json, parse_json(trim(*answer)));
  co_return agent::end_from_json(json);
}

auto SshHosts::trouble(const net::SshTarget& target) const -> std::string {
  const auto found = known_.find(to_string(target));
  if (found == known_.end() || loop_.now() - found->second->asked_at >= kFactsAge) return {};
  return found->second->trouble;
}

auto SshHosts::facts(net::SshTarget target, Deadline deadline) -> Task<Result<HostFacts>> {
  Known& remembered = known(target);
  if (remembered.facts && loop_.now() - remembered.asked_at < kFactsAge) co_return *remembered.facts;
  Result<HostFacts> facts = co_await ask_facts(target, deadline);
  remembered.asked_at = loop_.now();
  remembered.trouble = facts.ok() ? "" : facts.error().message;
  remembered.facts.reset();
  if (facts.ok()) remembered.facts = *facts;
  co_return facts;
}

auto SshHosts::ask_facts(net::SshTarget target, Deadline deadline) -> Task<Result<HostFacts>> {
  SKY_CO_TRY(const Json json, co_await ask(target, JsonObject{{"op", "facts"}}, deadline));
  SKY_CO_TRY(HostFacts facts, facts_from_json(json));
  SKY_CO_TRY(const net::SshResolved resolved, co_await transport_.resolve(target, deadline));
  facts.outside = resolved.host;
  facts.login = login_of(target, resolved);
  co_return facts;
}

auto SshHosts::shell(net::SshTarget target, std::string command, Deadline deadline) -> Task<Result<std::string>> {
  SKY_CO_TRY(const auto process,
             co_await transport_.run(target, {.check = {}, .command = std::move(command)}, deadline));
  co_return co_await async::with_deadline(deadline, fmt::format("a command on '{}'", target.host),
                                          talk(process.get(), ""));
}

}  // namespace sky::infra
