// Attempts: slows down whoever guesses tokens. Per address, a number of wrong ones in a row is free; each further one
// closes the door for twice as long as the last. Pure; the caller brings the time.
#pragma once

#include <map>
#include <string>

#include "base/time.h"

namespace sky::access {

class Attempts {
 public:
  static constexpr int kFreeCount = 10;
  static constexpr Duration kFirstPause = std::chrono::seconds(1);
  static constexpr Duration kPauseMax = std::chrono::minutes(5);
  static constexpr size_t kAddressCountMax = 10'000;  // the one that failed longest ago is forgotten first

  // How long `address` must still wait; zero: it may try.
  auto pause_of(const std::string& address, MonoTime now) const -> Duration;
  void note_failure(const std::string& address, MonoTime now);
  void note_success(const std::string& address) { failures_.erase(address); }

 private:
  struct Failures {
    int count = 0;
    MonoTime last{};
    MonoTime closed_until{};
  };
  std::map<std::string, Failures> failures_;
};

}  // namespace sky::access
