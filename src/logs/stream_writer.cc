#include "logs/stream_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace sky::logs {

auto StreamWriter::open(std::string base, WriterOptions options) -> Result<StreamWriter> {
  StreamReader reader(base);
  SKY_CHECK(reader.refresh());
  StreamWriter writer(std::move(base), options);
  if (!reader.segments().empty()) {
    writer.segment_ = reader.segments().back();
  }
  if (reader.size_bytes() > 0) {
    SKY_TRY(const std::string last_byte, reader.read(reader.size_bytes() - 1, 1));
    writer.at_line_start_ = last_byte == "\n";
  }
  if (const int failed = writer.open_segment(0); failed != 0) {
    return os::errno_error(failed, "write", segment_path(writer.base_, writer.segment_.offset));
  }
  SKY_CHECK(os::remove_file(end_path(writer.base_)));
  return writer;
}

auto StreamWriter::open_segment(int flags) -> int {
  const std::string path = segment_path(base_, segment_.offset);
  os::UniqueFd opened(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | flags, 0600));
  if (!opened) return errno;
  file_ = std::move(opened);
  return 0;
}

auto StreamWriter::append(std::string_view bytes) -> bool {
  const bool owes_marker = dropped_ > 0 || !marker_rest_.empty();
  if (owes_marker && !write_marker()) {
    drop(bytes.size(), drop_errno_);
    return false;
  }
  const std::uint64_t before = size_bytes();
  const int failed = write(bytes);
  if (failed != 0) drop(bytes.size() - (size_bytes() - before), failed);
  return failed == 0 && !owes_marker;
}

auto StreamWriter::append_at(std::uint64_t offset, std::string_view bytes) -> Result<> {
  if (offset > size_bytes()) {
    return make_error(ErrorCode::kConflict,
                      fmt::format("'{}': expected bytes at {} or before, got {}", base_, size_bytes(), offset));
  }
  bytes.remove_prefix(std::min<std::uint64_t>(size_bytes() - offset, bytes.size()));
  if (const int failed = write(bytes); failed != 0) {
    return os::errno_error(failed, "write", segment_path(base_, segment_.offset));
  }
  return {};
}

auto StreamWriter::finish(std::optional<int> exit_status) -> Result<> {
  if (dropped_ > 0 || !marker_rest_.empty()) write_marker();
  const std::string path = end_path(base_);
  const std::string temporary = path + ".new";
  SKY_CHECK(os::remove_file(temporary));
  SKY_CHECK(os::append_file(temporary, exit_status ? fmt::format("{}\n", *exit_status) : std::string()));
  return os::rename_file(temporary, path);
}

auto StreamWriter::write(std::string_view bytes) -> int {
  while (!bytes.empty()) {
    if (segment_.size_bytes >= options_.segment_bytes_max) {
      const Segment full = std::exchange(segment_, {.offset = size_bytes(), .size_bytes = 0});
      // A file of that name is what a power cut left of a lost future.
      if (const int failed = open_segment(O_TRUNC); failed != 0) {
        segment_ = full;
        return failed;
      }
    }
    const auto room = static_cast<size_t>(options_.segment_bytes_max - segment_.size_bytes);
    const std::string_view part = bytes.substr(0, room);
    if (const int failed = write_to_segment(part); failed != 0) return failed;
    bytes.remove_prefix(part.size());
  }
  return 0;
}

auto StreamWriter::write_to_segment(std::string_view bytes) -> int {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    const auto written = static_cast<size_t>(count);
    if (written > 0) at_line_start_ = bytes[written - 1] == '\n';
    segment_.size_bytes += written;
    bytes.remove_prefix(written);
  }
  return 0;
}

// True when no marker is owed any more. A marker that fitted in part is completed later, as others may have read it;
// one that did not fit at all is made again, with the count of then.
auto StreamWriter::write_marker() -> bool {
  const std::uint64_t before = size_bytes();
  const bool fresh = marker_rest_.empty();
  if (fresh) {
    const std::string text =
        os::errno_error(drop_errno_, fmt::format("[sky: {} bytes of output dropped", dropped_)).message;
    marker_rest_ = fmt::format("{}{}]\n", at_line_start_ ? "" : "\n", text);
  }
  const int failed = write_to_segment(marker_rest_);
  const auto written = static_cast<size_t>(size_bytes() - before);
  if (fresh && written == 0) {
    marker_rest_.clear();
    return false;
  }
  if (fresh) dropped_ = 0;
  marker_rest_.erase(0, written);
  if (failed != 0) return false;
  return dropped_ == 0 || write_marker();
}

void StreamWriter::drop(size_t count, int error_number) {
  dropped_ += count;
  dropped_total_ += count;
  drop_errno_ = error_number;
}

}  // namespace sky::logs
