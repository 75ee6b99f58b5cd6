// The supervisor: one process per rank that runs. It runs the script with its output in a pipe, writes the output's
// stream and the rank's record (rank_files.h), and is subreaper of everything that the script starts. It depends on
// nothing else that runs: the agent may come and go. When its rank left nothing behind, it waits for another one: a
// short job costs no program start but its own.
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

// What a supervisor writes to stdout behind the exit record when it can take another rank.
inline constexpr std::string_view kSuperviseNext = "next";

// Reads RankSpecs from stdin, a line of JSON each; so no secret of one lies in a file. For each it writes a line with
// the script's pid to stdout once it runs, and kSuperviseNext or the end of stdout when the exit record is there. Ends
// with its input.
auto supervise(async::AsioLoop& loop, const NodeId& id) -> int;

}  // namespace sky::agent
