// The file of SSH node pools, ~/.sky/ssh_node_pools.yaml. Pure.
//
//   POOL:
//     user: ubuntu                     # where neither the host nor ~/.ssh/config says anything
//     identity_file: ~/.ssh/id_ed25519
//     password: …
//     hosts:
//       - 10.0.0.1                     # an address, a name, or an alias of ~/.ssh/config
//       - {ip: 10.0.0.2, user: root, identity_file: …, password: …, port: 2222}
//
// `port`, also of a pool, is this product's own. Source of the format: sky/ssh_node_pools/utils.py, skypilot 0.14.1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/ssh_command.h"

namespace sky::infra {

struct NodePool {
  std::string name;
  std::vector<net::SshTarget> hosts;  // names are distinct within the pool
  auto operator==(const NodePool&) const -> bool = default;
};

// In the order of the file. `home` stands for `~`. kInvalidArgument `file:line:column: …`.
auto parse_node_pools(std::string_view text, std::string_view file, std::string_view home)
    -> Result<std::vector<NodePool>>;

// The text of `file` with the pools of `more` that it lacks: what stands in `file` is kept byte by byte. kConflict when
// a pool is in both with different content.
auto merge_node_pools(std::string_view file_text, std::string_view file, std::string_view more, std::string_view home)
    -> Result<std::string>;

}  // namespace sky::infra
