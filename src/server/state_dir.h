// The server's state directory, ~/.sky/server: one active server at a time, and everything that outlives one.
//
//   lock           held while a server runs; says who
//   server.json    {"pid", "port", "start_time", "server_id", …}: where this home's server listens, for clients
//   socket         beside a port that other machines reach or that speaks TLS: HTTP for this home's user alone
//   tokens.json    who may come in from other machines (access/token_store.h)
//   server_id      8 hex digits, made once; part of every outside name
//   key            seals secrets (seal/sealer.h)
//   state.db       the journal's store
//   files/         copies of what launches sync, as it was when they were accepted (files/snapshot_store.h)
//   requests/      output streams of requests
//   clusters/      provision logs and the server's copy of jobs' output, by cluster hash
//   keys/          one key per cluster, for workers that dial their head
//   uploads/       files of clients on other machines (server/uploads.h)
//   local/         the nodes of infra `local`
//   server.log     what the server says about itself
#pragma once

#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "os/lock.h"

namespace sky::server {

inline constexpr std::string_view kTokensFile = "tokens.json";
inline constexpr std::string_view kSocketFile = "socket";

class StateDir {
 public:
  // Makes what is missing and takes the lock. kConflict names the holder.
  static auto open(const std::string& path, std::uint64_t random) -> Result<StateDir>;

  auto path() const -> const std::string& { return path_; }
  auto server_id() const -> const ServerId& { return server_id_; }
  auto file(std::string_view name) const -> std::string { return path_ + "/" + std::string(name); }

  struct Announcement {
    int pid = 0;
    int port = 0;
    double start_time = 0;
    std::string socket = {};                  // path; empty: none
    std::vector<std::string> arguments = {};  // how to start it again like that
  };
  // Tells clients where this server listens; atomic.
  auto announce(const Announcement& announcement) const -> Result<>;
  void withdraw() const;

 private:
  StateDir(std::string path, os::FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  os::FileLock lock_;
  ServerId server_id_;
};

}  // namespace sky::server
