// Events to every watcher. A watcher that does not keep up loses its subscription, never anybody's memory: it asks
// again and starts from the present state.
#pragma once

#include <memory>
#include <vector>

#include "agent/protocol/messages.h"
#include "async/sync.h"

namespace sky::agent {

inline constexpr size_t kWatcherQueueMax = 4096;  // events

class EventBus {
 public:
  using Subscription = std::shared_ptr<async::Channel<std::string>>;

  auto subscribe() -> Subscription {
    watchers_.push_back(std::make_shared<async::Channel<std::string>>(kWatcherQueueMax));
    return watchers_.back();
  }
  void publish(const Event& event) {
    if (watchers_.empty()) return;
    const std::string line = to_json_text(to_json(event)) + "\n";
    std::erase_if(watchers_, [&line](const Subscription& watcher) {
      // Held here alone: the watcher has gone.
      if (watcher.use_count() > 1 && watcher->try_send(line)) return false;
      watcher->close();
      return true;
    });
  }
  void close() {
    for (const Subscription& watcher : watchers_) watcher->close();
    watchers_.clear();
  }

 private:
  std::vector<Subscription> watchers_;
};

}  // namespace sky::agent
