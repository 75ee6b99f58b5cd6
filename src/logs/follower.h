// Follower: a cursor on a stream of bytes that may still grow. Pull: nothing is read before somebody asks, so a slow
// reader costs no memory.
//
// Loop thread only; one read at a time; must outlive its reads. Sources: Hub::follow (this process writes the stream),
// FileFollower (another one does).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "async/task.h"
#include "logs/stream_reader.h"

namespace sky::logs {

class Follower {
 public:
  virtual ~Follower() = default;

  // The next 1 to `bytes_max` bytes, waiting for them if need be; nullopt at the end of the stream, again and again.
  // Chunks are cut anywhere, also inside a line or a character. Errors: kCancelled, kUnavailable when the writer went
  // away without an end, kIo and kDataCorrupt from the files. After an error the cursor is where it was.
  virtual auto read(size_t bytes_max) -> async::Task<Result<std::optional<std::string>>> = 0;

  // Position of the next byte.
  virtual auto offset() const -> std::uint64_t = 0;
  // Known once read() gave nullopt.
  virtual auto end() const -> std::optional<StreamEnd> = 0;
};

}  // namespace sky::logs
