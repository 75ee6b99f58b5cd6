// StreamWriter: appends to a stream of segment files (logs/stream_reader.h has the layout). One writer at a time.
//
// Bytes are handed to the kernel before append() returns and are never synced: they survive the writer, not a power
// cut. A writer that is opened again goes on at the end of the files.
//
// A disk that is full costs output and never a producer: append() drops what does not fit and, as soon as there is
// room, writes one line in its place: `[sky: 4096 bytes of output dropped: No space left on device]`.
//
// Calls only write to local files and may be made on the loop's thread. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "logs/stream_reader.h"
#include "os/file.h"

namespace sky::logs {

struct WriterOptions {
  std::uint64_t segment_bytes_max = 64U << 20U;  // a segment of this size is followed by a new one
};

class StreamWriter {
 public:
  // The directory must exist. A complete stream (`BASE.end`) is opened for more. Errors: kNotFound, kPermissionDenied,
  // kIo.
  static auto open(std::string base, WriterOptions options = {}) -> Result<StreamWriter>;

  // False when something was dropped or a marker was written: then the stream did not grow by exactly `bytes`.
  auto append(std::string_view bytes) -> bool;

  // For copies of a stream that lies elsewhere, where nothing may be dropped. `offset` is the place of bytes[0]; what
  // is already there is skipped. Errors: kConflict when `offset` is beyond the end, kStorageFull and kIo when only a
  // part was written: go on at size_bytes().
  auto append_at(std::uint64_t offset, std::string_view bytes) -> Result<>;

  // No more bytes. Errors mean that `BASE.end` could not be written; the stream's bytes are in place.
  auto finish(std::optional<int> exit_status) -> Result<>;

  // Where the next byte goes.
  auto size_bytes() const -> std::uint64_t { return segment_.offset + segment_.size_bytes; }
  // In all, since this writer was opened.
  auto dropped_bytes() const -> std::uint64_t { return dropped_total_; }
  auto base() const -> const std::string& { return base_; }

 private:
  StreamWriter(std::string base, WriterOptions options) : base_(std::move(base)), options_(options) {}
  // These give 0, or the errno of the call that failed; what was written before it counts.
  auto open_segment(int flags) -> int;
  auto write(std::string_view bytes) -> int;
  auto write_to_segment(std::string_view bytes) -> int;
  auto write_marker() -> bool;
  void drop(size_t count, int error_number);

  std::string base_;
  WriterOptions options_;
  os::UniqueFd file_;
  Segment segment_;  // the last one
  bool at_line_start_ = true;
  std::uint64_t dropped_total_ = 0;
  std::uint64_t dropped_ = 0;  // since the last marker
  int drop_errno_ = 0;
  std::string marker_rest_;  // of a marker that fitted in part
};

}  // namespace sky::logs
