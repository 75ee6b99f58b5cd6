#include "agent/node/merger.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/assert.h"
#include "base/log.h"
#include "logs/stream_reader.h"

namespace sky::agent {

using async::Task;

namespace {

constexpr Duration kDiskRetry = std::chrono::seconds(1);
constexpr unsigned kMidLine = 1;
constexpr unsigned kBreakBefore = 2;
constexpr unsigned kBreakAfter = 4;

void append_number(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFFU);
}

auto read_number(std::string_view bytes, size_t at, size_t count) -> std::uint64_t {
  std::uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return value;
}

// Whatever is wrong with the disk, the bytes are still in the rank's own file.
auto pause_after(Error error) -> Task<Result<>> {
  log_warning("logs", "merging waits: {}", to_string(error));
  co_return co_await async::sleep_for(kDiskRetry);
}

}  // namespace

auto encode_entry(const MergeEntry& entry) -> std::string {
  std::string out;
  append_number(out, entry.source.phase == Phase::kSetup ? 0 : 1, 1);
  append_number(out,
                (entry.mid_line ? kMidLine : 0U) | (entry.break_before ? kBreakBefore : 0U) |
                    (entry.break_after ? kBreakAfter : 0U),
                1);
  append_number(out, 0, 2);
  append_number(out, static_cast<std::uint64_t>(entry.source.rank), 4);
  append_number(out, entry.pid, 4);
  append_number(out, entry.from, 8);
  append_number(out, entry.to, 8);
  append_number(out, entry.at, 8);
  return out;
}

auto decode_entry(std::string_view bytes) -> MergeEntry {
  SKY_ASSERT(bytes.size() == kMergeEntryBytes);
  const auto flags = static_cast<unsigned>(read_number(bytes, 1, 1));
  return {.source = {read_number(bytes, 0, 1) == 0 ? Phase::kSetup : Phase::kRun,
                     static_cast<int>(read_number(bytes, 4, 4))},
          .mid_line = (flags & kMidLine) != 0,
          .break_before = (flags & kBreakBefore) != 0,
          .break_after = (flags & kBreakAfter) != 0,
          .pid = static_cast<std::uint32_t>(read_number(bytes, 8, 4)),
          .from = read_number(bytes, 12, 8),
          .to = read_number(bytes, 20, 8),
          .at = read_number(bytes, 28, 8)};
}

auto merged_bytes(const MergeEntry& entry, std::string_view bytes, std::string_view prefix) -> std::string {
  std::string out;
  const auto lines = static_cast<size_t>(std::count(bytes.begin(), bytes.end(), '\n')) + 1;
  out.reserve(bytes.size() + lines * prefix.size() + 2);
  if (entry.break_before) out += '\n';
  bool at_line_start = !entry.mid_line || entry.break_before;
  while (!bytes.empty()) {
    const size_t newline = bytes.find('\n');
    const size_t count = newline == std::string_view::npos ? bytes.size() : newline + 1;
    if (at_line_start) out += prefix;
    out += bytes.substr(0, count);
    at_line_start = newline != std::string_view::npos;
    bytes.remove_prefix(count);
  }
  if (entry.break_after) out += '\n';
  return out;
}

auto Merger::open(std::string record_path, logs::Hub& hub, std::string head, PrefixOf prefix_of)
    -> Result<std::unique_ptr<Merger>> {
  SKY_TRY(os::UniqueFd fd, os::open_file(record_path, O_RDWR | O_CREAT | O_APPEND, 0600));
  SKY_TRY(const std::string entries, os::read_file(record_path));
  SKY_CHECK(hub.append_at(0, head));
  std::unique_ptr<Merger> merger(new Merger(std::move(fd), std::move(record_path), hub, std::move(prefix_of)));
  merger->end_ = head.size();
  merger->replay(entries);
  // A cut entry was never acted on, and would shift all that follow.
  merger->record_bytes_ = entries.size() / kMergeEntryBytes * kMergeEntryBytes;
  SKY_CHECK(merger->cut_record());
  return merger;
}

void Merger::replay(std::string_view entries) {
  std::optional<MergeEntry> last;
  for (; entries.size() >= kMergeEntryBytes; entries.remove_prefix(kMergeEntryBytes)) {
    last = decode_entry(entries.substr(0, kMergeEntryBytes));
    Source& source = sources_[last->source];
    source.offset = last->to;
    source.pid = last->pid;
    // An unfinished line is one that was too long to be held; the flag of the last entry is set in redo().
    source.mid_line = false;
  }
  if (!last) return;
  end_ = last->at;
  unfinished_ = last;
}

auto Merger::offset_of(SourceId source) const -> std::uint64_t {
  const auto found = sources_.find(source);
  return found == sources_.end() ? 0 : found->second.offset + found->second.held.size();
}

