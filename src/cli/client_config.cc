#include "cli/client_config.h"

#include "base/strings.h"
#include "cli/errors.h"
#include "format/yaml.h"
#include "os/file.h"
#include "os/machine.h"

namespace sky::cli {
namespace {

auto read_source(const CliEnvironment& env, const std::string& path) -> Result<std::optional<ConfigSource>> {
  Result<std::string> text = env.read_file(path);
  if (text.ok()) return std::optional(ConfigSource{.text = std::move(text).value(), .path = path});
  if (text.error().code == ErrorCode::kNotFound) return std::optional<ConfigSource>();
  return std::move(text).error();
}

// What --config says: pairs, or one file.
auto load_flags(const Invocation& invocation) -> Result<JsonObject> {
  ConfigInputs inputs;
  if (invocation.accepts("config")) inputs.flags = invocation.texts("config");
  if (invocation.accepts("workspace") && invocation.accepts("fast")) {
    if (const auto workspace = invocation.text("workspace")) inputs.flags.push_back("active_workspace=" + *workspace);
  }
  if (inputs.flags.empty()) return JsonObject();
  if (const std::string path = absolute_path(invocation.env(), inputs.flags.front());
      invocation.env().path_kind(path) == PathKind::kFile) {
    SKY_TRY(inputs.flag_file, read_source(invocation.env(), path));
  }
  const Result<Config> flags = Config::load(inputs);
  if (!flags.ok()) return usage_error(flags.error().message);
  return flags->root();
}

}  // namespace

auto home_of(const CliEnvironment& env) -> std::string {
  const auto home = env.variable("HOME");
  return home && !home->empty() ? *home : os::home_dir();
}

auto user_config_path(const CliEnvironment& env) -> std::string {
  if (const auto path = env.variable("SKYPILOT_GLOBAL_CONFIG"); path && !path->empty()) {
    return absolute_path(env, *path);
  }
  return home_of(env) + "/.sky/config.yaml";
}

auto load_client_config(const Invocation& invocation) -> Result<ClientConfig> {
  const CliEnvironment& env = invocation.env();
  ClientConfig config;
  config.user_path = user_config_path(env);
  ConfigInputs inputs;
  SKY_TRY(inputs.user, read_source(env, config.user_path));
  const auto project = env.variable("SKYPILOT_PROJECT_CONFIG");
  SKY_TRY(inputs.project, read_source(env, absolute_path(env, project.value_or(".sky.yaml"))));
  SKY_TRY(config.flags, load_flags(invocation));
  SKY_TRY(config.merged, Config::load(inputs));
  JsonObject root = config.merged.root();
  SKY_CHECK(merge_config(root, config.flags));
  config.merged = Config(std::move(root));
  return config;
}

auto save_endpoint(CliEnvironment& env, const std::optional<std::string>& url, const std::optional<std::string>& token)
    -> Result<> {
  const std::string path = user_config_path(env);
  SKY_TRY(const std::optional<ConfigSource> source, read_source(env, path));
  if (!source && !url) return {};
  JsonObject config;
  if (source) {
    SKY_TRY(config, parse_config(*source));
  }
  if (auto* const found = config.find("api_server"); found != config.end()) config.stable_erase(found);
  if (url) config["api_server"] = JsonObject{{"endpoint", *url}};
  if (url && token) config["api_server"].as_object()["service_account_token"] = *token;
  SKY_CHECK(env.write_file(path, config.empty() ? std::string() : to_yaml_text(config)));
  return token && os::file_exists(path) ? os::set_mode(path, 0600) : Result<>();
}

auto absolute_path(const CliEnvironment& env, std::string_view path) -> std::string {
  std::string whole;
  if (path == "~" || path.starts_with("~/")) {
    whole = home_of(env) + std::string(path.substr(1));
  } else if (path.starts_with('/')) {
    whole = path;
  } else {
    whole = fmt::format("{}/{}", env.working_directory(), path);
  }
  std::vector<std::string> kept;
  for (const std::string_view part : split(whole, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      kept.emplace_back(part);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  return "/" + join(kept, "/");
}

}  // namespace sky::cli
