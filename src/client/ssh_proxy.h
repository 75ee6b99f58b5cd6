// `ssh CLUSTER` through the API server: the key with which users log in, and the bytes in between.
#pragma once

#include <string>

#include "client/transport.h"

namespace sky::client {

// HOME/.sky/generated/ssh-keys/sky-key, with `.pub` beside it.
auto own_ssh_key_path(const std::string& home) -> std::string;
// Makes the key with ssh-keygen unless it is there. kNotFound when there is no ssh-keygen, hence no ssh.
auto ensure_ssh_key(async::IoLoop& loop, std::string home) -> async::Task<Result<>>;

// Carries an ssh connection between stdin and stdout and `node` (CLUSTER or CLUSTER-workerN) until either side ends.
// Takes both descriptors. Errors: the server's (no such cluster, not UP), those of the connection.
auto proxy_ssh(Transport& transport, std::string home, std::string node) -> async::Task<Result<>>;

}  // namespace sky::client
