// The output stream of one request: what the person who typed the command sees while it runs. Bytes are in the file
// before any follower sees them, so a follower can always resume by offset.
//
// A request that runs again after a restart prints again; what the stream already holds is recognised and dropped, so a
// replayed stream has the same bytes as one that was never interrupted. From the first difference on, text is appended.
//
// Spinner texts travel in band as control lines of the stock protocol (api/control.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "logs/hub.h"

namespace sky::requests {

class Output {
 public:
  // `hub` may be null: then output goes nowhere. `held`: what the stream holds from an earlier run.
  Output(std::shared_ptr<logs::Hub> hub, std::string held) : hub_(std::move(hub)), held_(std::move(held)) {}

  // Whole lines, newline included.
  void print(std::string_view text);
  // Shows, replaces or (empty) ends the spinner.
  void status(std::string_view text);
  // No more output; followers see the end.
  void finish();

 private:
  void append(std::string_view bytes);

  std::shared_ptr<logs::Hub> hub_;
  std::string held_;  // not yet matched by a replay
  bool spinning_ = false;
};

}  // namespace sky::requests
