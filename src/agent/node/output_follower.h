// Follows what a rank of this machine writes. The kernel tells of new bytes (inotify(7)); where it cannot, the file is
// looked at every kOutputPoll. The stream ends when the rank has ended and everything was read.
#pragma once

#include "agent/node/local_node.h"
#include "logs/stream_reader.h"

namespace sky::agent {

inline constexpr Duration kOutputPoll = std::chrono::milliseconds(50);

// `entry` is null for a rank that nobody waits for (yet): then its files tell whether it has ended.
auto make_output_follower(async::IoLoop& loop, std::string base, std::uint64_t offset, RankFiles files,
                          LocalNode::EntryPtr entry) -> std::unique_ptr<logs::Follower>;

}  // namespace sky::agent
