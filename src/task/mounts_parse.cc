#include "task/mounts_parse.h"

#include "base/strings.h"
#include "task/schemas.h"
#include "task/validate.h"

namespace sky {
namespace {

constexpr std::string_view kDefaultMode = "MOUNT";

auto upper(const YamlNode& node) -> std::string {
  return to_upper(node.text);
}

// Settings that belong to one mode. `config` counts even when it is empty.
auto check_modes(const YamlNode& node, std::string_view mode, const ParseScope& scope) -> Result<> {
  struct Rule {
    const YamlNode* setting;
    std::string_view name;
    std::string_view mode;
  };
  const auto* config = node.find("config");
  const auto part = [&](std::string_view name) { return config == nullptr ? nullptr : config->find(name); };
  for (const auto& rule : {Rule{node.find("type"), "type", "MOUNT_CACHED"},
                           Rule{part("mount_cached"), "config.mount_cached", "MOUNT_CACHED"},
                           Rule{part("mount"), "config.mount", "MOUNT"}}) {
    if (rule.setting == nullptr || rule.setting->is_null() || mode == rule.mode) continue;
    return scope.error(*rule.setting, fmt::format("{} can only be specified when mode is {}. Got mode={}.", rule.name,
                                                  rule.mode, mode));
  }
  return {};
}

// The bucket's mapping with every default said, in the order in which it is written out.
auto canonical_storage(const YamlNode& node, const ParseScope& scope) -> Result<JsonObject> {
  JsonObject out;
  const auto text = [&](std::string_view key) {
    if (const auto* value = node.find(key); value != nullptr && !value->is_null()) out[key] = value->text;
  };
  const auto* source = node.find("source");
  // The name of a bucket that exists is in its URL.
  if (source == nullptr || !source->is_string() || !is_cloud_url(source->text)) text("name");
  if (source != nullptr && !source->is_null()) {
    SKY_TRY(out["source"], to_json(*source, scope.file));
  }
  const auto* store = node.find("store");
  const auto* mode = node.find("mode");
  const auto* type = node.find("type");
  const auto* managed = node.find("_is_sky_managed");
  const auto* persistent = node.find("persistent");
  const auto* forced = node.find("_force_delete");
  const auto given = [](const YamlNode* value) { return value != nullptr && !value->is_null(); };
  if (given(store)) out["store"] = upper(*store);
  if (given(managed)) out["_is_sky_managed"] = managed->bool_value;
  out["persistent"] = !given(persistent) || persistent->bool_value;
  const std::string canonical_mode = given(mode) ? upper(*mode) : std::string(kDefaultMode);
  SKY_CHECK(check_modes(node, canonical_mode, scope));
  out["mode"] = canonical_mode;
  if (given(type)) out["type"] = upper(*type);
  if (given(forced) && forced->bool_value) out["_force_delete"] = true;
  text("_bucket_sub_path");
  JsonObject config;
  for (const std::string_view part : {"mount_cached", "mount"}) {
    const auto* own = node.find("config");
    const auto* value = own == nullptr ? nullptr : own->find(part);
    if (value == nullptr || value->entries.empty()) continue;
    SKY_TRY(config[part], to_json(*value, scope.file));
  }
  if (!config.empty()) out["config"] = std::move(config);
  return out;
}

// `{store: volume, name: …, persistent: …, config: {…}}` as an entry of resources.volumes.
auto disk_entry(const YamlNode& path, const YamlNode& source, const ParseScope& scope) -> Result<Json> {
  JsonObject disk = {{"path", path.text}};
  if (const auto* name = source.find("name"); name != nullptr && !name->text.empty()) disk["name"] = name->text;
  const auto* persistent = source.find("persistent");
  disk["auto_delete"] = persistent == nullptr || !persistent->bool_value;
  if (const auto* config = source.find("config"); config != nullptr && config->is_mapping()) {
    SKY_TRY(const Json detail, to_json(*config, scope.file));
    for (const auto& [key, value] : detail.get_object()) disk[key] = value;
  }
  return Json(std::move(disk));
}

}  // namespace

auto parse_file_mounts(const YamlNode& mapping, const ParseScope& scope, Task& task) -> Result<const YamlNode*> {
  JsonArray disks;
  for (const auto& [key, source] : mapping.entries) {
    const std::string path = python_str(*key);
    if (source->is_string()) {
      task.file_mounts.emplace_back(path, source->text);
      continue;
    }
    if (!source->is_mapping()) {
      return scope.error(*source, fmt::format("Unable to parse file_mount {}:{}", path, python_str(*source)));
    }
    const auto* store = source->find("store");
    if (store != nullptr && store->is_string() && store->text == "volume") {
      SKY_TRY(auto disk, disk_entry(*key, *source, scope));
      disks.push_back(std::move(disk));
      if (const auto* data = source->find("source"); data != nullptr && data->is_string()) {
        std::string_view folder = path;
        while (folder.ends_with('/')) folder.remove_suffix(1);
        task.file_mounts.emplace_back(fmt::format("{}/data", folder), data->text);
      }
      continue;
    }
    SKY_TRY(const YamlNode* storage, scope.checked(*source, storage_schema(), "Invalid storage YAML: "));
    SKY_TRY(auto config, canonical_storage(*storage, scope));
    task.storage_mounts.push_back({path, std::move(config)});
  }
  if (disks.empty()) return nullptr;
  return add_json(scope.stream, disks);
}

}  // namespace sky
