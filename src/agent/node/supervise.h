// The supervisor: one process per rank. It runs the script with its output in a pipe, writes the output's stream and
// the rank's files (rank_files.h), and is subreaper of everything that the script starts. It depends on nothing else
// that runs: the agent may come and go.
//
// SIGTERM ends the rank: SIGTERM to the whole tree, SIGKILL 5 s later. When the script has ended by itself, what a run
// script left behind is ended in the same way; what a setup script left (a database, say) lives on until the job ends.
#pragma once

#include "agent/node/config.h"
#include "async/asio_loop.h"

namespace sky::agent {

inline constexpr Duration kTermGrace = std::chrono::seconds(5);

// Exit codes of the supervisor itself. The rank's result is in its files.
inline constexpr int kSuperviseDone = 0;
inline constexpr int kSuperviseFailed = 1;  // told on stderr
inline constexpr int kSuperviseHeld = 75;   // another supervisor has, or had, this rank

// Reads the RankSpec (JSON, to the end) from stdin; so no secret of it lies in a file before something runs. Writes one
// line, the script's pid, to stdout once it runs, and closes stdout when the exit record is there. `rank_base`: as
// RankFiles takes it.
auto supervise(async::AsioLoop& loop, const NodeId& id, const std::string& rank_base) -> int;

}  // namespace sky::agent
