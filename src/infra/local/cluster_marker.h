// What infra local writes down about one cluster: `cluster.json` in the cluster's directory. It is written before the
// nodes are made and removed after they are gone, so that it names every node that may exist.
#pragma once

#include <string>
#include <vector>

#include "format/json.h"
#include "infra/infra.h"

namespace sky::infra {

struct ClusterMarker {
  ServerId server;
  ClusterName cluster;
  std::string cluster_hash;
  int attempt = 1;
  Placement placement;
  std::vector<NodeRecord> nodes;
  std::string accelerator;  // of each node
  double accelerator_count = 0;
  bool stopped = false;      // on purpose; its GPUs are free
  int start_count = 0;       // how often the nodes came up
  std::string machine_boot;  // boot id of the machine when they came up last

  auto operator==(const ClusterMarker&) const -> bool = default;
};

auto to_json(const ClusterMarker& marker) -> Json;
// kInvalidArgument names the field.
auto marker_from_json(const Json& json) -> Result<ClusterMarker>;
auto ref_of(const ClusterMarker& marker) -> ClusterRef;
// Of the nodes: changes with every start and every boot of the machine.
auto boot_id_of(const ClusterMarker& marker) -> std::string;

}  // namespace sky::infra
