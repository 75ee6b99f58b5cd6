// Housekeeping: once an hour, removes what the server has kept long enough: logs of jobs and clusters, and copies of
// files that no request needs any more. Requests themselves are swept by their manager.
#pragma once

#include "async/group.h"
#include "server/app.h"

namespace sky::server {

class Housekeeping {
 public:
  explicit Housekeeping(App& app) : app_(app), tasks_(app.loop) {}

  void start() { tasks_.spawn("housekeeping", run()); }
  auto stop() -> async::Task<> { return tasks_.stop(); }
  // The cache of file copies has grown much since it was last trimmed: does that now.
  void trim_if_grown();

 private:
  auto run() -> async::Task<Result<>>;
  auto trim() -> async::Task<Result<>>;
  auto collect_logs() -> async::Task<Result<>>;

  App& app_;
  async::TaskGroup tasks_;
};

}  // namespace sky::server
