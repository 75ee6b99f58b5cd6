// The server's state directory, ~/.sky/server: one active server at a time, and everything that outlives one.
//
//   lock           held while a server runs; says who
//   server.json    {"pid", "port", "start_time", "server_id"}: where this home's server listens, for clients
//   server_id      8 hex digits, made once; part of every outside name
//   key            seals secrets (seal/sealer.h)
//   state.db       the journal's store
//   files/         copies of what launches sync, as it was when they were accepted (files/snapshot_store.h)
//   requests/      output streams of requests
//   clusters/      provision logs and the server's copy of jobs' output, by cluster hash
//   keys/          one key per cluster, for workers that dial their head
//   local/         the nodes of infra `local`
//   server.log     what the server says about itself
#pragma once

#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "os/lock.h"

namespace sky::server {

class StateDir {
 public:
  // Makes what is missing and takes the lock. kConflict names the holder.
  static auto open(const std::string& path, std::uint64_t random) -> Result<StateDir>;

  auto path() const -> const std::string& { return path_; }
  auto server_id() const -> const ServerId& { return server_id_; }
  auto file(std::string_view name) const -> std::string { return path_ + "/" + std::string(name); }

  // Tells clients where this server listens; atomic.
  auto announce(int pid, int port, double start_time) const -> Result<>;
  void withdraw() const;

 private:
  StateDir(std::string path, os::FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  os::FileLock lock_;
  ServerId server_id_;
};

}  // namespace sky::server
