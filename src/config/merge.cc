#include "base/strings.h"
#include "config/config.h"
#include "format/yaml.h"

namespace sky {
namespace {

// How lists of Kubernetes objects are merged: by the member that identifies an item, or not at all (empty key: the list
// is replaced; image pull secrets are credentials that must not be united). Lists not named here are appended.
// Source: patch merge keys of the PodSpec, Kubernetes API 1.27.
constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kListRules = {
    {{"containers", "name"},
     {"initContainers", "name"},
     {"ephemeralContainers", "name"},
     {"volumes", "name"},
     {"volumeMounts", "mountPath"},
     {"resourceClaims", "name"},
     {"env", "name"},
     {"hostAliases", "ip"},
     {"topologySpreadConstraints", "topologyKey"},
     {"ports", "containerPort"},
     {"volumeDevices", "devicePath"},
     {"claims", "name"},
     {"args", ""},
     {"command", ""},
     {"imagePullSecrets", ""}}};

auto same_shape(const Json& a, const Json& b) -> bool {
  return a.is_object() == b.is_object() && a.is_array() == b.is_array();
}

auto python_type(const Json& value) -> std::string_view {
  switch (value.kind()) {
    case boost::json::kind::null:
      return "NoneType";
    case boost::json::kind::bool_:
      return "bool";
    case boost::json::kind::double_:
      return "float";
    case boost::json::kind::string:
      return "str";
    case boost::json::kind::array:
      return "list";
    case boost::json::kind::object:
      return "dict";
    default:
      return "int";
  }
}

auto mismatch(std::string_view key, const Json& base, const Json& over) -> Error {
  YamlStream stream;
  return make_error(
      ErrorCode::kInvalidTask,
      fmt::format("Cannot override config field {} of type {} with a value of type {}: {}.", python_repr(key),
                  python_type(base), python_type(over), python_repr(*add_json(stream, over))));
}

auto find_item(JsonArray& items, std::string_view id_key, const Json& id) -> Json* {
  for (auto& item : items) {
    const Json* own = item.is_object() ? item.get_object().if_contains(id_key) : nullptr;
    if (own != nullptr && *own == id) return &item;
  }
  return nullptr;
}

// One item of an identified list: merged into its counterpart, or appended. A container without a name goes into the
// first container, which older files rely on.
auto merge_item(std::string_view key, std::string_view id_key, JsonArray& base, const Json& item) -> Result<> {
  if (!item.is_object()) return mismatch(key, JsonObject(), item);
  const Json* id = item.get_object().if_contains(id_key);
  Json* counterpart = nullptr;
  if (id != nullptr && !id->is_null()) {
    counterpart = find_item(base, id_key, *id);
  } else if (key == "containers" && !base.empty() && base.front().is_object()) {
    counterpart = &base.front();
  }
  if (counterpart != nullptr) return merge_kubernetes_config(counterpart->get_object(), item.get_object());
  base.push_back(item);
  return {};
}

auto merge_list(std::string_view key, Json& base, const JsonArray& over) -> Result<> {
  const auto* const rule =
      std::find_if(kListRules.begin(), kListRules.end(), [&](const auto& entry) { return entry.first == key; });
  if (rule != kListRules.end() && rule->second.empty()) {
    base = over;
    return {};
  }
  JsonArray& items = base.get_array();
  for (const auto& item : over) {
    if (rule == kListRules.end()) {
      items.push_back(item);
    } else {
      SKY_CHECK(merge_item(key, rule->second, items, item));
    }
  }
  return {};
}

auto merge_kubernetes_section(JsonObject& base, const JsonObject& over) -> Result<> {
  for (const auto& [key, value] : over) {
    Json* own = base.if_contains(key);
    const bool both_objects = own != nullptr && own->is_object() && value.is_object();
    if (!both_objects) {
      base[key] = value;
    } else if (key == "pod_config" || key == "custom_metadata") {
      SKY_CHECK(merge_kubernetes_config(own->get_object(), value.get_object()));
    } else {
      SKY_CHECK(merge_config(own->get_object(), value.get_object()));
    }
  }
  return {};
}

}  // namespace

auto merge_kubernetes_config(JsonObject& base, const JsonObject& over) -> Result<> {
  for (const auto& [key, value] : over) {
    Json* own = base.if_contains(key);
    if (own == nullptr || value.is_null() || own->is_null()) {
      base[key] = value;
    } else if (!same_shape(*own, value)) {
      return mismatch(key, *own, value);
    } else if (value.is_object()) {
      SKY_CHECK(merge_kubernetes_config(own->get_object(), value.get_object()));
    } else if (value.is_array()) {
      SKY_CHECK(merge_list(key, *own, value.get_array()));
    } else {
      *own = value;
    }
  }
  return {};
}

auto merge_config(JsonObject& base, const JsonObject& over) -> Result<> {
  for (const auto& [key, value] : over) {
    Json* own = base.if_contains(key);
    if (own == nullptr || !own->is_object() || !value.is_object()) {
      base[key] = value;
    } else if (key == "kubernetes") {
      SKY_CHECK(merge_kubernetes_section(own->get_object(), value.get_object()));
    } else {
      SKY_CHECK(merge_config(own->get_object(), value.get_object()));
    }
  }
  return {};
}

}  // namespace sky
