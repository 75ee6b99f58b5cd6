// Which hosts of a pool a cluster gets. launch_hosts() looks at as many as it needs, in the order of the file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "infra/infra.h"
#include "infra/ssh/ssh_hosts.h"

namespace sky::infra {

// Does a host have what is asked of a node? Pure.
auto fits(const NodeShape& asked, const HostFacts& facts) -> bool;
// What a node on such a host is. Pure.
auto shape_of(const HostFacts& facts) -> NodeShape;
auto record_of(int index, const net::SshTarget& host, const HostFacts& facts) -> NodeRecord;

// Takes `request.node_count` of `candidates`, or none. kResourcesUnavailable says what was found instead. `owner` is
// what others hear.
auto launch_hosts(SshHosts* hosts, LaunchRequest request, std::vector<net::SshTarget> candidates, std::string owner,
                  Deadline deadline) -> async::Task<Result<std::vector<NodeRecord>>>;

}  // namespace sky::infra
