// What the program calls itself, and the protocol versions it speaks.
#pragma once

#include <string_view>

namespace sky {

inline constexpr std::string_view kVersion = "0.1.0";
// REST API version announced to clients: the level of skypilot 0.14.1, and the oldest that its clients accept.
inline constexpr int kApiVersion = 62;
inline constexpr int kApiVersionMin = 24;
// Version of the frames between server and agent; a server also speaks the previous one.
inline constexpr int kAgentProtocol = 1;
inline constexpr int kDefaultPort = 46580;

// Commit of the build, or "unknown".
auto build_commit() -> std::string_view;

}  // namespace sky
