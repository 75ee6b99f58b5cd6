#include "infra/local/cluster_marker.h"

namespace sky::infra {
namespace {

auto node_to_json(const NodeRecord& node) -> Json {
  JsonArray gpus;
  for (const int gpu : node.gpus) gpus.emplace_back(gpu);
  return JsonObject{{"index", node.index}, {"id", node.id},     {"address", node.address},      {"home", node.home},
                    {"gpus", gpus},        {"cpus", node.cpus}, {"memory_gib", node.memory_gib}};
}

auto node_from_json(const Json& json, std::string_view where) -> Result<NodeRecord> {
  SKY_TRY(const JsonObject* object, as_object(json, where));
  NodeRecord node;
  SKY_TRY(const auto index, get_int(*object, "index", where));
  node.index = static_cast<int>(index);
  SKY_TRY(node.id, get_string(*object, "id", where));
  SKY_TRY(node.address, get_string(*object, "address", where));
  SKY_TRY(node.home, get_string(*object, "home", where));
  SKY_TRY(node.cpus, get_double(*object, "cpus", where));
  SKY_TRY(node.memory_gib, get_double(*object, "memory_gib", where));
  SKY_TRY(const JsonArray* gpus, get_array(*object, "gpus", where));
  for (const Json& gpu : *gpus) {
    SKY_TRY(const auto number, as_int(gpu, json_path(where, "gpus")));
    node.gpus.push_back(static_cast<int>(number));
  }
  return node;
}

}  // namespace

auto to_json(const ClusterMarker& marker) -> Json {
  JsonArray nodes;
  for (const NodeRecord& node : marker.nodes) nodes.push_back(node_to_json(node));
  return JsonObject{{"server_id", marker.server.str()},    {"cluster", marker.cluster.str()},
                    {"cluster_hash", marker.cluster_hash}, {"attempt", marker.attempt},
                    {"infra", marker.placement.infra},     {"instance_type", marker.placement.instance_type},
                    {"accelerator", marker.accelerator},   {"accelerator_count", marker.accelerator_count},
                    {"stopped", marker.stopped},           {"start_count", marker.start_count},
                    {"machine_boot", marker.machine_boot}, {"nodes", std::move(nodes)}};
}

auto marker_from_json(const Json& json) -> Result<ClusterMarker> {
  SKY_TRY(const JsonObject* object, as_object(json));
  ClusterMarker marker;
  SKY_TRY(auto server, get_string(*object, "server_id"));
  SKY_TRY(auto cluster, get_string(*object, "cluster"));
  marker.server = ServerId(std::move(server));
  marker.cluster = ClusterName(std::move(cluster));
  SKY_TRY(marker.cluster_hash, get_string(*object, "cluster_hash"));
  SKY_TRY(const auto attempt, get_int(*object, "attempt"));
  marker.attempt = static_cast<int>(attempt);
  SKY_TRY(marker.placement.infra, get_string(*object, "infra"));
  SKY_TRY(marker.placement.instance_type, get_string(*object, "instance_type"));
  SKY_TRY(marker.accelerator, get_string(*object, "accelerator"));
  SKY_TRY(marker.accelerator_count, get_double(*object, "accelerator_count"));
  SKY_TRY(marker.stopped, get_bool(*object, "stopped"));
  SKY_TRY(const auto start_count, get_int(*object, "start_count"));
  marker.start_count = static_cast<int>(start_count);
  SKY_TRY(marker.machine_boot, get_string(*object, "machine_boot"));
  SKY_TRY(const JsonArray* nodes, get_array(*object, "nodes"));
  for (size_t i = 0; i < nodes->size(); ++i) {
    SKY_TRY(auto node, node_from_json((*nodes)[i], json_path("/nodes", i)));
    marker.nodes.push_back(std::move(node));
  }
  return marker;
}

auto ref_of(const ClusterMarker& marker) -> ClusterRef {
  return {marker.server, marker.cluster, marker.cluster_hash, marker.placement, marker.nodes};
}

auto boot_id_of(const ClusterMarker& marker) -> std::string {
  return fmt::format("{}/{}", marker.machine_boot, marker.start_count);
}

}  // namespace sky::infra
