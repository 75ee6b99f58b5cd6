#include "agent/node/config.h"

#include <algorithm>

#include "base/strings.h"
#include "format/json.h"
#include "os/file.h"

namespace sky::agent {

namespace {

using Options = std::map<std::string, std::string>;

auto invalid(std::string_view option, std::string_view expected, std::string_view found) -> Error {
  return make_error(ErrorCode::kInvalidArgument, fmt::format("--{}: expected {}, found '{}'", option, expected, found));
}

auto text_option(const Options& options, std::string_view name) -> std::string {
  const auto found = options.find(std::string(name));
  return found == options.end() ? std::string() : found->second;
}

auto required_option(const Options& options, std::string_view name) -> Result<std::string> {
  std::string text = text_option(options, name);
  if (text.empty()) return make_error(ErrorCode::kInvalidArgument, fmt::format("expected the option --{}", name));
  return text;
}

auto int_option(const Options& options, std::string_view name, int fallback) -> Result<int> {
  const std::string text = text_option(options, name);
  if (text.empty()) return fallback;
  const std::optional<std::int64_t> value = parse_int(text);
  if (!value || *value < 0 || *value > 1'000'000'000) return invalid(name, "a number from 0", text);
  return static_cast<int>(*value);
}

auto host_port_option(const Options& options, std::string_view name) -> Result<std::optional<HostPort>> {
  const std::string text = text_option(options, name);
  if (text.empty()) return std::optional<HostPort>();
  SKY_TRY(HostPort parsed, parse_host_port(text));
  return std::optional<HostPort>(std::move(parsed));
}

auto gpus_option(const Options& options) -> Result<std::vector<int>> {
  std::vector<int> gpus;
  const std::string text = text_option(options, "gpus");
  if (text.empty()) return gpus;
  for (const std::string_view part : split(text, ',')) {
    const std::optional<std::int64_t> index = parse_int(trim(part));
    if (!index || *index < 0 || *index > 4096) return invalid("gpus", "indexes such as 0,1", text);
    gpus.push_back(static_cast<int>(*index));
  }
  return gpus;
}

auto cpus_option(const Options& options) -> Result<double> {
  const std::string text = text_option(options, "cpus");
  if (text.empty()) return 1.0;
  const std::optional<double> cpus = parse_double(text);
  if (!cpus || !(*cpus > 0)) return invalid("cpus", "a number above 0", text);
  return *cpus;
}

}  // namespace

auto parse_options(const std::vector<std::string>& args, const std::vector<std::string_view>& known)
    -> Result<Options> {
  Options options;
  for (size_t i = 0; i < args.size(); ++i) {
    std::string_view arg = args[i];
    if (!arg.starts_with("--")) {
      return make_error(ErrorCode::kInvalidArgument, fmt::format("expected an option, found '{}'", arg));
    }
    arg.remove_prefix(2);
    const size_t equals = arg.find('=');
    const std::string_view name = arg.substr(0, equals);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return make_error(ErrorCode::kInvalidArgument, fmt::format("No such option: --{}", name));
    }
    if (equals == std::string_view::npos && i + 1 == args.size()) {
      return make_error(ErrorCode::kInvalidArgument, fmt::format("expected a value after --{}", name));
    }
    options[std::string(name)] = equals == std::string_view::npos ? args[++i] : std::string(arg.substr(equals + 1));
  }
  return options;
}

auto NodeId::state_dir() const -> std::string {
  return fmt::format("{}/.sky/agent/{}/{}", home, server, cluster);
}

auto NodeId::rank_base(std::string_view rank) const -> std::string {
  std::string name(rank);
  std::replace(name.begin(), name.end(), '/', '.');
  return file("jobs/") + name;
}

auto NodeId::as_args() const -> std::vector<std::string> {
  return {"--cluster", cluster, "--node", fmt::format("{}", node), "--server-id", server.str(), "--home", home};
}

auto NodeId::mark() const -> std::string {
  return fmt::format("{}/{}/{}", server, cluster, node);
}

auto parse_host_port(std::string_view text) -> Result<HostPort> {
  const size_t colon = text.rfind(':');
  const auto port = colon == std::string_view::npos ? std::nullopt : parse_int(text.substr(colon + 1));
  if (!port || colon == 0 || *port < 0 || *port > 65535) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("expected ADDRESS:PORT, found '{}'", text));
  }
  return HostPort{std::string(text.substr(0, colon)), static_cast<std::uint16_t>(*port)};
}

