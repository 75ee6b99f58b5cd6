// Text in quotes as Python's repr() shows it, which is how the original's messages quote what the user typed.
#pragma once

#include <string>
#include <string_view>

namespace sky::cli {

// Single quotes, or double ones when the text holds a single quote only. Backslash, quote and control characters are
// escaped; malformed UTF-8 is left as it is.
auto python_quote(std::string_view text) -> std::string;

}  // namespace sky::cli
