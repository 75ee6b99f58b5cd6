#include "cluster/state.h"

namespace sky::cluster {

auto to_string(Goal goal) -> std::string_view {
  constexpr std::string_view kWords[] = {"up", "stopped", "gone", "rest"};
  return kWords[static_cast<size_t>(goal)];
}

auto cluster_not_found(const ClusterName& name) -> Error {
  return make_error(ErrorCode::kClusterNotFound, fmt::format("Cluster '{}' does not exist.", name),
                    "`sky status` lists clusters, `sky launch` makes one.");
}

auto ref_of(const ClusterRecord& record, const ServerId& server) -> infra::ClusterRef {
  return {.server = server,
          .cluster = record.name,
          .cluster_hash = record.hash,
          .placement = record.placement,
          .nodes = record.nodes};
}

}  // namespace sky::cluster