auto node_id_option_names() -> std::vector<std::string_view> {
  return {"home", "server-id", "cluster", "node"};
}

auto start_option_names() -> std::vector<std::string_view> {
  return {"home",   "server-id", "cluster",   "node", "nodes", "address",           "head-address",
          "listen", "key-file",  "self-stop", "cpus", "gpus",  "autostop-minute-ms"};
}

auto node_id_from_options(const Options& options) -> Result<NodeId> {
  NodeId id;
  SKY_TRY(id.home, required_option(options, "home"));
  if (!id.home.starts_with('/')) return invalid("home", "an absolute path", id.home);
  SKY_TRY(std::string server, required_option(options, "server-id"));
  SKY_TRY(id.cluster, required_option(options, "cluster"));
  for (const std::string* part : {&server, &id.cluster}) {
    if (part->find('/') != std::string::npos || part->starts_with('.')) {
      return make_error(ErrorCode::kInvalidArgument, fmt::format("expected a name without '/', found '{}'", *part));
    }
  }
  id.server = ServerId(std::move(server));
  SKY_TRY(id.node, int_option(options, "node", 0));
  return id;
}

auto config_from_options(const Options& options) -> Result<NodeConfig> {
  NodeConfig config;
  SKY_TRY(config.id, node_id_from_options(options));
  SKY_TRY(config.node_count, int_option(options, "nodes", 1));
  SKY_TRY(config.address, required_option(options, "address"));
  SKY_TRY(config.head, host_port_option(options, "head-address"));
  SKY_TRY(config.listen, host_port_option(options, "listen"));
  config.key_file = text_option(options, "key-file");
  SKY_TRY(config.cpus, cpus_option(options));
  SKY_TRY(config.gpus, gpus_option(options));
  config.self_stop = text_option(options, "self-stop");
  SKY_TRY(const int minute_ms, int_option(options, "autostop-minute-ms", 60'000));
  config.autostop_minute = std::chrono::milliseconds(minute_ms);
  if (config.id.node >= config.node_count) {
    return invalid("node", fmt::format("a node below --nodes {}", config.node_count),
                   fmt::format("{}", config.id.node));
  }
  if (config.node_count == 1) return config;
  if (config.key_file.empty()) return make_error(ErrorCode::kInvalidArgument, "expected --key-file with several nodes");
  const bool is_head = config.id.node == 0;
  if (is_head && !config.listen) return make_error(ErrorCode::kInvalidArgument, "expected --listen for the head");
  if (!is_head && !config.head) return make_error(ErrorCode::kInvalidArgument, "expected --head-address for a worker");
  return config;
}

auto write_claim(const Options& options) -> Result<NodeConfig> {
  SKY_TRY(NodeConfig config, config_from_options(options));
  const Result<NodeConfig> before = read_claim(config.id);
  if (before.ok() && before->id.node != config.id.node) {
    return make_error(ErrorCode::kConflict,
                      fmt::format("expected '{}' to be free for node {}, found it held by node {}",
                                  config.id.state_dir(), config.id.node, before->id.node));
  }
  JsonObject members;
  for (const auto& [name, value] : options) members[name] = value;
  SKY_CHECK(os::make_dirs(config.id.state_dir() + "/jobs"));
  SKY_CHECK(os::write_file_atomic(config.id.file("claim"), to_json_text(members, JsonStyle::kIndented) + "\n"));
  return config;
}

auto read_claim(const NodeId& id) -> Result<NodeConfig> {
  Result<std::string> text = os::read_file(id.file("claim"));
  if (!text.ok()) return std::move(text).error().with_hint("start the node with sky-agent start");
  SKY_TRY(const Json json, parse_json(*text));
  SKY_TRY(const JsonObject* object, as_object(json));
  Options options;
  for (const auto& member : *object) {
    SKY_TRY(options[std::string(member.key())], as_string(member.value(), json_path("", member.key())));
  }
  // The directory may have been moved together with its home.
  options["home"] = id.home;
  return config_from_options(options);
}

}  // namespace sky::agent
