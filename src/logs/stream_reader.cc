#include "logs/stream_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/strings.h"

namespace sky::logs {

auto segment_path(const std::string& base, std::uint64_t offset) -> std::string {
  return offset == 0 ? base + ".log" : fmt::format("{}.{}.log", base, offset);
}

auto end_path(const std::string& base) -> std::string {
  return base + ".end";
}

auto StreamReader::size_bytes() const -> std::uint64_t {
  return segments_.empty() ? 0 : segments_.back().offset + segments_.back().size_bytes;
}

// Size first, successor second: when the successor exists, that size was final.
auto StreamReader::refresh() -> Result<> {
  for (;;) {
    if (!segments_.empty()) {
      SKY_TRY(const bool exists, refresh_last());
      // An empty segment would be its own successor.
      if (!exists || segments_.back().size_bytes == 0) return {};
    }
    const std::uint64_t next = size_bytes();
    if (!os::file_exists(segment_path(base_, next))) return {};
    segments_.push_back({.offset = next, .size_bytes = 0});
  }
}

auto StreamReader::refresh_last() -> Result<bool> {
  Segment& last = segments_.back();
  const Result<os::FileInfo> info = os::stat_file(segment_path(base_, last.offset));
  if (!info.ok()) {
    if (info.error().code == ErrorCode::kNotFound) return false;
    return info.error();
  }
  last.size_bytes = info->size_bytes;
  return true;
}

auto StreamReader::read(std::uint64_t offset, size_t bytes_max) -> Result<std::string> {
  SKY_ASSERT(bytes_max > 0);
  if (offset >= size_bytes()) return std::string();
  const auto after = std::ranges::upper_bound(segments_, offset, {}, &Segment::offset);
  const Segment& segment = *std::prev(after);
  const std::string path = segment_path(base_, segment.offset);
  if (!file_ || file_offset_ != segment.offset) {
    SKY_TRY(file_, os::open_file(path, O_RDONLY));
    file_offset_ = segment.offset;
  }
  const std::uint64_t position = offset - segment.offset;
  std::string bytes(std::min<std::uint64_t>(bytes_max, segment.size_bytes - position), '\0');
  ssize_t count = 0;
  do {
    count = ::pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(position));
  } while (count < 0 && errno == EINTR);
  if (count < 0) return os::errno_error(errno, "read", path);
  if (count == 0) {
    return make_error(ErrorCode::kDataCorrupt,
                      fmt::format("'{}' has shrunk: expected more than {} bytes", path, position));
  }
  bytes.resize(static_cast<size_t>(count));
  return bytes;
}

auto StreamReader::offset_of_last_lines(std::uint64_t count) -> Result<std::uint64_t> {
  constexpr std::uint64_t kBlockBytes = 64 << 10;
  const std::uint64_t size = size_bytes();
  if (count == 0 || size == 0) return count == 0 ? size : 0;
  std::uint64_t block_end = size;
  while (block_end > 0) {
    const std::uint64_t block_start = block_end - std::min(block_end, kBlockBytes);
    std::string block;
    while (block_start + block.size() < block_end) {
      SKY_TRY(const std::string part, read(block_start + block.size(), block_end - block_start - block.size()));
      block += part;
    }
    for (size_t i = block.size(); i > 0; --i) {
      const std::uint64_t line_start = block_start + i;
      // The newline at the very end closes the last line; it does not open another one.
      if (block[i - 1] == '\n' && line_start != size && --count == 0) return line_start;
    }
    block_end = block_start;
  }
  return 0;
}

auto StreamReader::end() const -> Result<std::optional<StreamEnd>> {
  Result<std::string> text = os::read_file(end_path(base_));
  if (!text.ok()) {
    if (text.error().code == ErrorCode::kNotFound) return std::optional<StreamEnd>();
    return std::move(text).error();
  }
  const auto status = parse_int(trim(*text));
  return std::optional(StreamEnd{status ? std::optional(static_cast<int>(*status)) : std::nullopt});
}

}  // namespace sky::logs
