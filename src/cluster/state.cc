#include "cluster/state.h"

namespace sky::cluster {

auto to_string(Goal goal) -> std::string_view {
  constexpr std::string_view kWords[] = {"up", "stopped", "gone", "rest"};
  return kWords[static_cast<size_t>(goal)];
}

auto ref_of(const ClusterRecord& record, const ServerId& server) -> infra::ClusterRef {
  return {.server = server,
          .cluster = record.name,
          .cluster_hash = record.hash,
          .placement = record.placement,
          .nodes = record.nodes};
}

}  // namespace sky::cluster
