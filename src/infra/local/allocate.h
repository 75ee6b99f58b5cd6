// What a node of infra local gets of this machine: CPUs, memory, GPUs and an address. Pure.
//
// CPUs and memory are shares: one node may not ask for more than the machine has, all nodes together may. A GPU is
// never given to two nodes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "infra/infra.h"
#include "os/machine.h"

namespace sky::infra {

struct LocalMachine {
  double cpus = 1;
  double memory_gib = 0;
  std::vector<os::Gpu> gpus;
  std::string boot_id;
};

// The shape that a node really gets: one CPU and 4 GiB per CPU where nothing was asked for, at most what is there.
auto granted_shape(const NodeShape& asked, const LocalMachine& machine) -> NodeShape;
// "2CPU--8GB", "2CPU--8GB--H100:1".
auto instance_type_of(const NodeShape& granted) -> std::string;
// Could this machine ever hold such nodes? kResourcesUnavailable with both figures.
auto check_fits(const NodeShape& asked, int node_count, const LocalMachine& machine) -> Result<>;

// Devices for `node_count` nodes, none of them in `held`; `preferred` are given first where they are free.
// kResourcesUnavailable with both figures when too few are left.
auto allocate_gpus(const NodeShape& granted, int node_count, const LocalMachine& machine, const std::vector<int>& held,
                   const std::vector<std::vector<int>>& preferred = {}) -> Result<std::vector<std::vector<int>>>;

// The loopback address 127.64.0.1 … 127.191.255.254 of a node: derived from (server, cluster hash, node), the next one
// of the same series where `in_use` says so.
auto allocate_address(const ServerId& server, const std::string& cluster_hash, int node,
                      const std::function<bool(const std::string&)>& in_use) -> Result<std::string>;

// "asked 6 CPUs, 4 present" when the nodes of `request` and those that are taken ask for more than the machine has.
auto over_commit_note(const LaunchRequest& request, const LocalMachine& machine) -> std::optional<std::string>;

}  // namespace sky::infra
