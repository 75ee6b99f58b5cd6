// StreamReader: reads a stream of bytes that lies in segment files, also while another process writes it.
//
// A stream is named by its base path. Its bytes lie in `BASE.log`, then `BASE.<offset>.log`, where <offset> is the
// position in the stream of the file's first byte, in decimal. A segment is complete when the file that starts at its
// end exists, so the chain is followed by names alone and no directory is ever listed. `BASE.end` says that the stream
// is complete; its content is the exit status in decimal, or nothing.
//
// A position in the stream never changes its meaning: it is a cursor that can be stored and sent around.
//
// Blocking, not thread-safe; may move between threads between calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/file.h"

namespace sky::logs {

struct StreamEnd {
  std::optional<int> exit_status;
};

struct Segment {
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
};

auto segment_path(const std::string& base, std::uint64_t offset) -> std::string;
auto end_path(const std::string& base) -> std::string;

class StreamReader {
 public:
  // Nothing need exist yet.
  explicit StreamReader(std::string base) : base_(std::move(base)) {}

  // Looks for what was written since. A stream that does not exist yet is empty. Errors: kIo, kPermissionDenied.
  auto refresh() -> Result<>;
  // As of the last refresh().
  auto size_bytes() const -> std::uint64_t;
  auto segments() const -> const std::vector<Segment>& { return segments_; }

  // 1 to `bytes_max` bytes from `offset`; empty at or after size_bytes(). kDataCorrupt when a segment has shrunk.
  auto read(std::uint64_t offset, size_t bytes_max) -> Result<std::string>;

  // Where the last `count` lines begin; 0 when there are no more than that. Bytes after the last newline are a line.
  // Reads backwards, at most what the caller is going to read anyway plus a block: an index would not make it faster.
  auto offset_of_last_lines(std::uint64_t count) -> Result<std::uint64_t>;

  // nullopt while the stream is not complete.
  auto end() const -> Result<std::optional<StreamEnd>>;

 private:
  auto refresh_last() -> Result<bool>;

  std::string base_;
  std::vector<Segment> segments_;
  // The segment read last stays open.
  os::UniqueFd file_;
  std::uint64_t file_offset_ = 0;
};

}  // namespace sky::logs
