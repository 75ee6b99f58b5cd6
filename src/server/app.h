// What the handlers and routes of one running server share. Made by server/server.cc in the order of its members; all
// references outlive every handler.
#pragma once

#include "agent/client/log_store.h"
#include "async/loop.h"
#include "cluster/manager.h"
#include "config/config.h"
#include "files/snapshot_store.h"
#include "journal/journal.h"
#include "planner/planner.h"
#include "requests/manager.h"
#include "server/state_dir.h"
#include "server/uploads.h"

namespace sky::server {

struct App {
  async::IoLoop& loop;
  const StateDir& state;
  journal::Journal& journal;
  cluster::Tables& tables;
  planner::Planner& planner;
  agent::LogStore& logs;
  cluster::ClusterManager& clusters;
  requests::RequestManager& requests;
  files::SnapshotStore& snapshots;
  const Config& config;  // the server's own
  Uploads& uploads;
  int port = 0;
  int pid = 0;
  double start_time = 0;

  auto now() const -> double { return to_epoch_seconds(loop.wall_now()); }
  auto deadline(Duration limit) const -> Deadline { return Deadline::after(loop.now(), limit); }
};

}  // namespace sky::server
