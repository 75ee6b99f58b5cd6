#include "task/disks_parse.h"

#include "base/strings.h"
#include "task/values.h"

namespace sky {
namespace {

auto word_or(const JsonObject& disk, std::string_view key, std::initializer_list<std::string_view> known,
             std::string_view fallback) -> std::string {
  const Json* value = disk.if_contains(key);
  if (value == nullptr || !value->is_string()) return std::string(fallback);
  const std::string word = to_lower(std::string_view(value->get_string()));
  return std::find(known.begin(), known.end(), word) != known.end() ? word : std::string(fallback);
}

auto parse_disk(const YamlNode& node, const ParseScope& scope) -> Result<Json> {
  SKY_TRY(Json json, to_json(node, scope.file));
  JsonObject& disk = json.get_object();
  if (!disk.contains("path")) {
    return scope.error(node, fmt::format("Invalid volume {}. Volume must have a \"path\" field.", python_repr(node)));
  }
  const std::string storage_type = word_or(disk, "storage_type", {"network", "instance"}, "network");
  const bool network = storage_type == "network";
  disk["storage_type"] = storage_type;
  if (!disk.contains("auto_delete")) disk["auto_delete"] = false;
  disk["attach_mode"] = word_or(disk, "attach_mode", {"read_only", "read_write"}, "read_write");
  if (const auto* size = node.find("disk_size")) {
    SKY_TRY(disk["disk_size"], scope.at(*size, parse_size_gib(python_str(*size), "disk_size")));
  }
  if (network && !disk.contains("name")) {
    return scope.error(node, fmt::format("Network volume {} must have \"name\" field.", node.find("path")->text));
  }
  if (!network) {
    if (auto* const name = disk.find("name"); name != disk.end()) disk.stable_erase(name);
  }
  if (network || disk.contains("disk_tier")) {
    disk["disk_tier"] = word_or(disk, "disk_tier", {"low", "medium", "high", "ultra", "best"}, "best");
  }
  return json;
}

}  // namespace

auto parse_disks(const YamlNode& list, const ParseScope& scope) -> Result<JsonArray> {
  JsonArray disks;
  for (const auto* item : list.items) {
    SKY_TRY(auto disk, parse_disk(*item, scope));
    disks.push_back(std::move(disk));
  }
  return disks;
}

}  // namespace sky
