// Nodes and clusters as every infrastructure describes them: plain values that travel through the port (infra/infra.h)
// and are stored by the cluster.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"

namespace sky::infra {

// Where nodes are. Empty region or zone: the infra has no such level.
struct Placement {
  std::string infra;  // "local"
  std::string region;
  std::string zone;
  std::string instance_type;
  auto operator==(const Placement&) const -> bool = default;
};

// What one node must have. Zero: not asked for.
struct NodeShape {
  double cpus = 0;
  double memory_gib = 0;
  std::string accelerator;  // "" or a canonical name, "H100"
  double accelerator_count = 0;
  int disk_size_gib = 0;
  bool use_spot = false;
  auto operator==(const NodeShape&) const -> bool = default;
};

// How the user's own ssh gets onto a node. Empty user: by no sshd that the user could reach.
struct SshLogin {
  std::string user;
  int port = 22;
  std::string identity_file;  // "": ssh's defaults
  std::string proxy_command;  // "": directly
  auto operator==(const SshLogin&) const -> bool = default;
};

// One node as the infra made it. Stored by the cluster and handed back in every call about it.
struct NodeRecord {
  int index = 0;                 // 0 is the head; stable for the life of the cluster
  std::string id;                // the infra's own name of the node
  std::string address;           // on the cluster's network
  std::string external_address;  // "" when there is none
  std::string home;              // home directory on the node, absolute
  std::vector<int> gpus;         // indexes of the devices given to this node; empty when all of the machine's are its
  double cpus = 0;               // what the node may hand out to jobs
  double memory_gib = 0;
  SshLogin ssh;  // to external_address
  auto operator==(const NodeRecord&) const -> bool = default;
};

struct ClusterRef {
  ServerId server;
  ClusterName cluster;
  std::string cluster_hash;  // unique per incarnation: a cluster of the same name made later has another
  Placement placement;
  std::vector<NodeRecord> nodes;  // as far as known; empty while a launch has not answered
};

}  // namespace sky::infra