auto Merger::pid_of(SourceId source) const -> int {
  const auto found = sources_.find(source);
  return found == sources_.end() ? 0 : static_cast<int>(found->second.pid);
}

auto Merger::cut_record() -> Result<> {
  if (ftruncate(record_.get(), static_cast<off_t>(record_bytes_)) == 0) return {};
  return os::errno_error(errno, "write", record_path_);
}

auto Merger::write_entry(MergeEntry entry) -> Task<Result<>> {
  const std::string bytes = encode_entry(entry);
  for (;;) {
    const Result<> written = os::write_all(record_.get(), bytes, record_path_);
    if (written.ok()) break;
    SKY_CO_CHECK(cut_record());
    SKY_CO_CHECK(co_await pause_after(written.error()));
  }
  record_bytes_ += bytes.size();
  co_return Result<>();
}

auto Merger::append(std::uint64_t at, std::string bytes) -> Task<Result<>> {
  for (;;) {
    const Result<> written = hub_->append_at(at, bytes);
    if (written.ok()) co_return Result<>();
    SKY_CO_CHECK(co_await pause_after(written.error()));
  }
}

auto Merger::redo(std::string_view bytes) -> Task<Result<>> {
  SKY_ASSERT(unfinished_);
  const MergeEntry entry = *unfinished_;
  std::string out = merged_bytes(entry, bytes, prefix_of_(entry.source, static_cast<int>(entry.pid)));
  Source& source = sources_[entry.source];
  source.mid_line = !out.empty() && out.back() != '\n';
  if (source.mid_line) open_line_ = entry.source;
  end_ = entry.at + out.size();
  unfinished_.reset();
  co_return co_await append(entry.at, std::move(out));
}

auto Merger::give_up() -> Task<Result<>> {
  SKY_ASSERT(unfinished_);
  unfinished_.reset();
  end_ = hub_->size_bytes();
  logs::StreamReader reader(hub_->base());
  SKY_CO_CHECK(reader.refresh());
  SKY_CO_TRY(const std::string last_byte, reader.read(end_ - 1, 1));
  if (last_byte == "\n") co_return Result<>();
  co_return co_await append(end_++, "\n");
}

auto Merger::add(SourceId id, int pid, std::string bytes) -> Task<Result<>> {
  Source& source = sources_[id];
  source.pid = static_cast<std::uint32_t>(pid);
  source.held += bytes;
  const size_t newline = source.held.rfind('\n');
  size_t count = newline == std::string::npos ? 0 : newline + 1;
  if (source.held.size() - count > kHeldLineMaxBytes) count = source.held.size();
  if (count > 0) SKY_CO_CHECK(co_await merge(id, count, false));
  co_return Result<>();
}

auto Merger::finish_source(SourceId id) -> Task<Result<>> {
  const auto found = sources_.find(id);
  if (found == sources_.end() || (found->second.held.empty() && !found->second.mid_line)) co_return Result<>();
  co_return co_await merge(id, found->second.held.size(), true);
}

auto Merger::merge(SourceId id, size_t count, bool last) -> Task<Result<>> {
  while (busy_) SKY_CO_CHECK(co_await idle_.wait());
  busy_ = true;
  Result<> merged = co_await merge_alone(id, count, last);
  busy_ = false;
  idle_.notify_one();
  co_return merged;
}

auto Merger::merge_alone(SourceId id, size_t count, bool last) -> Task<Result<>> {
  Source& source = sources_[id];
  const std::string_view bytes = std::string_view(source.held).substr(0, count);
  const bool interrupts = open_line_ && *open_line_ != id;
  const bool ends_open = bytes.empty() ? source.mid_line : bytes.back() != '\n';
  const MergeEntry entry{.source = id,
                         .mid_line = source.mid_line,
                         .break_before = interrupts,
                         .break_after = last && ends_open,
                         .pid = source.pid,
                         .from = source.offset,
                         .to = source.offset + count,
                         .at = end_};
  std::string out = merged_bytes(entry, bytes, prefix_of_(id, static_cast<int>(source.pid)));
  SKY_CO_CHECK(co_await write_entry(entry));
  if (interrupts) sources_[*open_line_].mid_line = false;
  source.held.erase(0, count);
  source.offset = entry.to;
  source.mid_line = ends_open && !last;
  open_line_ = source.mid_line ? std::optional<SourceId>(id) : std::nullopt;
  end_ += out.size();
  co_return co_await append(entry.at, std::move(out));
}

auto Merger::finish(std::string text, std::optional<int> exit_status) -> Task<Result<>> {
  while (busy_) SKY_CO_CHECK(co_await idle_.wait());
  SKY_CO_CHECK(co_await append(end_, std::move(text)));
  for (;;) {
    const Result<> finished = hub_->finish(exit_status);
    if (finished.ok()) break;
    SKY_CO_CHECK(co_await pause_after(finished.error()));
  }
  co_return Result<>();
}

}  // namespace sky::agent
