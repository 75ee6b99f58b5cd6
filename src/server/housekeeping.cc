#include "server/housekeeping.h"

#include "base/log.h"
#include "os/file.h"

namespace sky::server {
namespace {

// The first look comes when a start has nothing better to do; what a crash left waits for it.
constexpr Duration kFirstLook = std::chrono::minutes(1);
constexpr Duration kInterval = std::chrono::hours(1);

}  // namespace

auto Housekeeping::run() -> async::Task<Result<>> {
  SKY_CO_CHECK(co_await async::sleep_for(kFirstLook));
  for (;;) {
    const Result<> trimmed = co_await trim();
    const Result<> collected = co_await collect_logs();
    if (!trimmed.ok()) log_warning("server", "trimming file copies: {}", to_string(trimmed.error()));
    if (!collected.ok()) log_warning("server", "removing old logs: {}", to_string(collected.error()));
    SKY_CO_CHECK(co_await async::sleep_for(kInterval));
  }
}

auto Housekeeping::trim() -> async::Task<Result<>> {
  const auto wanted = [this](const std::string& owner) { return app_.requests.is_live(owner); };
  co_return co_await app_.snapshots.collect(wanted);
}

void Housekeeping::trim_if_grown() {
  if (app_.snapshots.has_grown()) tasks_.spawn("trim", trim());
}

auto Housekeeping::collect_logs() -> async::Task<Result<>> {
  const auto gone_at = [this](const std::string& hash) -> std::optional<WallTime> {
    if (app_.clusters.exists(hash)) return std::nullopt;
    if (const cluster::ClusterHistory* history = app_.tables.history.find(hash)) {
      return from_epoch_seconds(history->ended_at);
    }
    // Nothing is known of it any more but what lies there.
    const Result<os::FileInfo> info = os::stat_file(app_.state.file("clusters") + "/" + hash);
    return info.ok() ? info->modified : app_.loop.wall_now();
  };
  co_return co_await app_.logs.collect(gone_at);
}

}  // namespace sky::server
