// The clusters of infra local on disk: `<root>/<cluster>-<hash8>/cluster.json` (the marker) and `node-<k>/home`.
//
// Synchronous and stateless: calls are made on the pool, one changing call at a time (LocalInfra sees to both). Errors
// are those of os/file.h; kDataCorrupt is a marker that cannot be read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "infra/local/allocate.h"
#include "infra/local/cluster_marker.h"

namespace sky::infra {

class NodeStore {
 public:
  // `root` is made when first needed. `links` are folders of `real_home`, relative to it, that appear in every node's
  // home as symlinks, as far as they exist.
  NodeStore(std::string root, std::string real_home, std::vector<std::string> links)
      : root_(std::move(root)), real_home_(std::move(real_home)), links_(std::move(links)) {}

  // The nodes of `request` are there on return, or nothing is. Idempotent per (cluster_hash, attempt); kConflict while
  // nodes of another attempt exist.
  auto create(const LaunchRequest& request, const LocalMachine& machine) const -> Result<ClusterMarker>;
  // nullopt when there is no such cluster, also while another incarnation has its name.
  auto find(const ClusterRef& cluster) const -> Result<std::optional<ClusterMarker>>;
  auto write(const ClusterMarker& marker) const -> Result<>;
  // The marker with GPUs for its nodes that no running cluster holds, the former ones where possible. Not written.
  auto with_gpus_again(ClusterMarker marker, const LocalMachine& machine) const -> Result<ClusterMarker>;
  // With all that the nodes wrote. Missing is success.
  auto remove(const ClusterRef& cluster) const -> Result<>;
  // Markers that cannot be read are logged and left out.
  auto list() const -> Result<std::vector<ClusterMarker>>;

  auto cluster_dir(const ClusterName& cluster, const std::string& cluster_hash) const -> std::string;
  auto node_home(const ClusterName& cluster, const std::string& cluster_hash, int node) const -> std::string;
  auto exists(const ClusterRef& cluster) const -> bool;
  // A file that says, when it exists, that the cluster stopped itself; it counts as ClusterMarker::stopped and goes
  // with the next write(). Made by the head's self-stop command, which has no marker to rewrite.
  auto self_stopped_path(const ClusterName& cluster, const std::string& cluster_hash) const -> std::string;
  // Whether an agent was started on the node since its cluster came up last: `sky-agent start` writes its claim first.
  auto agent_was_started(const ClusterMarker& marker, const NodeRecord& node) const -> bool;

 private:
  auto plan(const LaunchRequest& request, const LocalMachine& machine) const -> Result<ClusterMarker>;
  auto make_home(const std::string& home) const -> Result<>;
  auto make_homes(const ClusterMarker& marker) const -> Result<>;
  auto read_marker(const std::string& dir) const -> Result<std::optional<ClusterMarker>>;

  std::string root_;
  std::string real_home_;
  std::vector<std::string> links_;
};

}  // namespace sky::infra
