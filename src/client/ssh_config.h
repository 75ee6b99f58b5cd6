// The generated ssh configuration: `ssh CLUSTER` works for clusters whose nodes run sshd.
//
// One line `Include ~/.sky/generated/ssh/*` at the top of ~/.ssh/config, and one file per cluster in that folder. Made
// atomically; a symlinked ~/.ssh/config keeps its link, the file behind it is rewritten; a new one has mode 0600 and
// its folder 0700. What the user wrote is never changed. Source: SSHConfigHelper of sky/utils/cluster_utils.py,
// skypilot 0.14.1.
#pragma once

#include <string>
#include <vector>

#include "api/records.h"
#include "base/result.h"

namespace sky::client {

struct SshHost {
  std::string cluster_name;
  std::vector<std::string> addresses;  // external, head first
  std::vector<std::int64_t> ports;     // as many as addresses; missing ones are 22
  api::SshCredentials credentials;
};

// The host out of a record; empty when it has no credentials, no addresses, or is not UP.
auto ssh_hosts_of(const std::vector<api::ClusterRecord>& records) -> std::vector<SshHost>;

class SshConfig {
 public:
  explicit SshConfig(std::string home) : home_(std::move(home)) {}

  // Writes the files of `hosts` that are not so already, and removes those of `gone` clusters. Touches ~/.ssh/config
  // only when a file is there to be included and the line is missing.
  auto update(const std::vector<SshHost>& hosts, const std::vector<std::string>& gone) -> Result<>;
  // After a full status: everything of ours that is not among `hosts` is gone.
  auto synchronize(const std::vector<SshHost>& hosts) -> Result<>;

 private:
  auto write_host(const SshHost& host) -> Result<>;
  auto write_key(const SshHost& host) -> Result<std::string>;
  auto add_include() -> Result<>;
  auto folder() const -> std::string { return home_ + "/.sky/generated/ssh"; }

  std::string home_;
};

// The text of one cluster's file; pure. Workers are `CLUSTER-worker1` and so on.
auto ssh_config_text(const SshHost& host, std::string_view key_path) -> std::string;

}  // namespace sky::client
