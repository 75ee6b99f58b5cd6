// Times as people read them, in the original's words (sky/utils/log_utils.py of skypilot 0.14.1, which follows the
// pendulum library: years and months are those of the calendar in UTC). All functions are pure: `now` is an argument.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"

namespace sky::term {

// `5 mins ago`, `1 hr ago`, `< 1 sec`, `-` without a start. Mostly floored (7190 s is `1 hr ago`); near the end of a
// larger unit it rounds up (2 days and 22 hours are `3 days ago`), and up to 10 s is `a few secs ago`. A start in the
// future reads `in 5 mins`.
auto format_ago(std::optional<WallTime> start, WallTime now) -> std::string;

// The exact span `1h 2m 3s` from start to end; units that are zero are left out. `< 1s`; `-` without a start.
auto format_span(std::optional<WallTime> start, WallTime end) -> std::string;

// The same for a plain duration: counted from the epoch, so that 31 days are `1mo`. Zero is `-`.
auto format_span(Duration duration) -> std::string;

}  // namespace sky::term
