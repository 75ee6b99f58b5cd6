// The layered configuration: texts in, one merged and checked value out. No files are read here.
//
// Later layers win, key by key:  server < user < project < task `config:` < --config flags
//   ~/.sky/config.yaml of the server · ~/.sky/config.yaml ($SKYPILOT_GLOBAL_CONFIG) · ./.sky.yaml
//   ($SKYPILOT_PROJECT_CONFIG)
// Mappings merge deeply, lists and scalars replace; inside kubernetes.pod_config and kubernetes.custom_metadata lists
// are merged as Kubernetes patches them (containers by name, and so on; others are appended).
//
// A key of our own: `local.link_from_home`.
// Errors are kInvalidTask with the place in details["location"]. A Config is a value; any thread may read it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/json.h"

namespace sky {

struct ConfigSource {
  std::string text;
  std::string path;  // for messages
};

struct ConfigInputs {
  std::optional<ConfigSource> server = {};
  std::optional<ConfigSource> user = {};
  std::optional<ConfigSource> project = {};
  std::optional<JsonObject> task = {};  // checked by the task parser
  // What --config was given: `KEY=VALUE` pairs, or the one file.
  std::vector<std::string> flags = {};
  std::optional<ConfigSource> flag_file = {};
};

class Config {
 public:
  Config() = default;
  explicit Config(JsonObject root) : root_(std::move(root)) {}

  // Checks every layer against the schema, then merges. `Invalid config YAML from (PATH). Error: …`.
  static auto load(const ConfigInputs& inputs) -> Result<Config>;

  // The value at a dotted path ("jobs.controller.autostop"), or nullptr. A null value is found as null.
  auto find(std::string_view dotted) const -> const Json*;
  // The same with the keys apart, for keys that contain dots.
  auto find(const std::vector<std::string_view>& keys) const -> const Json*;

  // nullopt when the value is absent or of another type; the schema has refused wrong types of known keys.
  auto get_string(std::string_view dotted) const -> std::optional<std::string>;
  auto get_int(std::string_view dotted) const -> std::optional<std::int64_t>;
  auto get_bool(std::string_view dotted) const -> std::optional<bool>;
  auto get_strings(std::string_view dotted) const -> std::optional<std::vector<std::string>>;

  auto root() const -> const JsonObject& { return root_; }

 private:
  JsonObject root_;
};

// One file's text, checked. An empty text is an empty configuration.
auto parse_config(const ConfigSource& source) -> Result<JsonObject>;

// `--config a.b=c` pairs; values are YAML. Unchecked but for their form.
auto parse_config_flags(const std::vector<std::string>& flags) -> Result<JsonObject>;

// Puts `over` on top of `base`. Fails only where lists of Kubernetes objects cannot be merged.
auto merge_config(JsonObject& base, const JsonObject& over) -> Result<>;
auto merge_kubernetes_config(JsonObject& base, const JsonObject& over) -> Result<>;

// Puts the keys of `config` that a task may override on top of a task's own; a null clears what the task has.
auto override_task_config(JsonObject& task_config, const JsonObject& config) -> Result<>;

// Drops what a client may not override on its server: api_server, allowed_clouds, workspaces, db, daemons, metrics and
// the controllers' consolidation and log retention.
void drop_server_only_keys(JsonObject& config);

// The paths under $HOME that a job on this machine gets as links into its own home; [".cache"] unless configured.
auto local_link_from_home(const Config& config) -> std::vector<std::string>;

}  // namespace sky
