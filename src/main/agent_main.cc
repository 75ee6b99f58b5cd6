// sky-agent: argv and wiring. What each face does is in agent/node and docs/agent.md.
#include <unistd.h>

#include <array>
#include <cstdio>

#include "agent/node/agent.h"
#include "agent/node/faces.h"
#include "agent/node/host.h"
#include "agent/node/ssh_server.h"
#include "agent/node/supervise.h"
#include "base/log.h"
#include "base/version.h"
#include "os/file.h"
#include "os/machine.h"
#include "store/sqlite/sqlite_store.h"

namespace {

using sky::agent::Options;

constexpr std::string_view kUsage =
    "Usage: sky-agent COMMAND [OPTIONS]\n\n"
    "Commands:\n"
    "  start      Start this node, or find it running.\n"
    "  stop       Cancel this node's jobs and end it.\n"
    "  attach     Connect stdin and stdout to this node's agent.\n"
    "  receive    Receive files from stdin.\n"
    "  ssh        Serve one ssh connection on stdin and stdout.\n"
    "  probe      Print facts about this machine.\n"
    "  host       Answer one question about whose this host is, from stdin.\n"
    "  version    Print the version.\n"
    "  guard, run, supervise: parts of a running node.\n";

// The path of this program, also when it was found through PATH or replaced since.
auto own_path() -> std::string {
  std::array<char, 4096> path;
  const ssize_t count = readlink("/proc/self/exe", path.data(), path.size());
  return count > 0 ? std::string(path.data(), static_cast<size_t>(count)) : std::string("sky-agent");
}

void log_to_stderr() {
  sky::set_log_sink([](std::string_view line) { fmt::print(stderr, "{}\n", line); }, sky::LogLevel::kInfo);
}

auto report(const sky::Result<>& result) -> int {
  if (result.ok()) return 0;
  fmt::print(stderr, "Error: {}\n", result.error().message);
  if (!result.error().hint.empty()) fmt::print(stderr, "{}\n", result.error().hint);
  return 1;
}

auto make_store(const std::string& path) -> std::unique_ptr<sky::journal::Store> {
  return std::make_unique<sky::store::SqliteStore>(sky::store::SqliteOptions{.path = path});
}

auto with_more(std::vector<std::string_view> names, std::initializer_list<std::string_view> more)
    -> std::vector<std::string_view> {
  names.insert(names.end(), more);
  return names;
}

auto run_face(const std::string& face, const std::vector<std::string>& args) -> sky::Result<int> {
  using namespace sky::agent;
  const std::vector<std::string_view> names = face == "start" ? start_option_names() : node_id_option_names();
  SKY_TRY(const Options options, parse_options(args, with_more(names, {"target", "extra", "key"})));
  const auto text = [&options](const char* name) {
    const auto found = options.find(name);
    return found == options.end() ? std::string() : found->second;
  };
  const std::string home = text("home").empty() ? sky::os::home_dir() : text("home");
  if (face == "ssh") return report(serve_ssh({.authorized_key = text("key"), .home = home}));
  if (face == "receive") {
    sky::async::AsioLoop loop(1);
    return report(receive_files_at(loop, home, text("target"), text("extra") == "keep"));
  }
  SKY_TRY(const NodeId id, node_id_from_options(options));
  if (face == "attach") return report(attach_node(id));
  sky::async::AsioLoop loop(1);
  if (face == "start") return report(start_node(loop, options, own_path()));
  if (face == "stop") return report(stop_node(loop, id));
  log_to_stderr();
  if (face == "guard") return report(guard_node(loop, id, own_path()));
  if (face == "supervise") return supervise(loop, id);
  if (face != "run") return sky::make_error(sky::ErrorCode::kInvalidArgument, "No such command '" + face + "'.");
  SKY_TRY(NodeConfig config, read_claim(id));
  return run_agent(loop, std::move(config), own_path(), make_store);
}

}  // namespace

auto main(int argc, char** argv) -> int {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const std::string face = args.empty() ? "--help" : args.front();
  if (face == "--help" || face == "help") {
    fmt::print("{}", kUsage);
    return 0;
  }
  if (face == "version" || face == "--version") {
    fmt::print("sky-agent {} ({})\n", sky::kVersion, sky::build_commit());
    return 0;
  }
  if (face == "probe") {
    sky::async::AsioLoop loop(1);
    fmt::print("{}\n", sky::to_json_text(sky::agent::probe(loop)));
    return 0;
  }
  if (face == "host") {
    sky::async::AsioLoop loop(1);
    const auto request = sky::os::read_file("/dev/stdin");
    fmt::print("{}\n", sky::to_json_text(sky::agent::answer_host_request(loop, request.ok() ? *request : "")));
    return 0;
  }
  const sky::Result<int> code = run_face(face, {args.begin() + 1, args.end()});
  if (code.ok()) return *code;
  fmt::print(stderr, "Error: {}\n", code.error().message);
  return 2;
}
